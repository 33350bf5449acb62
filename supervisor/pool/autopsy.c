/* SPDX-License-Identifier: ISC */
#include "pool/autopsy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/call_name.h"
#include "proto/channel.h"

enum {
	SIGNAL_MAX = 64,
	ERRNO_MAX = 4095, /* the kernel's MAX_ERRNO */
	BY_FILTER = 1,    /* si_code of a SIGSYS by seccomp: SYS_SECCOMP in seccomp(2) */
};

static bool is_word_char(char c)
{
	return c > ' ' && c < 0x7f;
}

/* A NUL-padded name of n bytes that is printable and not empty. */
static bool autopsy_is_word(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] && is_word_char(s[i]))
		i++;
	if (i == 0)
		return false;
	while (i < n && s[i] == 0)
		i++;
	return i == n;
}

static void read_crumbs(struct autopsy *a, const struct blackbox *b)
{
	uint32_t have =
	    b->crumb_count < BLACKBOX_CRUMBS ? b->crumb_count : BLACKBOX_CRUMBS;

	a->crumb_count = 0;
	for (uint32_t i = have; i > 0; i--) {
		const struct blackbox_crumb *c =
		    &b->crumbs[(b->crumb_count - i) % BLACKBOX_CRUMBS];
		if (autopsy_is_word(c->format, sizeof c->format))
			a->crumbs[a->crumb_count++] = *c;
	}
}

void autopsy_build_id(const struct blackbox_module *m, char to[AUTOPSY_BUILD_SIZE])
{
	for (size_t i = 0; i < sizeof m->build_id; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", m->build_id[i]);
}

static bool is_code(const struct blackbox *b, uint64_t address)
{
	for (uint32_t i = 0; i < b->module_count && i < BLACKBOX_MODULES; i++)
		if (address >= b->modules[i].start && address <= b->modules[i].end)
			return true;
	return false;
}

static uint64_t unsigned_address(const struct blackbox *b, uint64_t word)
{
	enum { ADDRESS_BITS = 48 };
	uint64_t address = word & ((UINT64_C(1) << ADDRESS_BITS) - 1);

	return address != word && is_code(b, address) ? address : word;
}

void autopsy_unsign(struct blackbox *b)
{
	struct blackbox_fault *f = &b->fault;
	uint32_t length =
	    f->stack_length < BLACKBOX_STACK ? f->stack_length : BLACKBOX_STACK;

	for (uint32_t i = 0; i < BLACKBOX_REGISTERS; i++)
		f->registers[i] = unsigned_address(b, f->registers[i]);
	for (uint32_t i = 0; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, f->stack + i, sizeof word);
		word = unsigned_address(b, word);
		memcpy(f->stack + i, &word, sizeof word);
	}
}

/* The module that holds the program counter, and where in its file that is. */
static void read_module(struct autopsy *a, const struct blackbox *b)
{
	uint32_t have =
	    b->module_count < BLACKBOX_MODULES ? b->module_count : BLACKBOX_MODULES;

	for (uint32_t i = 0; i < have; i++) {
		const struct blackbox_module *m = &b->modules[i];
		if (a->pc < m->start || a->pc >= m->end || m->bias > a->pc ||
		    !autopsy_is_word(m->name, sizeof m->name))
			continue;
		(void)snprintf(a->pc_module, sizeof a->pc_module, "%.*s",
		    (int)sizeof m->name, m->name);
		autopsy_build_id(m, a->pc_build_id);
		a->pc_offset = a->pc - m->bias;
		return;
	}
}

/* The fault that the handler described, unless the wait status tells of another one.
 * SIGKILL is no contradiction: a worker that is slow to die of its fault gets it. */
static void read_fault(struct autopsy *a, const struct blackbox *b)
{
	const struct blackbox_fault *f = &b->fault;

	if (f->signal == 0 || f->signal > SIGNAL_MAX)
		return;
	if (a->signal != 0 && a->signal != f->signal && a->signal != SIGKILL)
		return;
	a->signal = f->signal;
	a->code = f->code;
	a->address = f->address;
	a->pc = f->pc;
	read_module(a, b);
}

bool autopsy_read(struct autopsy *a, const void *box, size_t n, uint64_t job)
{
	struct blackbox b;

	a->signal = 0;
	if (a->reaped && WIFSIGNALED(a->wait_status))
		a->signal = (uint32_t)WTERMSIG(a->wait_status);
	if (!box || n != sizeof b)
		return false;
	memcpy(&b, box, sizeof b);
	if (b.magic != BLACKBOX_MAGIC || b.size != sizeof b || b.job != job)
		return false;

	a->memory_asked = b.memory_asked;
	a->output_errno = b.output_errno <= ERRNO_MAX ? b.output_errno : 0;
	read_crumbs(a, &b);
	read_fault(a, &b);
	return true;
}

static bool exited_with(const struct autopsy *a, int code)
{
	return a->reaped && WIFEXITED(a->wait_status) &&
	       WEXITSTATUS(a->wait_status) == code;
}

enum verdict autopsy_verdict(const struct autopsy *a)
{
	/* Our own decision comes before anything that the worker may say. */
	static const enum verdict ours[] = {
		[KILLED_NOT] = VERDICT_NONE,
		[KILLED_TOTAL] = VERDICT_TIMED_OUT_TOTAL,
		[KILLED_SILENCE] = VERDICT_TIMED_OUT_SILENCE,
		[KILLED_CPU] = VERDICT_TIMED_OUT_CPU,
		[KILLED_VIOLATION] = VERDICT_PROTOCOL,
		[KILLED_STOP] = VERDICT_INFRASTRUCTURE,
	};

	if (a->killed != KILLED_NOT)
		return ours[a->killed];
	if (a->signal == SIGXCPU)
		return VERDICT_TIMED_OUT_CPU;
	if (a->signal == SIGSYS)
		return VERDICT_SANDBOX;
	/* Libraries answer a failed allocation in many ways: abort, a null pointer. */
	if (a->memory_asked != 0 || a->oom_killed)
		return VERDICT_MEMORY;
	/* A worker may claim anything about the disk: only a size that we saw ourselves
	 * counts. */
	if (a->output_full &&
	    (a->output_errno == EFBIG || exited_with(a, CHANNEL_EXIT_OUTPUT)))
		return VERDICT_OUTPUT;
	if (a->files_limited && a->output_errno == EFBIG)
		return VERDICT_INFRASTRUCTURE;
	return VERDICT_CRASHED;
}

const char *autopsy_call(const struct autopsy *a)
{
	static char text[32];

	if (a->signal != SIGSYS || a->code != BY_FILTER)
		return NULL;
	const char *name = call_name(a->address);
	if (name)
		return name;
	(void)snprintf(text, sizeof text, "call %llu", (unsigned long long)a->address);
	return text;
}

const char *autopsy_signal_name(uint32_t signal)
{
	static char text[24];
	const char *name = signal <= SIGNAL_MAX ? sigabbrev_np((int)signal) : NULL;

	if (name)
		(void)snprintf(text, sizeof text, "SIG%s", name);
	else
		(void)snprintf(text, sizeof text, "signal %u", signal);
	return text;
}

bool autopsy_was_asked(const struct autopsy *a)
{
	return a->killed != KILLED_NOT && a->signal == CHANNEL_SIGNAL_WHERE;
}

void autopsy_clear(struct autopsy *a)
{
	free(a->remains);
	free(a->stderr_tail);
	*a = (struct autopsy){ .pid = 0 };
}

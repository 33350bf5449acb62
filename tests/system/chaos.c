/* SPDX-License-Identifier: ISC */
/*
 * The chaos worker: the real one, except that it obeys marked messages. The mark
 * is "BULKHEAD-CHAOS: <action>[ <argument>]" in the first 64 KiB of the input,
 * ended by a line end, a NUL or any byte that does not print. It acts right after
 * the facts were told, or at the end when none are.
 *
 * chaos-worker --actions lists the actions, --frames the arguments of "frame".
 * BULKHEAD_CHAOS_START=exit|hang|crash makes it misbehave before Ready.
 * BULKHEAD_CHAOS_ALL=FILE makes it crash on every message if the file was there when it
 * started: a broken build that can be mended.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "chaos.h"
#include "format/format.h"
#include "proto/channel.h"
#include "proto/convert.pb-c.h"
#include "run.h"
#include "trial.h"

typedef void action_fn(struct convert *c, const char *arg);

/* A sanitizer would take the fault for itself. */
__attribute__((no_sanitize("undefined", "address"))) static void act_null(
    struct convert *c, const char *arg)
{
	const volatile int *volatile nowhere = NULL;

	(void)c;
	(void)arg;
	(void)*nowhere; /* NOLINT(clang-analyzer-core.NullDereference): that is the point
			 */
}

/* Two bugs in one function: which one, the message says. */
__attribute__((noinline, no_sanitize("undefined", "address"))) static void act_nulls(
    struct convert *c, const char *arg)
{
	const volatile int *volatile first = NULL;
	const volatile char *volatile second = NULL;

	(void)c;
	if (arg[0] == '1')
		(void)*first; /* NOLINT(clang-analyzer-core.NullDereference) */
	else
		(void)*second; /* NOLINT(clang-analyzer-core.NullDereference) */
}

/* A call to where no code is. */
__attribute__((noinline, no_sanitize("undefined", "address"))) static void act_wild(
    struct convert *c, const char *arg)
{
	void (*volatile nowhere)(const char *) = NULL;

	(void)c;
	nowhere(arg); /* NOLINT(clang-analyzer-core.CallAndMessage) */
	/* No jump in place of the call. */
	__asm__ volatile("" : : : "memory");
}

/* As hang, deaf to every signal that can be blocked. */
static void act_deaf(struct convert *c, const char *arg)
{
	sigset_t all;

	(void)c;
	(void)arg;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	chaos_silence();
}

static void act_abort(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	abort();
}

/* NOLINTNEXTLINE(misc-no-recursion): that is the point */
__attribute__((noinline, no_sanitize("address"))) static int deeper(
    const volatile unsigned char *above)
{
	volatile unsigned char here[512];

	here[0] = above ? above[0] : 0;
	if (here[0]) /* never, but no compiler knows */
		return 0;
	here[511] = (unsigned char)deeper(here);
	return here[0] + here[511];
}

static void act_overflow(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	(void)deeper(NULL);
}

static void act_exit(struct convert *c, const char *arg)
{
	(void)c;
	_exit((int)strtol(arg, NULL, 10));
}

static void act_hang(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	chaos_silence();
}

static void act_spin(struct convert *c, const char *arg)
{
	volatile unsigned turns = 0;

	(void)c;
	(void)arg;
	for (;;)
		turns = turns + 1;
}

static void act_spin_progress(struct convert *c, const char *arg)
{
	(void)arg;
	for (;;)
		c->tell_progress(c->arg, 0);
}

static void act_slow(struct convert *c, const char *arg)
{
	struct timespec step = { .tv_nsec = 20000000 };

	for (long left = strtol(arg, NULL, 10); left > 0; left -= 20) {
		(void)nanosleep(&step, NULL);
		c->tell_progress(c->arg, 0);
	}
}

enum { MIB = 1 << 20, SPARE_THE_MACHINE = 8192 /* MiB, for lack of a limit */ };

static void act_memory(struct convert *c, const char *arg)
{
	(void)arg;
	for (int i = 0; i < SPARE_THE_MACHINE; i++)
		memset(arena_alloc(c->arena, MIB), 'x', MIB);
	abort();
}

/* Memory that no limit on data counts, as the kernel's killer would see it. */
static void act_kernel_memory(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	for (int i = 0; i < SPARE_THE_MACHINE; i++) {
		char *p = mmap(
		    NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			break;
		memset(p, 'x', MIB);
	}
	(void)raise(SIGKILL);
}

static void act_output(struct convert *c, const char *arg)
{
	char *block = arena_alloc(c->arena, MIB);

	(void)arg;
	for (int i = 0; i < SPARE_THE_MACHINE; i++)
		sink_write(c->out, block, MIB);
	abort();
}

static void act_sys(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	(void)raise(SIGSYS);
}

static void act_kill(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	(void)raise(SIGKILL);
}

static void act_stop(struct convert *c, const char *arg)
{
	(void)c;
	(void)arg;
	(void)raise(SIGSTOP);
}

static void act_stderr(struct convert *c, const char *arg)
{
	char line[64];

	(void)c;
	for (long i = 0, n = strtol(arg, NULL, 10) * 16; i < n; i++) {
		(void)snprintf(line, sizeof line, "chaos line %-52ld", i);
		line[63] = '\n';
		(void)!write(STDERR_FILENO, line, sizeof line);
	}
}

/* An honest Done and, once it has been heard, bytes that are no frame. */
static void act_after_done(struct convert *c, const char *arg)
{
	Bulkhead__Answer r = BULKHEAD__ANSWER__INIT;
	Bulkhead__Done d = BULKHEAD__DONE__INIT;
	struct timespec breath = { .tv_nsec = 300000000 };
	char junk[100];

	(void)arg;
	sink_text(c->out, "chaos\r\n");
	sink_flush(c->out);
	d.output = sink_length(c->out);
	r.job = chaos_job();
	r.kind_case = BULKHEAD__ANSWER__KIND_DONE;
	r.done = &d;
	memset(junk, 0xff, sizeof junk);
	for (int fd = CHANNEL_BLACKBOX + 1; fd < 64; fd++)
		(void)close(fd);
	chaos_say(&r);
	(void)nanosleep(&breath, NULL);
	chaos_raw(junk, sizeof junk);
	chaos_silence();
}

static int output_fd(const struct convert *c)
{
	for (int fd = CHANNEL_BLACKBOX + 1; fd < 64; fd++) {
		int flags = fcntl(fd, F_GETFL);
		if (flags != -1 && (flags & O_ACCMODE) == O_WRONLY && fd != c->in.fd)
			return fd;
	}
	abort();
}

static void act_keep_output(struct convert *c, const char *arg)
{
	(void)arg;
	if (dup(output_fd(c)) == -1)
		abort();
}

static void act_map_output(struct convert *c, const char *arg)
{
	char path[64];

	(void)arg;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", output_fd(c));
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1 ||
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		(void)dprintf(STDERR_FILENO, "chaos-worker: cannot map the output\n");
	if (fd != -1)
		(void)close(fd);
}

/* What is possible must not be overlooked: it crashes. */
static void act_call(struct convert *c, const char *arg)
{
	(void)c;
	if (trial_try(arg) <= 0)
		abort();
}

/* As a C library does that blocks signals around fork. */
static void act_blocked_call(struct convert *c, const char *arg)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	act_call(c, arg);
}

/* As libraries do: where does standard error go, and what time zone is it here? */
static void act_look_around(struct convert *c, const char *arg)
{
	time_t now = 0;
	struct tm tm;

	(void)c;
	(void)arg;
	(void)isatty(STDERR_FILENO);
	(void)localtime_r(&now, &tm);
}

static uint64_t clock_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* So that the time to the next message can be measured: with how much memory to bury. */
static void act_late(struct convert *c, const char *arg)
{
	for (long i = 0, n = strtol(arg, NULL, 10); i < n; i++)
		memset(arena_alloc(c->arena, MIB), 'x', MIB);
	(void)dprintf(
	    STDERR_FILENO, "chaos clock %llu\n", (unsigned long long)clock_ns());
	act_null(c, "");
}

static const struct {
	const char *name, *text;
	action_fn *act;
} actions[] = {
	{ "clock", "is refused; the reason tells the clock", NULL },
	{ "late", "N: takes N MiB, tells the clock, reads address 0", act_late },
	{ "null", "reads address 0", act_null },
	{ "nulls", "N: reads address 0 at the first or second of two places", act_nulls },
	{ "wild", "calls address 0", act_wild },
	{ "abort", "calls abort", act_abort },
	{ "overflow", "calls itself until the stack is full", act_overflow },
	{ "exit", "N: exits with code N without an answer", act_exit },
	{ "exit0", "exits with code 0 without an answer", act_exit },
	{ "hang", "waits for ever", act_hang },
	{ "deaf", "blocks all signals and waits for ever", act_deaf },
	{ "spin", "loops without a word", act_spin },
	{ "spin-progress", "loops and reports progress", act_spin_progress },
	{ "slow", "N: takes N ms with progress, then converts", act_slow },
	{ "memory", "allocates until the limit", act_memory },
	{ "kernel-memory", "takes memory that no limit counts until killed",
	    act_kernel_memory },
	{ "output", "writes until the limit", act_output },
	{ "sys", "raises SIGSYS", act_sys },
	{ "kill", "kills itself with SIGKILL", act_kill },
	{ "stop", "stops itself with SIGSTOP", act_stop },
	{ "stderr", "N: writes N KiB to standard error, then converts", act_stderr },
	{ "flood",
	    "KIND: says it without end: progress, polite, syncing, notes, items, words",
	    chaos_flood },
	{ "frame", "NAME: sends a wrong frame, then waits for ever", chaos_frame },
	{ "after-done", "says Done, then bytes that are no frame", act_after_done },
	{ "keep-output", "converts, and keeps the output open", act_keep_output },
	{ "call", "NAME: tries what the jail forbids (worker/trial.h), then converts",
	    act_call },
	{ "blocked-call", "NAME: the same with all signals blocked", act_blocked_call },
	{ "look-around", "asks for a terminal and the time zone, then converts",
	    act_look_around },
	{ "map-output", "converts, and keeps the output mapped", act_map_output },
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static int list_actions(void)
{
	for (size_t i = 0; i < ACTIONS; i++)
		(void)printf("%-14s %s\n", actions[i].name, actions[i].text);
	return 0;
}

/* ---- the mark ---- */

static struct {
	char action[64], arg[64];
	bool acted;
	struct convert *c;
	void (*tell_facts)(void *arg, const struct facts *);
} order;

static bool find_mark(const struct convert *c)
{
	static const char mark[] = "BULKHEAD-CHAOS: ";
	static char head[64 * 1024 + 1];

	wipe_later(head, sizeof head);
	struct span in = c->in;
	const struct format *f = c->item ? NULL : format_probe(in);
	if (c->item) /* the mark of an item is its own */
		in = span_sub(in, c->item->store + c->item->at, c->item->bytes);
	else if (f && f->each)
		return false;
	size_t n = span_read(in, 0, head, sizeof head - 1);
	const char *at = memmem(head, n, mark, sizeof mark - 1);

	head[n] = '\0';
	order.action[0] = order.arg[0] = '\0';
	if (!at)
		return false;
	at += sizeof mark - 1;
	char *to = order.action, *end = to + sizeof order.action - 1;
	for (; *at >= ' ' && *at < 0x7f && to < end; at++) {
		if (*at == ' ' && end < order.arg) {
			*to = '\0';
			to = order.arg;
			end = to + sizeof order.arg - 1;
		} else {
			*to++ = *at;
		}
	}
	*to = '\0';
	return true;
}

static void act(void)
{
	order.acted = true;
	for (size_t i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].name, order.action) == 0) {
			actions[i].act(order.c, order.arg);
			return;
		}
	(void)dprintf(STDERR_FILENO, "chaos-worker: no such action: %s\n", order.action);
	abort();
}

static void facts_then_act(void *arg, const struct facts *facts)
{
	order.tell_facts(arg, facts);
	if (!order.acted)
		act();
}

/* An item of an Outlook store has no bytes of its own to look for a mark in: its subject
 * has it. Salvaged, it is left alone: what is tried is the rest. */
static struct {
	void (*tell_facts)(void *arg, const struct facts *);
} picked;

static void mark_in_subject(void *arg, const struct facts *facts)
{
	picked.tell_facts(arg, facts);
	if (facts->subject && strcmp(facts->subject, "BULKHEAD-CHAOS: null") == 0)
		act_null(NULL, "");
}

static bool broken;

static bool convert(struct convert *c, const char *to)
{
	if (broken)
		act_null(c, "");
	if (c->item && c->item->bytes == 0 && !c->salvage) {
		picked.tell_facts = c->tell_facts;
		c->tell_facts = mark_in_subject;
	}
	if (c->notice || !find_mark(c)) /* a bug of decoders harms no report */
		return format_convert(c, to);
	if (strcmp(order.action, "clock") == 0)
		return convert_refuse(
		    c, "clock", 0, "chaos clock %llu", (unsigned long long)clock_ns());
	order.acted = false;
	order.c = c;
	order.tell_facts = c->tell_facts;
	c->tell_facts = facts_then_act;
	bool ok = format_convert(c, to);
	if (!order.acted)
		act();
	return ok;
}

static void misbehave_at_start(void)
{
	const char *how = getenv("BULKHEAD_CHAOS_START");

	if (!how)
		return;
	if (strcmp(how, "exit") == 0)
		_exit(1);
	if (strcmp(how, "hang") == 0)
		chaos_silence();
	if (strcmp(how, "crash") == 0)
		abort();
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--actions") == 0)
		return list_actions();
	if (argc == 2 && strcmp(argv[1], "--frames") == 0)
		return chaos_list_frames();
	misbehave_at_start();
	const char *file = getenv("BULKHEAD_CHAOS_ALL");
	broken = file && access(file, F_OK) == 0;
	return worker_run(argc, argv, convert);
}

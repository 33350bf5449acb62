/* SPDX-License-Identifier: ISC */
#include "attempt/document.h"
#include "base/json_text.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "attempt/limit.h"
#include "base/utf8.h"
#include "log/log.h"

/* Add a member; a null value (not known) is left out. */
static void document_put(json_t *object, const char *key, json_t *value)
{
	if (json_is_null(value))
		json_decref(value);
	else
		(void)json_object_set_new(object, key, value);
}

static json_t *document_hex(uint64_t n)
{
	return json_sprintf("0x%" PRIx64, n);
}

static json_t *document_count(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Where the decoders were, oldest first. */
static json_t *crumbs_of(const struct autopsy *a)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < a->crumb_count; i++) {
		const struct blackbox_crumb *c = &a->crumbs[i];
		(void)json_array_append_new(list,
		    json_pack("{s:o, s:I, s:I, s:o, s:I}", "format",
			json_text_n(c->format, strnlen(c->format, sizeof c->format)),
			"depth", (json_int_t)c->depth, "part", (json_int_t)c->part, "tag",
			document_hex(c->tag), "offset", (json_int_t)c->offset));
	}
	return list;
}

/* FNV-1a, to group equal ends; not a secret and not a checksum. */
static uint64_t document_mix(uint64_t hash, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ ((const uint8_t *)p)[i]) * 0x100000001b3;
	return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
	return document_mix(hash, text, strlen(text) + 1);
}

bool document_is_sample(const struct autopsy *a)
{
	return a->killed == KILLED_TOTAL || a->killed == KILLED_SILENCE ||
	       a->killed == KILLED_CPU ||
	       (a->killed == KILLED_NOT && a->signal == SIGXCPU);
}

/* A hash of the program's build (offsets in another build say nothing), the kind of end,
 * and the decoder and tag that were at work. */
uint64_t document_seed(const struct autopsy *a)
{
	uint64_t hash = 0xcbf29ce484222325;

	if (document_is_sample(a))
		hash = mix_text(hash, verdict_row(autopsy_verdict(a))->name);
	else
		hash = document_mix(hash, &a->signal, sizeof a->signal);
	hash = mix_text(hash, a->build);
	if (a->crumb_count > 0) {
		const struct blackbox_crumb *c = &a->crumbs[a->crumb_count - 1];
		hash = document_mix(hash, c->format, sizeof c->format);
		hash = document_mix(hash, &c->tag, sizeof c->tag);
	}
	return hash;
}

static json_t *document_signature(uint64_t hash)
{
	return json_sprintf("%012" PRIx64, hash >> 16);
}

/* Equal for messages that died at the same place of the same program: module-relative
 * program counter. Where time was over, the place is chance and does not count. */
uint64_t document_place(const struct autopsy *a)
{
	uint64_t hash = document_seed(a);

	if (!document_is_sample(a)) {
		hash = mix_text(hash, a->pc_build_id);
		hash = document_mix(hash, &a->pc_offset, sizeof a->pc_offset);
	}
	return hash;
}

/* The signature of this place, as frames gave it a while ago. now: the one that they
 * gave just now, to be remembered; 0: there were no frames. In a flood of crashes not
 * every stack is unwound, but all crashes of one bug should have one signature. */
static uint64_t document_known(uint64_t place, uint64_t now)
{
	enum { PLACES = 64 };
	static struct {
		uint64_t place, full;
	} table[PLACES];
	size_t slot = place % PLACES;

	if (now) {
		table[slot].place = place;
		table[slot].full = now;
	}
	return table[slot].full && table[slot].place == place ? table[slot].full : 0;
}

static json_t *ending_of(const struct autopsy *a)
{
	static const char *const killed[] = { NULL, "limits.time", "limits.silence",
		"limits.cpu", "protocol violation", "stop of the service" };

	if (a->killed != KILLED_NOT)
		return json_sprintf("killed by the supervisor: %s",
		    a->violation ? a->violation : killed[a->killed]);
	if (!a->reaped)
		return json_string("not yet seen by the kernel's report");
	if (WIFSIGNALED(a->wait_status))
		return json_sprintf("signal %d (%s)%s", WTERMSIG(a->wait_status),
		    autopsy_signal_name((uint32_t)WTERMSIG(a->wait_status)),
		    WCOREDUMP(a->wait_status) ? ", core written" : "");
	return json_sprintf(
	    "exit code %d without an answer", WEXITSTATUS(a->wait_status));
}

/* Whether the kernel wrote a core file, which would hold mail. */
static json_t *core_of(const struct autopsy *a)
{
	if (!a->reaped || !WIFSIGNALED(a->wait_status))
		return json_null();
	if (WCOREDUMP(a->wait_status))
		return json_string("written, where kernel.core_pattern says");
	return json_string("not written: the worker's limit is 0 bytes and it is not "
			   "dumpable, for a core file would hold mail");
}

static void put_fault(json_t *o, const struct autopsy *a)
{
	if (!autopsy_was_asked(a)) {
		document_put(o, "signal", document_count(a->signal));
		document_put(o, "signal_name", json_text(autopsy_signal_name(a->signal)));
		document_put(o, "signal_code", json_integer(a->code));
		document_put(o, "system_call", json_text(autopsy_call(a)));
		document_put(o, "fault_address", document_hex(a->address));
	}
	if (a->pc)
		document_put(o, "program_counter", document_hex(a->pc));
	if (a->pc_module[0]) {
		document_put(o, "module", json_text(a->pc_module));
		document_put(o, "module_offset", document_hex(a->pc_offset));
		document_put(o, "build_id", json_text(a->pc_build_id));
	}
}

json_t *document_autopsy(const struct autopsy *a)
{
	json_t *o = json_object();

	document_put(o, "worker", document_count(a->worker));
	document_put(o, "pid", json_integer(a->pid));
	document_put(o, "served_before", document_count(a->served));
	if (a->before) /* it may have left something behind */
		document_put(o, "message_before", json_sprintf("%016" PRIx64, a->before));
	if (a->build[0])
		document_put(o, "build", json_text(a->build));
	document_put(o, "ending", ending_of(a));
	if (a->killed == KILLED_TOTAL || a->killed == KILLED_SILENCE ||
	    a->killed == KILLED_CPU) {
		document_put(o, "limit_ms", document_count(a->limit_ms));
		document_put(o, "granted_ms", document_count(a->granted_ms));
		if (!a->remains)
			document_put(o, "frames_missing",
			    json_string("it was asked where it was and did not answer"));
	}
	if (a->signal)
		put_fault(o, a);
	document_put(o, "core", core_of(a));
	document_put(o, "signature", document_signature(document_place(a)));
	if (a->memory_asked)
		document_put(o, "memory_asked", document_count(a->memory_asked));
	if (a->output_errno)
		document_put(
		    o, "output_error", json_text(strerror((int)a->output_errno)));
	document_put(o, "breadcrumbs", crumbs_of(a));
	document_put(o, "cpu_ms", document_count(a->cpu_ms));
	document_put(o, "peak_resident_bytes", document_count(a->peak_rss));
	document_put(o, "stderr",
	    json_text_n(a->stderr_tail ? a->stderr_tail : "", a->stderr_length));
	return o;
}

/* Libraries that only pass on or notice what others did wrong. */
static bool is_everybodys(const char *name)
{
	static const char *const names[] = { "libc.", "libc-", "ld-linux", "libpthread",
		"linux-vdso", "libasan.", "libubsan." };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static json_t *frame_of(const struct unwind_frame *f, const struct blackbox_module *m)
{
	json_t *o = json_object();

	if (m) {
		char id[AUTOPSY_BUILD_SIZE];
		autopsy_build_id(m, id);
		document_put(
		    o, "module", json_text_n(m->name, strnlen(m->name, sizeof m->name)));
		document_put(o, "build_id", json_string(id));
		document_put(o, "offset", document_hex(f->address - m->bias));
	} else {
		document_put(o, "address", document_hex(f->address));
	}
	if (f->function[0])
		document_put(o, "function", json_text(f->function));
	if (f->source[0])
		document_put(o, "source", json_text(f->source));
	return o;
}

/* Registers by name of their order only, and the stack from its pointer upwards. */
static void put_stack(json_t *o, const struct blackbox_fault *f)
{
	static const char digits[] = "0123456789abcdef";
	json_t *registers = json_array();
	size_t n = f->stack_length < BLACKBOX_STACK ? f->stack_length : BLACKBOX_STACK;
	char *text = malloc(2 * n + 1);

	for (uint32_t i = 0; i < f->register_count && i < BLACKBOX_REGISTERS; i++)
		(void)json_array_append_new(registers, document_hex(f->registers[i]));
	document_put(o, "registers", registers);
	document_put(o, "stack_pointer", document_hex(f->sp));
	for (size_t i = 0; text && i < n; i++) {
		text[2 * i] = digits[f->stack[i] >> 4];
		text[2 * i + 1] = digits[f->stack[i] & 15];
	}
	if (text)
		document_put(o, "stack", json_stringn(text, 2 * n));
	free(text);
}

void document_frames(
    struct outcome *t, const struct unwind_answer *answer, const struct config *config)
{
	enum { IN_SIGNATURE = 5 };
	const struct blackbox *b = t->remains;
	json_t *list = json_array();
	uint64_t hash = t->seed;
	unsigned mixed = 0;

	for (unsigned i = 0; !answer->failure && i < answer->count; i++) {
		const struct unwind_frame *f = &answer->frames[i];
		const struct blackbox_module *m =
		    f->module >= 0 && (uint32_t)f->module < b->module_count
			? &b->modules[f->module]
			: NULL;
		(void)json_array_append_new(list, frame_of(f, m));
		if (!m || is_everybodys(m->name) || mixed == IN_SIGNATURE)
			continue;
		uint64_t offset = f->address - m->bias;
		hash = document_mix(hash, m->build_id, sizeof m->build_id);
		hash = document_mix(hash, &offset, sizeof offset);
		mixed++;
	}
	if (answer->failure)
		document_put(t->autopsy, "frames_missing", json_text(answer->failure));
	hash = document_known(t->place, mixed > 0 ? hash : 0);
	if (hash && !t->sampled)
		document_put(t->autopsy, "signature", document_signature(hash));
	document_put(t->autopsy, "frames", list);
	if (config->dead.stack == STACK_KEPT)
		put_stack(t->autopsy, &b->fault);
	free(t->remains);
	t->remains = NULL;
}

static json_t *limits_of(const struct config *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "time_ms",
	    (json_int_t)c->limits.time, "time_per_mib_ms",
	    (json_int_t)c->limits.time_per_mib, "silence_ms",
	    (json_int_t)c->limits.silence, "cpu_ms", (json_int_t)c->limits.cpu, "memory",
	    (json_int_t)c->limits.memory, "output", (json_int_t)c->limits.output);
}

/* What is said of every message, good or dead. */
static json_t *document_common(const struct document_of *m)
{
	const struct charges *c = &m->claim->charges;
	json_t *o = json_object();

	document_put(o, "version", json_integer(JSON_VERSION));
	if (m->claim->id)
		document_put(o, "id", json_sprintf("%016" PRIx64, m->claim->id));
	json_set_name(o, "folder", m->claim->sub);
	json_set_name(o, "file", m->claim->name);
	document_put(o, "verdict", json_string(verdict_row(m->outcome->verdict)->name));
	document_put(o, "text",
	    json_sprintf("The message %s.", verdict_row(m->outcome->verdict)->text));
	(void)json_object_update(o, m->more);
	document_put(o, "format", json_text(m->outcome->facts.format));
	document_put(o, "sender", json_text(m->outcome->facts.sender));
	document_put(o, "subject", json_text(m->outcome->facts.subject));
	document_put(o, "message_id", json_text(m->outcome->facts.message_id));
	document_put(o, "message_class", json_text(m->outcome->facts.message_class));
	if (m->outcome->facts.automatic)
		document_put(o, "automatic", json_true());
	document_put(o, "bytes", document_count(m->bytes));
	document_put(o, "charges",
	    json_pack("{s:i, s:i, s:i, s:i}", "crash", (int)c->crash, "timeout",
		(int)c->timeout, "memory", (int)c->memory, "kills", (int)c->kills));
	document_put(o, "started", json_time(m->outcome->started_ms));
	document_put(o, "ended", json_time(m->outcome->ended_ms));
	document_put(o, "elapsed_ms", document_count(m->outcome->elapsed_ms));
	document_put(o, "cpu_ms", document_count(m->outcome->cpu_ms));
	if (json_array_size(m->outcome->notes) > 0)
		document_put(o, "notes", json_incref(m->outcome->notes));
	return o;
}

static char *document_print(json_t *o, size_t *n)
{
	char *text = json_line(o, JSON_TEXT_DOCUMENT);

	json_decref(o);
	if (text)
		*n = strlen(text);
	return text;
}

char *document_letter(const struct document_of *m, size_t *n)
{
	char limit[LIMIT_SIZE];
	json_t *o = document_common(m);

	document_put(o, "reason", json_text(m->outcome->reason));
	document_put(o, "ndr_code", json_string(verdict_row(m->outcome->verdict)->ndr));
	if (m->outcome->refused_part) {
		document_put(o, "refused_part", json_text(m->outcome->refused_part));
		document_put(
		    o, "refused_offset", document_count(m->outcome->refused_offset));
	}
	if (m->outcome->autopsy)
		document_put(o, "worker", json_incref(m->outcome->autopsy));
	limit_text(m->config, m->outcome->verdict, limit);
	if (*limit)
		document_put(o, "limit", json_string(limit));
	document_put(o, "limits", limits_of(m->config));
	return document_print(o, n);
}

bool document_wanted(const struct outcome *o, const struct config *config)
{
	bool notes = json_array_size(o->notes) > 0;

	return config->reports == REPORTS_ALL ||
	       (config->reports == REPORTS_LOSSY && notes);
}

char *document_notes(const struct document_of *m, size_t *n)
{
	json_t *o = document_common(m);

	document_put(o, "bytes_out", document_count(m->outcome->output_size));
	document_put(o, "kept", document_count(m->outcome->note_count[0]));
	document_put(o, "changed", document_count(m->outcome->note_count[1]));
	document_put(o, "lost", document_count(m->outcome->note_count[2]));
	return document_print(o, n);
}

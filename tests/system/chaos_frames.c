/* SPDX-License-Identifier: ISC */
#include "chaos.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "proto/blackbox.h"
#include "proto/channel.h"
#include "proto/frame.h"

void chaos_silence(void)
{
	const struct timespec hour = { .tv_sec = 3600 };

	for (;;)
		(void)nanosleep(&hour, NULL);
}

void chaos_raw(const void *p, size_t n)
{
	if (write(CHANNEL_ANSWERS, p, n) != (ssize_t)n)
		_exit(CHANNEL_EXIT_CHANNEL);
}

uint64_t chaos_job(void)
{
	uint64_t job = 0;

	if (pread(CHANNEL_BLACKBOX, &job, sizeof job, offsetof(struct blackbox, job)) !=
	    sizeof job)
		_exit(CHANNEL_EXIT_CHANNEL);
	return job;
}

/* A answer of each kind with honest contents, to be spoilt in one field. */
struct answers {
	struct convert *c;
	Bulkhead__Answer r;
	Bulkhead__Ready ready;
	Bulkhead__Facts facts;
	Bulkhead__Progress progress;
	Bulkhead__Syncing syncing;
	Bulkhead__Note note;
	Bulkhead__Item item;
	Bulkhead__Done done;
	Bulkhead__Refused refused;
	Bulkhead__Crash crash;
};

static uint8_t packed[64 * 1024];

static size_t pack(const Bulkhead__Answer *r)
{
	size_t n = bulkhead__answer__pack(r, packed + FRAME_HEADER);
	frame_put_length(packed, n);
	return FRAME_HEADER + n;
}

void chaos_say(const Bulkhead__Answer *r)
{
	chaos_raw(packed, pack(r));
}

static void prepare(struct answers *all, Bulkhead__Answer__KindCase kind)
{
	all->r.kind_case = kind;
	/* The members of the oneof share their place. */
	static const size_t slot[] = {
		[BULKHEAD__ANSWER__KIND_READY] = offsetof(struct answers, ready),
		[BULKHEAD__ANSWER__KIND_FACTS] = offsetof(struct answers, facts),
		[BULKHEAD__ANSWER__KIND_PROGRESS] = offsetof(struct answers, progress),
		[BULKHEAD__ANSWER__KIND_SYNCING] = offsetof(struct answers, syncing),
		[BULKHEAD__ANSWER__KIND_NOTE] = offsetof(struct answers, note),
		[BULKHEAD__ANSWER__KIND_ITEM] = offsetof(struct answers, item),
		[BULKHEAD__ANSWER__KIND_DONE] = offsetof(struct answers, done),
		[BULKHEAD__ANSWER__KIND_REFUSED] = offsetof(struct answers, refused),
		[BULKHEAD__ANSWER__KIND_CRASH] = offsetof(struct answers, crash),
	};
	all->r.ready = (Bulkhead__Ready *)(void *)((char *)all + slot[kind]);
}

static void say(struct answers *all, Bulkhead__Answer__KindCase kind)
{
	prepare(all, kind);
	chaos_say(&all->r);
}

/* In one write, so that the supervisor hears both at once. */
static void say_both(struct answers *all, Bulkhead__Answer__KindCase first,
    Bulkhead__Answer__KindCase second)
{
	static uint8_t both[2 * sizeof packed];

	prepare(all, first);
	size_t n = pack(&all->r);
	memcpy(both, packed, n);
	prepare(all, second);
	size_t m = pack(&all->r);
	memcpy(both + n, packed, m);
	chaos_raw(both, n + m);
}

#define SAY(all, kind) say((all), BULKHEAD__ANSWER__KIND_##kind)

static char *stuff(struct answers *all, size_t n)
{
	char *s = arena_alloc(all->c->arena, n + 1);
	memset(s, 'x', n);
	return s;
}

/* value is what the row says. */
typedef void frame_fn(struct answers *all, uint64_t value);

static void bad_length(struct answers *all, uint64_t value)
{
	(void)all;
	memset(packed, 0x0a, sizeof packed);
	frame_put_length(packed, (size_t)value);
	chaos_raw(packed, FRAME_MAX + FRAME_HEADER + 1);
}

/* value bytes of a frame, then nothing. */
static void cut_short(struct answers *all, uint64_t value)
{
	all->r.kind_case = BULKHEAD__ANSWER__KIND_FACTS;
	all->facts.subject = stuff(all, 200);
	all->r.facts = &all->facts;
	(void)pack(&all->r);
	chaos_raw(packed, (size_t)value);
}

/* A frame whose Answer ends in the middle of a field. */
static void cut_answer(struct answers *all, uint64_t value)
{
	all->r.kind_case = BULKHEAD__ANSWER__KIND_FACTS;
	all->facts.subject = stuff(all, 200);
	all->r.facts = &all->facts;
	(void)pack(&all->r);
	frame_put_length(packed, (size_t)value);
	chaos_raw(packed, FRAME_HEADER + (size_t)value);
}

static void fill(struct answers *all, uint64_t value)
{
	(void)all;
	memset(packed, (int)value, 100);
	frame_put_length(packed, 96);
	chaos_raw(packed, 100);
}

static void no_kind(struct answers *all, uint64_t value)
{
	(void)value;
	all->r.kind_case = BULKHEAD__ANSWER__KIND__NOT_SET;
	chaos_say(&all->r);
}

/* The job, then a field of this number with an empty message. */
static void other_kind(struct answers *all, uint64_t value)
{
	size_t n;

	all->r.kind_case = BULKHEAD__ANSWER__KIND__NOT_SET;
	n = pack(&all->r);
	packed[n++] = (uint8_t)(value << 3 | 2);
	packed[n++] = 0;
	frame_put_length(packed, n - FRAME_HEADER);
	chaos_raw(packed, n);
}

static void two_kinds(struct answers *all, uint64_t value)
{
	size_t n;

	(void)value;
	all->r.kind_case = BULKHEAD__ANSWER__KIND_SYNCING;
	all->r.syncing = &all->syncing;
	n = pack(&all->r);
	packed[n++] = 4 << 3 | 2; /* progress, empty */
	packed[n++] = 0;
	frame_put_length(packed, n - FRAME_HEADER);
	chaos_raw(packed, n);
}

static void job_other(struct answers *all, uint64_t value)
{
	all->r.job = value ? all->r.job + value : 0;
	SAY(all, PROGRESS);
}

static void ready_again(struct answers *all, uint64_t value)
{
	all->r.job = 0;
	all->ready.protocol = (uint32_t)value;
	SAY(all, READY);
}

static void facts_twice(struct answers *all, uint64_t value)
{
	(void)value;
	SAY(all, FACTS);
	SAY(all, FACTS);
}

static void facts_long(struct answers *all, uint64_t value)
{
	all->facts.subject = stuff(all, (size_t)value);
	SAY(all, FACTS);
}

static void progress(struct answers *all, uint64_t value)
{
	all->progress.bytes = all->c->in.len + value;
	SAY(all, PROGRESS);
}

static void progress_falls(struct answers *all, uint64_t value)
{
	(void)value;
	all->progress.bytes = all->c->in.len;
	SAY(all, PROGRESS);
	all->progress.bytes = 0;
	SAY(all, PROGRESS);
}

static void note_kind(struct answers *all, uint64_t value)
{
	all->note.kind = (Bulkhead__Note__Kind)(int)value;
	SAY(all, NOTE);
}

static void note_count(struct answers *all, uint64_t value)
{
	all->note.count = (uint32_t)value;
	SAY(all, NOTE);
}

static void notes(struct answers *all, uint64_t value)
{
	for (uint64_t i = 0; i < value; i++)
		SAY(all, NOTE);
}

static void item_offset(struct answers *all, uint64_t value)
{
	all->item.offset = value;
	all->item.length = 1;
	SAY(all, ITEM);
}

static void item_length(struct answers *all, uint64_t value)
{
	all->item.length = value;
	SAY(all, ITEM);
}

static void items_overlap(struct answers *all, uint64_t value)
{
	all->item.length = 10;
	SAY(all, ITEM);
	all->item.offset = value;
	SAY(all, ITEM);
}

static void item_without_kind(struct answers *all, uint64_t value)
{
	(void)value;
	all->item.kind = stuff(all, 0);
	SAY(all, ITEM);
}

static void done_outcome(struct answers *all, uint64_t value)
{
	all->done.outcome = (Bulkhead__Done__Outcome)(int)value;
	SAY(all, DONE);
}

static void done_output(struct answers *all, uint64_t value)
{
	all->done.output += value;
	SAY(all, DONE);
}

static void done_below_items(struct answers *all, uint64_t value)
{
	all->item.length = value;
	SAY(all, ITEM);
	all->done.output = value - 1;
	SAY(all, DONE);
}

static void passed_other_size(struct answers *all, uint64_t value)
{
	all->done.outcome = BULKHEAD__DONE__OUTCOME__PASSED;
	all->done.output = all->c->in.len + value;
	SAY(all, DONE);
}

/* Done, then one more frame of this kind. */
static void after_done(struct answers *all, uint64_t value)
{
	say_both(all, BULKHEAD__ANSWER__KIND_DONE, (Bulkhead__Answer__KindCase)value);
}

static void after_refused(struct answers *all, uint64_t value)
{
	say_both(all, BULKHEAD__ANSWER__KIND_REFUSED, (Bulkhead__Answer__KindCase)value);
}

static void after_crash(struct answers *all, uint64_t value)
{
	say_both(all, BULKHEAD__ANSWER__KIND_CRASH, (Bulkhead__Answer__KindCase)value);
}

static void refused_offset(struct answers *all, uint64_t value)
{
	all->refused.offset = all->c->in.len + value;
	SAY(all, REFUSED);
}

static void refused_without_reason(struct answers *all, uint64_t value)
{
	(void)value;
	all->refused.reason = stuff(all, 0);
	SAY(all, REFUSED);
}

static void crash_signal(struct answers *all, uint64_t value)
{
	all->crash.signal = (uint32_t)value;
	SAY(all, CRASH);
}

static const struct {
	const char *name;
	frame_fn *send;
	uint64_t value;
} frames[] = {
	{ "length-zero", bad_length, 0 },
	{ "length-max-plus-1", bad_length, FRAME_MAX + 1 },
	{ "length-64k", bad_length, 0x10000 },
	{ "length-top-bit", bad_length, 0x80000000 },
	{ "length-all-ones", bad_length, 0xffffffff },
	{ "header-half", cut_short, 2 },
	{ "header-only", cut_short, FRAME_HEADER },
	{ "frame-half", cut_short, 100 },
	{ "report-cut", cut_answer, 100 },
	{ "report-one-byte", cut_answer, 1 },
	{ "report-job-cut", cut_answer, 5 },
	{ "all-ones", fill, 0xff },
	{ "all-zero", fill, 0 },
	{ "no-kind", no_kind, 0 },
	{ "kind-unknown-11", other_kind, 11 },
	{ "kind-unknown-15", other_kind, 15 },
	{ "kind-field-0", other_kind, 0 },
	{ "kind-job-again", other_kind, 1 },
	{ "two-kinds", two_kinds, 0 },
	{ "job-zero", job_other, 0 },
	{ "job-next", job_other, 1 },
	{ "job-before", job_other, UINT64_MAX },
	{ "job-top-bit", job_other, 1ULL << 63 },
	{ "ready-twice", ready_again, CHANNEL_PROTOCOL },
	{ "ready-other-protocol", ready_again, CHANNEL_PROTOCOL + 1 },
	{ "facts-twice", facts_twice, 0 },
	{ "facts-subject-long", facts_long, 3900 },
	{ "progress-beyond-1", progress, 1 },
	{ "progress-huge", progress, UINT64_MAX / 2 },
	{ "progress-falls", progress_falls, 0 },
	{ "note-kind-3", note_kind, 3 },
	{ "note-kind-99", note_kind, 99 },
	{ "note-kind-negative", note_kind, (uint64_t)-1 },
	{ "note-count-0", note_count, 0 },
	{ "note-count-2", note_count, 2 },
	{ "note-count-huge", note_count, UINT32_MAX },
	{ "notes-too-many", notes, CHANNEL_NOTES_MAX + 4 },
	{ "item-offset-1", item_offset, 1 },
	{ "item-offset-huge", item_offset, UINT64_MAX },
	{ "item-length-huge", item_length, UINT64_MAX },
	{ "item-length-top-bit", item_length, 1ULL << 63 },
	{ "items-overlap", items_overlap, 9 },
	{ "items-same-place", items_overlap, 0 },
	{ "items-gap", items_overlap, 11 },
	{ "item-without-kind", item_without_kind, 0 },
	{ "done-outcome-2", done_outcome, 2 },
	{ "done-outcome-negative", done_outcome, (uint64_t)-1 },
	{ "done-output-1-more", done_output, 1 },
	{ "done-output-huge", done_output, UINT64_MAX / 2 },
	{ "done-below-items", done_below_items, 10 },
	{ "done-passed-other-size", passed_other_size, 1 },
	{ "done-twice", after_done, BULKHEAD__ANSWER__KIND_DONE },
	{ "done-then-note", after_done, BULKHEAD__ANSWER__KIND_NOTE },
	{ "done-then-progress", after_done, BULKHEAD__ANSWER__KIND_PROGRESS },
	{ "done-then-facts", after_done, BULKHEAD__ANSWER__KIND_FACTS },
	{ "done-then-item", after_done, BULKHEAD__ANSWER__KIND_ITEM },
	{ "done-then-syncing", after_done, BULKHEAD__ANSWER__KIND_SYNCING },
	{ "done-then-ready", after_done, BULKHEAD__ANSWER__KIND_READY },
	{ "done-then-refused", after_done, BULKHEAD__ANSWER__KIND_REFUSED },
	{ "refused-twice", after_refused, BULKHEAD__ANSWER__KIND_REFUSED },
	{ "refused-then-done", after_refused, BULKHEAD__ANSWER__KIND_DONE },
	{ "refused-then-facts", after_refused, BULKHEAD__ANSWER__KIND_FACTS },
	{ "refused-offset-beyond", refused_offset, 1 },
	{ "refused-without-reason", refused_without_reason, 0 },
	{ "crash-signal-0", crash_signal, 0 },
	{ "crash-signal-65", crash_signal, 65 },
	{ "crash-signal-huge", crash_signal, UINT32_MAX },
	{ "crash-then-note", after_crash, BULKHEAD__ANSWER__KIND_NOTE },
	{ "crash-twice", after_crash, BULKHEAD__ANSWER__KIND_CRASH },
	{ "crash-then-done", after_crash, BULKHEAD__ANSWER__KIND_DONE },
};
enum { FRAMES = sizeof frames / sizeof frames[0] };

/* Texts that are not clean: each field with each of the spoilt values. */
#define TEXT(kind, message, field) \
	{ \
#message "." #field, BULKHEAD__ANSWER__KIND_##kind, \
		    offsetof(struct answers, \
			message.field) /* NOLINT(bugprone-macro-parentheses) */ \
	}
static const struct {
	const char *name;
	Bulkhead__Answer__KindCase kind;
	size_t slot;
} texts[] = {
	TEXT(FACTS, facts, format),
	TEXT(FACTS, facts, sender),
	TEXT(FACTS, facts, subject),
	TEXT(FACTS, facts, message_id),
	TEXT(FACTS, facts, message_class),
	TEXT(NOTE, note, part),
	TEXT(NOTE, note, what),
	TEXT(NOTE, note, reason),
	TEXT(ITEM, item, kind),
	TEXT(ITEM, item, name),
	TEXT(REFUSED, refused, reason),
	TEXT(REFUSED, refused, part),
};
static const struct {
	const char *name;
	char bytes[3];
} spoilt[] = {
	{ "no-utf8", "\xff\xfe" },
	{ "utf8-cut", "\xe2\x82" },
	{ "overlong", "\xc0\xaf" },
	{ "nul", "\0x" },
	{ "escape", "\x1b[" },
	{ "newline", "\r\n" },
	{ "delete", "\x7f\x7f" },
	{ "c1", "\xc2\x9b" },
};
enum {
	TEXTS = sizeof texts / sizeof texts[0],
	SPOILT = sizeof spoilt / sizeof spoilt[0],
};

static const char *text_frame_name(size_t text, size_t how)
{
	static char name[64];
	(void)snprintf(
	    name, sizeof name, "text-%s-%s", texts[text].name, spoilt[how].name);
	return name;
}

static void send_text(struct answers *all, size_t text, size_t how)
{
	static char mark[] = "before\x01\x02"
			     "after";

	memcpy((char *)all + texts[text].slot, &(char *){ mark }, sizeof(char *));
	/* Packed with a mark and patched, because a C string cannot hold a NUL. */
	static const size_t slots[] = {
		[BULKHEAD__ANSWER__KIND_FACTS] = offsetof(struct answers, facts),
		[BULKHEAD__ANSWER__KIND_NOTE] = offsetof(struct answers, note),
		[BULKHEAD__ANSWER__KIND_ITEM] = offsetof(struct answers, item),
		[BULKHEAD__ANSWER__KIND_REFUSED] = offsetof(struct answers, refused),
	};
	all->r.kind_case = texts[text].kind;
	all->r.facts = (Bulkhead__Facts *)(void *)((char *)all + slots[texts[text].kind]);
	size_t n = pack(&all->r);
	uint8_t *at = memmem(packed, n, "\x01\x02", 2);
	if (!at)
		abort();
	memcpy(at, spoilt[how].bytes, 2);
	chaos_raw(packed, n);
}

/* A answer of each kind that is in order now. */
static struct answers honest(struct convert *c)
{
	static char kind[] = "part", reason[] = "chaos", build[] = "chaos";
	struct answers all = { .c = c };

	bulkhead__answer__init(&all.r);
	bulkhead__ready__init(&all.ready);
	bulkhead__facts__init(&all.facts);
	bulkhead__progress__init(&all.progress);
	bulkhead__syncing__init(&all.syncing);
	bulkhead__note__init(&all.note);
	bulkhead__item__init(&all.item);
	bulkhead__done__init(&all.done);
	bulkhead__refused__init(&all.refused);
	bulkhead__crash__init(&all.crash);
	all.r.job = chaos_job();
	all.ready.protocol = CHANNEL_PROTOCOL;
	all.ready.build = build;
	all.note.count = 1;
	all.note.reason = reason;
	all.item.kind = kind;
	all.refused.reason = reason;
	all.crash.signal = SIGSEGV;
	sink_flush(c->out);
	all.done.output = sink_length(c->out);
	return all;
}

/* Text as long as may be, so that what is kept of it is seen. */
static void stuff_texts(struct answers *all)
{
	enum { LONG = 2000 };

	all->note.what = all->note.reason = all->item.name = stuff(all, LONG);
}

static void flood_words(void)
{
	static char line[4096];

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\n';
	for (;;)
		(void)!write(STDERR_FILENO, line, sizeof line);
}

void chaos_flood(struct convert *c, const char *kind)
{
	static const struct {
		const char *name;
		Bulkhead__Answer__KindCase kind;
		long pause_ns;
	} floods[] = {
		{ "", BULKHEAD__ANSWER__KIND_PROGRESS, 0 },
		{ "progress", BULKHEAD__ANSWER__KIND_PROGRESS, 0 },
		{ "polite", BULKHEAD__ANSWER__KIND_PROGRESS, 1000000 },
		{ "syncing", BULKHEAD__ANSWER__KIND_SYNCING, 0 },
		{ "notes", BULKHEAD__ANSWER__KIND_NOTE, 0 },
		{ "items", BULKHEAD__ANSWER__KIND_ITEM, 0 },
	};
	struct answers all = honest(c);

	if (strcmp(kind, "words") == 0)
		flood_words();
	stuff_texts(&all);
	for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
		struct timespec pause = { .tv_nsec = floods[i].pause_ns };
		while (strcmp(kind, floods[i].name) == 0) {
			say(&all, floods[i].kind);
			if (pause.tv_nsec)
				(void)nanosleep(&pause, NULL);
		}
	}
	abort();
}

void chaos_frame(struct convert *c, const char *name)
{
	struct answers all = honest(c);

	for (size_t i = 0; i < FRAMES; i++)
		if (strcmp(frames[i].name, name) == 0) {
			frames[i].send(&all, frames[i].value);
			chaos_silence();
		}
	for (size_t i = 0; i < TEXTS; i++)
		for (size_t k = 0; k < SPOILT; k++)
			if (strcmp(text_frame_name(i, k), name) == 0) {
				send_text(&all, i, k);
				chaos_silence();
			}
	(void)dprintf(STDERR_FILENO, "chaos-worker: no such frame: %s\n", name);
	abort();
}

int chaos_list_frames(void)
{
	for (size_t i = 0; i < FRAMES; i++)
		(void)puts(frames[i].name);
	for (size_t i = 0; i < TEXTS; i++)
		for (size_t k = 0; k < SPOILT; k++)
			(void)puts(text_frame_name(i, k));
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pool/answer.h"
#include "proto/channel.h"
#include "proto/frame.h"

/* A worker that got an order of a message of 1000 bytes; the output may have 5000. */
enum { JOB = 77, INPUT = 1000, OUTPUT = 5000 };

static struct answer_state at_start(void)
{
	return (struct answer_state){ .ready = false };
}

static struct answer_state at_work(void)
{
	struct answer_state s = { .ready = true };
	answer_begin(&s, JOB, INPUT, OUTPUT);
	return s;
}

/* What answer_read says of this answer: "" when it takes it. */
static const char *say(struct answer_state *s, const Bulkhead__Answer *r)
{
	uint8_t frame[65536];
	const char *breach = NULL;
	size_t n = bulkhead__answer__get_packed_size(r);
	cr_assert_leq(n, sizeof frame);
	bulkhead__answer__pack(r, frame);
	Bulkhead__Answer *back = answer_read(s, frame, n, &breach);
	cr_expect_eq(!back, !!breach);
	if (back)
		cr_expect_eq(back->kind_case, r->kind_case);
	bulkhead__answer__free_unpacked(back, NULL);
	return breach ? breach : "";
}

#define ANSWER(KIND, field, message) \
	(&(Bulkhead__Answer){ \
	    .base = PROTOBUF_C_MESSAGE_INIT(&bulkhead__answer__descriptor), \
	    .job = JOB, \
	    .kind_case = BULKHEAD__ANSWER__KIND_##KIND, \
	    .field = (message) })
#define MESSAGE(Type, type, ...) \
	(&(Bulkhead__##Type){ \
	    .base = PROTOBUF_C_MESSAGE_INIT(&bulkhead__##type##__descriptor), \
	    __VA_ARGS__ })
#define NO_TEXT (char *)protobuf_c_empty_string

static Bulkhead__Answer *with_job(Bulkhead__Answer *r, uint64_t job)
{
	r->job = job;
	return r;
}

#define READY(version) \
	with_job(ANSWER(READY, ready, \
		     MESSAGE(Ready, ready, .protocol = (version), \
			 .build = (char *)"0.1 abc")), \
	    0)
#define FACTS(text) \
	ANSWER(FACTS, facts, \
	    MESSAGE(Facts, facts, .format = (char *)"tnef", .sender = NO_TEXT, \
		.subject = (char *)(text), .message_id = NO_TEXT, \
		.message_class = NO_TEXT))
#define PROGRESS(n) ANSWER(PROGRESS, progress, MESSAGE(Progress, progress, .bytes = (n)))
#define SYNCING() ANSWER(SYNCING, syncing, (&(Bulkhead__Syncing)BULKHEAD__SYNCING__INIT))
#define NOTE(k, c) \
	ANSWER(NOTE, note, \
	    MESSAGE(Note, note, .kind = (k), .part = (char *)"message", .what = NO_TEXT, \
		.reason = NO_TEXT, .count = (c)))
#define ITEM(at, len) \
	ANSWER(ITEM, item, \
	    MESSAGE(Item, item, .kind = (char *)"attachment", .name = NO_TEXT, \
		.offset = (at), .length = (len)))
#define DONE(how, size) \
	ANSWER(DONE, done, MESSAGE(Done, done, .outcome = (how), .output = (size)))
#define REFUSED(why, at) \
	ANSWER(REFUSED, refused, \
	    MESSAGE(Refused, refused, .reason = (char *)(why), .part = NO_TEXT, \
		.offset = (at)))
#define CRASH(sig) ANSWER(CRASH, crash, MESSAGE(Crash, crash, .signal = (sig)))

Test(answer, takes_a_whole_order)
{
	struct answer_state s = at_start();
	cr_expect_str_eq(say(&s, READY(CHANNEL_PROTOCOL)), "");
	answer_begin(&s, JOB, INPUT, OUTPUT);
	cr_expect_str_eq(say(&s, FACTS("Gr\xc3\xbc\xc3\x9f"
				       "e \xf0\x9f\x93\xa7")),
	    "");
	cr_expect_str_eq(say(&s, PROGRESS(0)), "");
	cr_expect_str_eq(say(&s, PROGRESS(INPUT)), "");
	cr_expect_str_eq(say(&s, NOTE(BULKHEAD__NOTE__KIND__LOST, 1)), "");
	cr_expect_str_eq(say(&s, ITEM(0, 100)), "");
	cr_expect_str_eq(say(&s, ITEM(100, 4900)), "");
	cr_expect_str_eq(say(&s, SYNCING()), "");
	cr_expect_str_eq(say(&s, DONE(BULKHEAD__DONE__OUTCOME__CONVERTED, OUTPUT)), "");
	cr_expect(s.ended && s.ready);
	answer_begin(&s, JOB, INPUT, OUTPUT);
	cr_expect_str_eq(say(&s, REFUSED("no TNEF", 12)), "");
	cr_expect_str_eq(say(&s, CRASH(11)), "", "a worker may crash between two orders");
}

Test(answer, refuses_what_a_worker_may_not_say)
{
	struct {
		const char *name;
		const Bulkhead__Answer *answer;
		const char *breach;
	} t[] = {
		{ "ready again", READY(CHANNEL_PROTOCOL), "ready said twice" },
		{ "another job", with_job(PROGRESS(1), JOB + 1), "another job" },
		{ "no job", with_job(PROGRESS(1), 0), "another job" },
		{ "crash of another job", with_job(CRASH(11), 1), "another job" },
		{ "far progress", PROGRESS(INPUT + 1), "progress beyond the input" },
		{ "note kind", NOTE(3, 1), "note of an unknown kind" },
		{ "negative note kind", NOTE(-1, 1), "note of an unknown kind" },
		{ "note for none", NOTE(0, 0), "note with a wrong count" },
		{ "early summary", NOTE(0, 2), "note with a wrong count" },
		{ "item with a gap", ITEM(1, 1), "item does not follow the one before" },
		{ "item too long", ITEM(0, OUTPUT + 1),
		    "item beyond the output's limit" },
		{ "item that wraps", ITEM(0, UINT64_MAX),
		    "item beyond the output's limit" },
		{ "outcome", DONE(3, 1), "done with an unknown outcome" },
		{ "a list", DONE(BULKHEAD__DONE__OUTCOME__LISTED, 1),
		    "a list that was not asked for" },
		{ "output", DONE(0, OUTPUT + 1), "output beyond its limit" },
		{ "passed, shorter", DONE(BULKHEAD__DONE__OUTCOME__PASSED, INPUT - 1),
		    "passed through, but of another size" },
		{ "refused for nothing", REFUSED("", 0), "a text is missing" },
		{ "refused beyond", REFUSED("x", INPUT + 1),
		    "refused at an offset beyond the input" },
		{ "signal 0", CRASH(0), "crash with an unknown signal" },
		{ "signal 65", CRASH(65), "crash with an unknown signal" },
		{ "not UTF-8", FACTS("a\xff"), "a text is not clean UTF-8" },
		{ "cut UTF-8", FACTS("a\xe2\x82"), "a text is not clean UTF-8" },
		{ "overlong", FACTS("\xc0\xaf"), "a text is not clean UTF-8" },
		{ "surrogate", FACTS("\xed\xa0\x80"), "a text is not clean UTF-8" },
		{ "control", FACTS("a\nb"), "a text is not clean UTF-8" },
		{ "escape", FACTS("\x1b[2J"), "a text is not clean UTF-8" },
		{ "C1",
		    FACTS("\xc2\x9b"
			  "2J"),
		    "a text is not clean UTF-8" },
	};
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct answer_state s = at_work();
		const char *got = say(&s, t[i].answer);
		cr_expect_str_eq(got, t[i].breach, "%s: '%s'", t[i].name, got);
		cr_expect(!s.ended, "%s", t[i].name);
	}
}

Test(answer, keeps_the_order_of_kinds)
{
	struct answer_state s = at_start();
	cr_expect_str_eq(say(&s, FACTS("x")), "speaks before ready");
	cr_expect_str_eq(say(&s, with_job(PROGRESS(0), 0)), "speaks before ready");
	cr_expect_str_eq(
	    say(&s, with_job(READY(CHANNEL_PROTOCOL), 1)), "ready with a job");
	cr_expect_str_eq(say(&s, READY(CHANNEL_PROTOCOL + 1)), "speaks another protocol");
	cr_expect_not(s.ready);
	cr_expect_str_eq(say(&s, READY(CHANNEL_PROTOCOL)), "");
	cr_expect_str_eq(say(&s, with_job(PROGRESS(0), 0)), "speaks without an order");

	s = at_work();
	cr_expect_str_eq(say(&s, FACTS("x")), "");
	cr_expect_str_eq(say(&s, FACTS("x")), "facts said twice");
	cr_expect_str_eq(say(&s, PROGRESS(5)), "");
	cr_expect_str_eq(say(&s, PROGRESS(4)), "progress fell");
	cr_expect_str_eq(say(&s, ITEM(0, 10)), "");
	cr_expect_str_eq(say(&s, ITEM(0, 10)), "item does not follow the one before");
	cr_expect_str_eq(say(&s, ITEM(10, OUTPUT - 9)), "item beyond the output's limit");
	cr_expect_str_eq(say(&s, DONE(0, 9)), "items beyond the output");
	cr_expect_str_eq(say(&s, DONE(0, 10)), "");
	cr_expect_str_eq(say(&s, DONE(0, 10)), "speaks after the end of its order");
	cr_expect_str_eq(say(&s, PROGRESS(6)), "speaks after the end of its order");
	cr_expect_str_eq(say(&s, CRASH(6)), "");
	cr_expect_str_eq(say(&s, CRASH(6)), "speaks after its crash");
}

Test(answer, counts_notes)
{
	struct answer_state s = at_work();
	for (int i = 0; i < CHANNEL_NOTES_MAX; i++)
		cr_assert_str_eq(say(&s, NOTE(i % 3, 1)), "");
	for (int i = 0; i < 3; i++)
		cr_expect_str_eq(say(&s, NOTE(i, 1000)), "");
	cr_expect_str_eq(say(&s, NOTE(0, 1)), "too many notes");
}

Test(answer, bounds_text)
{
	char text[FRAME_MAX];
	memset(text, 'x', sizeof text);
	text[2048] = 0;
	struct answer_state s = at_work();
	cr_expect_str_eq(say(&s, FACTS(text)), "");
	s = at_work();
	text[2048] = 'x';
	text[2049] = 0;
	cr_expect_str_eq(say(&s, FACTS(text)), "a text is too long");
}

/* convert keeps every item's name until the order ends. */
Test(answer, bounds_the_names_of_all_items)
{
	enum { BYTES = 2000, MANY = (16 << 20) / (BYTES + 10) + 1 };
	static char name[BYTES + 1];
	struct answer_state s = at_work();
	unsigned said = 0;

	memset(name, 'x', BYTES);
	Bulkhead__Answer *r = ITEM(0, 0);
	r->item->name = name;
	for (const char *got = ""; said < MANY && !*got; said++)
		got = say(&s, r);
	cr_expect_gt(said, MANY / 2);
	cr_expect_str_eq(say(&s, r), "too many items");
}

Test(answer, refuses_other_shapes)
{
	static const struct {
		const char *name;
		size_t n;
		uint8_t frame[40];
	} t[] = {
		{ "nothing", 0, { 0 } },
		{ "job only", 9, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0 } },
		{ "unknown kind", 11, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x5a, 0 } },
		{ "two kinds", 13, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 0x2a, 0 } },
		{ "twice the same", 13,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 0, 0x22, 0 } },
		{ "two jobs", 20,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x09, JOB, 0, 0, 0, 0, 0, 0, 0,
			0x22, 0 } },
		{ "length beyond", 12, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 2, 8 } },
		{ "length short", 13, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 1, 8, 1 } },
		{ "length without end", 13,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 0x80, 0x80, 0 } },
		{ "kind as a number", 11, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x20, 0 } },
		{ "unknown field in the kind", 13,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 2, 0x78, 1 } },
		{ "text with a NUL", 16,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x1a, 5, 0x1a, 3, 'a', 0, 'b' } },
		{ "progress twice", 15,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 4, 8, 1, 8, 2 } },
		{ "progress of a long form", 14,
		    { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 3, 8, 0x81, 0 } },
		{ "group", 13, { 0x09, JOB, 0, 0, 0, 0, 0, 0, 0, 0x22, 2, 0x0b, 0x0c } },
	};
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct answer_state s = at_work();
		const char *breach = NULL;
		cr_expect_null(
		    answer_read(&s, t[i].frame, t[i].n, &breach), "%s", t[i].name);
		cr_expect_not_null(breach, "%s", t[i].name);
	}
}

Test(answer, unpacks_within_a_budget)
{
	/* Unknown fields of two bytes each: 32 times that in memory when kept. */
	uint8_t frame[FRAME_MAX] = { 0x09, JOB };
	size_t n = 9, inside = FRAME_MAX - 12;
	frame[n++] = 0x22;
	frame[n++] = (uint8_t)(0x80 | (inside & 0x7f));
	frame[n++] = (uint8_t)(inside >> 7);
	for (; n + 1 < sizeof frame; n += 2)
		frame[n] = 0x78;
	struct answer_state s = at_work();
	const char *breach = NULL;
	cr_expect_null(answer_read(&s, frame, n, &breach));
	cr_expect_str_eq(breach, "frame is no answer");
	cr_expect_null(answer_read(&s, frame, FRAME_MAX + 1, &breach));
	cr_expect_str_eq(breach, "frame of an impossible length");
}

/* What is worst for protobuf-c in a frame: as many fields as go into it, known, unknown
 * and repeated, of each wire type; lengths that lie; messages in messages that are none.
 * It is refused or taken, in a time that does not depend on what it is. */
Test(answer, frames_that_are_hard_to_unpack)
{
	static const struct {
		uint8_t unit[8];
		size_t n;
	} rows[] = {
		{ { 0x08, 0x4d }, 2 },             /* the job, again and again */
		{ { 0xf8, 0x01, 0x00 }, 3 },       /* unknown: a number */
		{ { 0xfa, 0x01, 0x00 }, 3 },       /* bytes, none */
		{ { 0xfd, 0x01, 1, 2, 3, 4 }, 6 }, /* four of them */
		{ { 0xfb, 0x01 }, 2 },             /* a group, which is no more */
		{ { 0x12, 0x00 }, 2 },
		{ { 0x1a, 0x00 }, 2 }, /* the kinds, empty */
		{ { 0x22, 0x02, 0x0a, 0x00 }, 4 },
		{ { 0x2a, 0x00 }, 2 },
		{ { 0x32, 0x00 }, 2 },
		{ { 0x3a, 0x00 }, 2 },
		{ { 0x42, 0x00 }, 2 },
		{ { 0x4a, 0x02, 0x0a, 0x00 }, 4 },
		{ { 0x52, 0x02, 0x0a, 0x00 }, 4 },
		{ { 0x5a, 0x02, 0x0a, 0x00 }, 4 },
		{ { 0x62, 0x02, 0x0a, 0x00 }, 4 },
		{ { 0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f },
		    6 }, /* longer than all there is */
		{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 8 },
		{ { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 }, 8 },
		{ { 0x12, 0x02 }, 2 },
		{ { 0x2a, 0x02 }, 2 }, /* each in the one before */
		{ { 0 }, 1 },
	};
	enum { TIMES = 200, SECONDS = 20 }; /* ten milliseconds on an idle machine */
	uint8_t frame[FRAME_MAX];
	clock_t began = clock();

	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		for (size_t i = 0; i < sizeof frame; i++)
			frame[i] = rows[r].unit[i % rows[r].n];
		for (size_t n = sizeof frame - TIMES; n < sizeof frame; n++) {
			struct answer_state s = at_work();
			const char *breach = NULL;
			Bulkhead__Answer *a = answer_read(&s, frame, n, &breach);
			cr_expect_eq(!a, !!breach, "row %zu", r);
			bulkhead__answer__free_unpacked(a, NULL);
		}
	}
	cr_expect_lt(clock() - began, (clock_t)SECONDS * CLOCKS_PER_SEC);
}

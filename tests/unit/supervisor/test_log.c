/* SPDX-License-Identifier: ISC */
#include "log/log.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source_file.h"

static int sink = -1;

/* From now on standard error is a file that we can read. */
static void catch_log(void)
{
	sink = memfd_create("log", 0);
	cr_assert(sink != -1 && dup2(sink, STDERR_FILENO) == STDERR_FILENO);
}

/* All that was logged since the last call. */
static const char *caught(void)
{
	static char text[1 << 20];
	ssize_t n = pread(sink, text, sizeof text - 1, 0);
	cr_assert(n >= 0);
	text[n] = '\0';
	cr_assert(ftruncate(sink, 0) == 0 && lseek(STDERR_FILENO, 0, SEEK_SET) == 0);
	return text;
}

static unsigned count_lines(const char *text)
{
	unsigned n = 0;
	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

/* The one line that was logged, as JSON. */
static json_t *caught_json(void)
{
	json_error_t error;
	const char *text = caught();
	cr_assert_eq(count_lines(text), 1, "%s", text);
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	cr_assert(o, "%s: %s", error.text, text);
	return o;
}

static const char *text_of(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Where the journal reads, each line begins with its priority; nowhere else. */
Test(log, the_journal_gets_priorities)
{
	char own[64], other[64];
	struct stat st;

	catch_log();
	cr_assert_eq(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(
	    own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	(void)snprintf(other, sizeof other, "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino + 1);
	cr_assert_eq(setenv("JOURNAL_STREAM", own, 1), 0);
	log_open(LOG_JSON, LOG_DEBUG, 0);
	log_event(EVENT_CANNOT_START, LOG_B("x", true));
	cr_expect_eq(strncmp(caught(), "<3>{", 4), 0);
	log_open(LOG_TEXT, LOG_DEBUG, 0);
	log_event(EVENT_SPOOL_PAUSED, LOG_B("x", true));
	cr_expect_eq(strncmp(caught(), "<4>2", 4), 0);
	log_event(EVENT_READY, LOG_B("x", true));
	cr_expect_eq(strncmp(caught(), "<6>2", 4), 0);
	log_event(EVENT_MESSAGE_TAKEN, LOG_B("x", true));
	cr_expect_eq(strncmp(caught(), "<7>2", 4), 0);
	cr_assert_eq(setenv("JOURNAL_STREAM", other, 1), 0);
	log_open(LOG_TEXT, LOG_DEBUG, 0);
	log_event(EVENT_READY, LOG_B("x", true));
	cr_expect_eq(*caught(), '2');
}

Test(log, json_has_every_kind_of_field)
{
	catch_log();
	log_open(LOG_JSON, LOG_INFO, 0);
	log_event(EVENT_FAILED, LOG_J(0x1f), LOG_S("verdict", "crashed"),
	    LOG_S("sender", NULL), LOG_I("code", -5), LOG_U("bytes", UINT64_MAX),
	    LOG_U("small", 7), LOG_X("address", 0xdead), LOG_B("again", true),
	    LOG_E(ENOENT));
	json_t *o = caught_json();
	cr_expect_eq(json_integer_value(json_object_get(o, "event")), 2450);
	cr_expect_str_eq(text_of(o, "name"), "message-failed");
	cr_expect_str_eq(text_of(o, "level"), "warning");
	cr_expect_str_eq(text_of(o, "job"), "000000000000001f");
	cr_expect_str_eq(text_of(o, "verdict"), "crashed");
	cr_expect_null(json_object_get(o, "sender"));
	cr_expect_eq(json_integer_value(json_object_get(o, "code")), -5);
	cr_expect_str_eq(text_of(o, "bytes"), "18446744073709551615");
	cr_expect_eq(json_integer_value(json_object_get(o, "small")), 7);
	cr_expect_str_eq(text_of(o, "address"), "0xdead");
	cr_expect(json_is_true(json_object_get(o, "again")));
	cr_expect_str_eq(text_of(o, "error"), "No such file or directory");
	const char *time = text_of(o, "time");
	cr_expect_eq(strlen(time), 24);
	cr_expect(time[10] == 'T' && time[19] == '.' && time[23] == 'Z', "%s", time);
	json_decref(o);
}

/* Text from messages, and what stands in the line. */
static const struct hostile {
	const char *text, *json, *plain;
} hostiles[] = {
	{ "a@b.example", "a@b.example", "a@b.example" },
	{ "", "", "\"\"" },
	{ "two words", "two words", "\"two words\"" },
	{ "a=b", "a=b", "\"a=b\"" },
	{ "say \"x\\y\"", "say \"x\\y\"", "\"say \\\"x\\\\y\\\"\"" },
	{ "line\nbreak\x1b[31m", "line\nbreak\x1b[31m", "\"line\\x0abreak\\x1b[31m\"" },
	{ "\xc3\xbc", "\xc3\xbc", "\"\xc3\xbc\"" },
	{ "\xff\xfe", "\\xff\\xfe", "\"\\xff\\xfe\"" },
	{ "\xc3", "\\xc3", "\"\\xc3\"" },
	{ "\xc0\xaf", "\\xc0\\xaf", "\"\\xc0\\xaf\"" },
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", "\"\\xe0\\x80\\xaf\"" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\xed\\xa0\\x80\"" },
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\"\\xf4\\x90\\x80\\x80\"" },
	{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xc2\x9b"
	  "31m",
	    "\xc2\x9b"
	    "31m",
	    "\"\\xc2\\x9b31m\"" },
	{ "\xe2\x80\xae"
	  "x",
	    "\xe2\x80\xae"
	    "x",
	    "\"\\xe2\\x80\\xaex\"" },
};

ParameterizedTestParameters(log, hostile_text)
{
	static size_t index[sizeof hostiles / sizeof hostiles[0]];
	for (size_t i = 0; i < sizeof hostiles / sizeof hostiles[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof hostiles / sizeof hostiles[0]);
}

ParameterizedTest(size_t *i, log, hostile_text)
{
	const struct hostile *h = &hostiles[*i];
	char want[128];

	catch_log();
	log_open(LOG_JSON, LOG_INFO, 0);
	log_event(EVENT_DONE, LOG_S("file", h->text));
	json_t *o = caught_json();
	cr_expect_str_eq(text_of(o, "file"), h->json);
	json_decref(o);

	log_open(LOG_TEXT, LOG_INFO, 0);
	log_event(EVENT_DONE, LOG_S("file", h->text), LOG_B("ok", false));
	const char *line = caught();
	(void)snprintf(want, sizeof want, " INFO 2448 message-done file=%s ok=no: %s\n",
	    h->plain, log_event_row(EVENT_DONE)->text);
	cr_expect_str_eq(line + 24, want);
}

Test(log, levels_filter)
{
	catch_log();
	log_open(LOG_TEXT, LOG_WARNING, 0);
	log_event(EVENT_DONE, LOG_J(1));
	log_event(EVENT_MESSAGE_TAKEN, LOG_J(1));
	cr_expect_str_empty(caught());
	log_event(EVENT_FAILED, LOG_J(1));
	log_event(EVENT_FAULT, LOG_J(1));
	cr_expect_eq(count_lines(caught()), 2);
	log_open(LOG_TEXT, LOG_DEBUG, 0);
	log_event(EVENT_MESSAGE_TAKEN, LOG_J(1));
	cr_expect_eq(count_lines(caught()), 1);
}

Test(log, keeps_errno)
{
	catch_log();
	log_open(LOG_JSON, LOG_INFO, 0);
	errno = ENOSPC;
	log_event(EVENT_DONE, LOG_J(1));
	log_tick();
	cr_expect_eq(errno, ENOSPC);
}

/* Long texts are cut so that a line is one atomic write to a pipe. */
Test(log, lines_fit_a_pipe)
{
	static char text[70000];
	catch_log();
	for (int hostile = 0; hostile < 2; hostile++) {
		memset(text, hostile ? '\xff' : 'x', sizeof text - 1);
		for (enum log_format f = LOG_JSON; f <= LOG_TEXT; f++) {
			log_open(f, LOG_INFO, 0);
			log_event(EVENT_FAILED, LOG_J(1), LOG_S("a", text),
			    LOG_S("b", text), LOG_S("c", text), LOG_S("d", text),
			    LOG_S("e", text), LOG_S("f", text));
			const char *line = caught();
			cr_expect_leq(strlen(line), PIPE_BUF);
			cr_expect(strstr(line, "..."));
			cr_expect(strstr(line, "0000000000000001"));
		}
	}
}

Test(log, floods_are_summarised)
{
	catch_log();
	log_open(LOG_JSON, LOG_ERROR, 3);
	for (unsigned i = 1; i <= 10; i++)
		log_event(EVENT_FAULT, LOG_J(i));
	log_event(EVENT_CONFIG_BAD, LOG_S("remark", "another number"));
	cr_expect_eq(count_lines(caught()), 4);
	log_tick();
	/* At the level of what was left out, else nobody would see it. */
	json_t *o = caught_json();
	cr_expect_eq(json_integer_value(json_object_get(o, "event")), EVENT_SUPPRESSED);
	cr_expect_str_eq(text_of(o, "level"), "error");
	cr_expect_eq(json_integer_value(json_object_get(o, "of")), EVENT_FAULT);
	cr_expect_str_eq(text_of(o, "of_name"), "converter-fault");
	cr_expect_eq(json_integer_value(json_object_get(o, "count")), 7);
	cr_expect_str_eq(text_of(o, "first_job"), "0000000000000004");
	cr_expect_str_eq(text_of(o, "last_job"), "000000000000000a");
	json_decref(o);
	log_tick();
	cr_expect_str_empty(caught());
	(void)usleep(1100000);
	log_event(EVENT_FAULT, LOG_J(11));
	cr_expect_eq(count_lines(caught()), 1);
}

/* Lines of DONE in text, and the sum of what the lines of LOG_LOST say. */
static uint64_t told_lost(const char *text, unsigned *done)
{
	uint64_t lost = 0;

	for (const char *p = text; (p = strstr(p, " 2448 message-done ")); p++)
		++*done;
	for (const char *p = text; (p = strstr(p, " 3007 log-lost lines=")); p++)
		lost += strtoull(p + strlen(" 3007 log-lost lines="), NULL, 10);
	return lost;
}

Test(log, says_how_many_lines_were_lost)
{
	enum { LINES = 5000 };
	static char text[1 << 20];
	int ends[2];
	size_t n = 0;
	unsigned done = 0;

	cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
	cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_open(LOG_TEXT, LOG_INFO, 0);
	for (unsigned i = 0; i < LINES; i++)
		log_event(EVENT_DONE, LOG_J(i)); /* must not block */
	for (int again = 0; again < 5; again++) {
		ssize_t k;
		while ((k = read(ends[0], text + n, sizeof text - 1 - n)) > 0)
			n += (size_t)k;
		log_tick();
	}
	log_event(EVENT_DONE, LOG_J(LINES));
	n += (size_t)read(ends[0], text + n, sizeof text - 1 - n);
	text[n] = '\0';
	uint64_t lost = told_lost(text, &done);
	cr_expect_gt(lost, 0);
	cr_expect_eq(done + lost, LINES + 1, "%u %" PRIu64, done, lost);
	cr_expect(strstr(text, "job=0000000000001388"));
}

/* What each line was is lost at a disk that is full, but not that it was. */
Test(log, half_a_line_is_ended_before_the_next)
{
	struct rlimit limit = { 100, 100 };

	catch_log();
	(void)signal(SIGXFSZ, SIG_IGN);
	log_open(LOG_TEXT, LOG_INFO, 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (unsigned i = 0; i < 3; i++)
		log_event(EVENT_DONE, LOG_J(i));
	const char *half = caught();
	cr_assert_eq(strlen(half), 100, "%s", half);
	log_event(EVENT_DONE, LOG_J(3));
	const char *text = caught();
	cr_expect_eq(text[0], '\n');
	cr_expect(strstr(text, " 3007 log-lost lines=2: "), "%s", text);
}

Test(log, a_reader_that_is_gone_ends_nothing)
{
	int ends[2];
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	(void)close(ends[0]);
	log_open(LOG_JSON, LOG_INFO, 0);
	log_event(EVENT_DONE, LOG_J(1));
	catch_log();
	log_event(EVENT_DONE, LOG_J(2));
	cr_expect(strstr(caught(), "\"lines\":1"));
	(void)close(STDERR_FILENO);
	log_event(EVENT_DONE, LOG_J(3));
}

/* Every number of the enum has one row, in their order. */
Test(log, rows_are_the_enum)
{
	char *text = source_file("supervisor/log/log.h");
	char *p = strstr(text, "enum log_number {"), *end = strstr(p, "\n};");
	unsigned row = 0;
	int number = 0;

	*end = '\0';
	while ((p = strstr(p, "\tEVENT_"))) {
		char word[64] = "";
		int value = 0;
		cr_assert(sscanf(p, "\t%63[A-Z_] = %d", word, &value) >= 1);
		number = value ? value : number + 1;
		cr_assert(log_event_nth(row), "%s has no row", word);
		cr_expect_eq((int)log_event_nth(row)->event, number, "%s", word);
		row++;
		p++;
	}
	cr_expect_gt(row, 40);
	cr_expect_null(log_event_nth(row));
	for (unsigned i = 0; i < row; i++)
		for (unsigned k = i + 1; k < row; k++)
			cr_expect_str_neq(log_event_nth(i)->name, log_event_nth(k)->name);
	free(text);
}

/* The manual says of each what it means and what to do. */
Test(log, manual_has_every_event)
{
	char *text = source_file("deploy/bulkhead-events.7"), want[128];
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	const struct log_event_row *row;
	unsigned rows = 0, items = 0;

	for (; (row = log_event_nth(rows)); rows++) {
		(void)snprintf(want, sizeof want, "\n.It Sy %d %s Pq %s\n",
		    (int)row->event, row->name, levels[row->level]);
		cr_expect(strstr(text, want), "missing: %s", want);
	}
	for (const char *p = text; (p = strstr(p, "\n.It Sy ")); p++)
		items++;
	cr_expect_eq(items, rows, "the manual has an event that there is not");
	free(text);
}

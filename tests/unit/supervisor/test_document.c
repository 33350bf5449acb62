/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "attempt/document.h"
#include "base/json_text.h"

/* Texts in reports: any bytes become valid JSON, and none is lost. */
static const struct {
	const char *name, *bytes, *want;
} texts[] = {
	{ "plain", "winmail.dat", "winmail.dat" },
	{ "utf-8 stays", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7",
	    "\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7" },
	{ "latin-1 byte", "M\xfcller", "M\\xfcller" },
	{ "overlong slash", "\xc0\xaf", "\\xc0\\xaf" },
	{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "above U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "cut sequence", "a\xe2\x82", "a\\xe2\\x82" },
	{ "control characters", "a\x1b[31m\x7f", "a\x1b[31m\x7f" },
	{ "line end and tab stay", "a\n\tb", "a\n\tb" },
	{ "empty", "", "" },
};

Test(dead, text_is_always_valid_json)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		json_t *j = json_text(texts[i].bytes);
		cr_assert(json_is_string(j), "%s", texts[i].name);
		cr_expect_str_eq(
		    json_string_value(j), texts[i].want, "%s", texts[i].name);
		json_decref(j);
	}
	json_t *none = json_text(NULL);
	cr_expect(json_is_null(none));
}

/* What could steer a terminal stands in the line by JSON's own escapes; whoever reads the
 * line has it back. */
Test(dead, lines_of_json_steer_no_terminal)
{
	static const char text[] = "\x1b[2J \x7f \xc2\x9b"
				   "31m \xe2\x80\xae \xd8\x9c \xc3\xbc \"\\\n";
	json_t *o = json_object();

	json_object_set_new(o, "a", json_text(text));
	char *line = json_line(o, JSON_COMPACT);
	cr_expect_str_eq(line,
	    "{\"a\":\"\\u001B[2J \\u007F \\u009B31m \\u202E \\u061C \xc3\xbc "
	    "\\\"\\\\\\n\"}");
	json_t *again = json_loads(line, 0, NULL);
	cr_expect_str_eq(json_string_value(json_object_get(again, "a")), text);
	free(line);
	json_decref(again);
	json_decref(o);
}

/* \xe9 as a byte and as four characters look alike: only of the byte are there bytes. */
Test(dead, names_of_any_bytes_can_be_had_back)
{
	json_t *o = json_object();

	json_set_name(o, "file", "caf\xe9.eml");
	json_set_name(o, "other", "caf\\xe9.eml");
	json_set_name(o, "none", NULL);
	cr_expect_eq(json_object_size(o), 3);
	cr_expect_str_eq(json_string_value(json_object_get(o, "file")), "caf\\xe9.eml");
	cr_expect_str_eq(
	    json_string_value(json_object_get(o, "file_bytes")), "Y2Fm6S5lbWw=");
	cr_expect_str_eq(json_string_value(json_object_get(o, "other")), "caf\\xe9.eml");
	json_decref(o);
}

static struct autopsy crash(void)
{
	struct autopsy a = { .pid = 42,
		.worker = 7,
		.served = 3,
		.reaped = true,
		.wait_status = SIGSEGV };

	a.signal = SIGSEGV;
	a.address = 0x10;
	a.pc = 0x5555000012ab;
	strcpy(a.pc_module, "bulkhead-worker");
	strcpy(a.pc_build_id, "0123456789abcdef0123456789abcdef01234567");
	a.pc_offset = 0x12ab;
	a.crumb_count = 1;
	strcpy(a.crumbs[0].format, "tnef");
	a.crumbs[0].tag = 0x0006800f;
	a.crumbs[0].offset = 1234;
	return a;
}

static char *signature(const struct autopsy *a)
{
	json_t *o = document_autopsy(a);
	char *text = strdup(json_string_value(json_object_get(o, "signature")));

	json_decref(o);
	return text;
}

Test(dead, autopsy_names_signal_address_and_place)
{
	struct autopsy a = crash();
	json_t *o = document_autopsy(&a);
	json_t *crumb = json_array_get(json_object_get(o, "breadcrumbs"), 0);

	cr_expect_eq(json_integer_value(json_object_get(o, "signal")), SIGSEGV);
	cr_expect_str_eq(json_string_value(json_object_get(o, "signal_name")), "SIGSEGV");
	cr_expect_str_eq(json_string_value(json_object_get(o, "fault_address")), "0x10");
	cr_expect_str_eq(
	    json_string_value(json_object_get(o, "module")), "bulkhead-worker");
	cr_expect_str_eq(
	    json_string_value(json_object_get(o, "module_offset")), "0x12ab");
	cr_expect_str_eq(json_string_value(json_object_get(crumb, "format")), "tnef");
	cr_expect_str_eq(json_string_value(json_object_get(crumb, "tag")), "0x6800f");
	cr_expect_eq(json_integer_value(json_object_get(crumb, "offset")), 1234);
	json_decref(o);
}

static const struct {
	int wait_status;
	bool reaped;
	const char *begins; /* NULL: nothing is said */
} cores[] = {
	{ SIGSEGV, true, "not written: the worker's limit is 0 bytes" },
	{ SIGSEGV | WCOREFLAG, true, "written, where kernel.core_pattern says" },
	{ 3 << 8, true, NULL }, /* it exited */
	{ 0, false, NULL },
};

Test(dead, says_whether_a_core_file_was_written)
{
	for (size_t i = 0; i < sizeof cores / sizeof cores[0]; i++) {
		struct autopsy a = crash();
		a.wait_status = cores[i].wait_status;
		a.reaped = cores[i].reaped;
		json_t *o = document_autopsy(&a);
		const char *said = json_string_value(json_object_get(o, "core"));
		cr_expect_eq(!said, !cores[i].begins, "%zu", i);
		if (said && cores[i].begins)
			cr_expect_eq(
			    strncmp(said, cores[i].begins, strlen(cores[i].begins)), 0,
			    "%s", said);
		json_decref(o);
	}
}

Test(dead, signature_is_of_the_place_and_not_of_the_process)
{
	struct autopsy a = crash(), same = crash(), other = crash();

	same.pid = 99;
	same.address = 0x7777;    /* what it read is the message's, not the bug's */
	same.pc = 0x7fff000012ab; /* another load address */
	same.crumbs[0].offset = 9;
	other.pc_offset = 0x12ac; /* another line of the same function */
	char *s = signature(&a), *t = signature(&same), *u = signature(&other);
	cr_expect_str_eq(s, t);
	cr_expect_str_neq(s, u);
	cr_expect_eq(strlen(s), 12);
	free(s);
	free(t);
	free(u);
}

/* ---- frames ---- */

enum { WORKER, LIBC, LOADER, ZLIB, MODULES };

/* What is left of a worker: four modules, each at 0x10000 times its number + 1. */
static struct outcome remains(const struct autopsy *a)
{
	static const char *const names[MODULES] = { "bulkhead-worker", "libc.so.6",
		"ld-linux-x86-64.so.2", "libz.so.1" };
	struct outcome t = { .autopsy = document_autopsy(a), .seed = document_seed(a) };

	t.sampled = document_is_sample(a);
	t.place = document_place(a);
	t.remains = calloc(1, sizeof *t.remains);
	cr_assert(t.remains);
	t.remains->module_count = MODULES;
	for (unsigned i = 0; i < MODULES; i++) {
		struct blackbox_module *m = &t.remains->modules[i];
		m->bias = m->start = 0x10000 * (i + 1);
		m->end = m->start + 0x10000;
		m->build_id[0] = (uint8_t)(i + 1);
		strcpy(m->name, names[i]);
	}
	t.remains->fault.register_count = 2;
	t.remains->fault.registers[1] = 0xabc;
	t.remains->fault.sp = 0x7fff0010;
	t.remains->fault.stack_length = 4;
	memcpy(t.remains->fault.stack, "mail", 4);
	return t;
}

/* Each frame a module's number and an offset in it, of one digit each; "-0": in none. */
static json_t *frames(const struct autopsy *a, const char *which, enum stack stack)
{
	struct outcome t = remains(a);
	struct config config = { .dead.stack = stack };
	struct unwind_answer answer = { .count = 0 };

	for (; *which; which += 2 + (which[2] == ' ')) {
		struct unwind_frame *f = &answer.frames[answer.count++];
		f->module = which[0] == '-' ? -1 : which[0] - '0';
		f->address =
		    (uint64_t)(0x10000 * (f->module + 1)) + (uint64_t)(which[1] - '0');
		strcpy(f->function, "act+0x3");
	}
	document_frames(&t, &answer, &config);
	cr_assert_null(t.remains, "it holds mail");
	json_t *o = json_incref(t.autopsy);
	outcome_clear(&t);
	return o;
}

static const struct {
	const char *name, *one, *other;
	bool same;
} pairs[] = {
	{ "one place", "01 02 03", "01 02 03", true },
	{ "two places in one function", "01 02 03", "04 02 03", false },
	{ "called from elsewhere", "01 02 03", "01 02 04", false },
	{ "only below the fifth", "01 02 03 04 05 06", "01 02 03 04 05 07", true },
	{ "the C library and the loader do not count", "11 12 21 01 02", "15 01 02",
	    true },
	{ "where no code is does not count", "-0 01 02", "01 02", true },
	{ "another library", "01 02", "31 02", false },
};

Test(dead, signature_is_of_the_top_frames)
{
	struct autopsy a = crash();

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		json_t *one = frames(&a, pairs[i].one, STACK_LEFT_OUT);
		json_t *other = frames(&a, pairs[i].other, STACK_LEFT_OUT);
		cr_expect_eq(json_equal(json_object_get(one, "signature"),
				 json_object_get(other, "signature")),
		    pairs[i].same, "%s", pairs[i].name);
		json_decref(one);
		json_decref(other);
	}
}

Test(dead, signature_of_a_timeout_is_not_of_the_frames)
{
	struct autopsy a = crash();

	a.killed = KILLED_SILENCE;
	a.signal = SIGUSR2;
	json_t *one = frames(&a, "01 02", STACK_LEFT_OUT);
	a.pc_offset = 0x999;
	json_t *other = frames(&a, "05 06", STACK_LEFT_OUT);
	cr_expect(json_equal(
	    json_object_get(one, "signature"), json_object_get(other, "signature")));
	cr_expect_null(json_object_get(one, "signal"), "ours");
	cr_expect_not_null(json_object_get(one, "program_counter"));
	json_decref(one);
	json_decref(other);
}

Test(dead, frames_name_module_offset_and_function)
{
	struct autopsy a = crash();
	json_t *o = frames(&a, "07 -0", STACK_KEPT);
	json_t *list = json_object_get(o, "frames"), *top = json_array_get(list, 0);

	cr_expect_eq(json_array_size(list), 2);
	cr_expect_str_eq(
	    json_string_value(json_object_get(top, "module")), "bulkhead-worker");
	cr_expect_str_eq(json_string_value(json_object_get(top, "offset")), "0x7");
	cr_expect_str_eq(json_string_value(json_object_get(top, "build_id")),
	    "0100000000000000000000000000000000000000");
	cr_expect_str_eq(json_string_value(json_object_get(top, "function")), "act+0x3");
	cr_expect_null(json_object_get(json_array_get(list, 1), "module"));
	cr_expect_null(json_object_get(o, "frames_missing"));
	cr_expect_str_eq(json_string_value(json_object_get(o, "stack")), "6d61696c");
	cr_expect_str_eq(
	    json_string_value(json_object_get(o, "stack_pointer")), "0x7fff0010");
	cr_expect_eq(json_array_size(json_object_get(o, "registers")), 2);
	json_decref(o);
	o = frames(&a, "07", STACK_LEFT_OUT);
	cr_expect_null(json_object_get(o, "stack"));
	cr_expect_null(json_object_get(o, "registers"));
	json_decref(o);
}

Test(dead, missing_frames_are_said)
{
	static const struct unwind_answer none = { .failure = "the unwinder is ill" };
	struct autopsy a = crash();
	struct outcome t = remains(&a);
	struct config config = { .dead.stack = STACK_LEFT_OUT };
	char *before = signature(&a);

	document_frames(&t, &none, &config);
	cr_expect_str_eq(json_string_value(json_object_get(t.autopsy, "frames_missing")),
	    "the unwinder is ill");
	cr_expect_eq(json_array_size(json_object_get(t.autopsy, "frames")), 0);
	cr_expect_str_eq(
	    json_string_value(json_object_get(t.autopsy, "signature")), before);
	free(before);
	outcome_clear(&t);
}

Test(dead, each_verdict_has_a_row)
{
	for (int v = VERDICT_NONE; v < VERDICTS; v++) {
		const struct verdict_row *row = verdict_row((enum verdict)v);
		cr_assert(
		    row->name && *row->name && row->text && *row->text, "verdict %d", v);
		cr_expect(!(row->good && row->again != AGAIN_NEVER), "%s", row->name);
		cr_expect(row->again == AGAIN_NEVER || row->charge != CHARGE_NOTHING,
		    "%s would be tried for ever", row->name);
		for (int w = VERDICT_NONE; w < v; w++)
			cr_expect_str_neq(row->name, verdict_row((enum verdict)w)->name);
	}
}

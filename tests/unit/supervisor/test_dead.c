#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "dead.h"

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
	{ "control characters", "a\x1b[31m\x7f", "a\\x1b[31m\\x7f" },
	{ "line end and tab stay", "a\n\tb", "a\n\tb" },
	{ "empty", "", "" },
};

Test(dead, text_is_always_valid_json)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		json_t *j = dead_text(texts[i].bytes);
		cr_assert(json_is_string(j), "%s", texts[i].name);
		cr_expect_str_eq(
		    json_string_value(j), texts[i].want, "%s", texts[i].name);
		json_decref(j);
	}
	json_t *none = dead_text(NULL);
	cr_expect(json_is_null(none));
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
	json_t *o = dead_autopsy(a);
	char *text = strdup(json_string_value(json_object_get(o, "signature")));

	json_decref(o);
	return text;
}

Test(dead, autopsy_names_signal_address_and_place)
{
	struct autopsy a = crash();
	json_t *o = dead_autopsy(&a);
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

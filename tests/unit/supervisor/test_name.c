/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "files/name.h"

struct parse_case {
	char title[32];
	char file[300];
	bool ours;
	enum mark mark;
	unsigned counts[4];
	char name[80];
};

ParameterizedTestParameters(name, parses)
{
	static struct parse_case t[] = {
		{ "plain", "0000018c3f2a1b4c.c0t0m0k0.a.eml", true, MARK_NONE, { 0 },
		    "a.eml" },
		{ "counts", "0000018c3f2a1b4c.c1t22m3k99.a", true, MARK_NONE,
		    { 1, 22, 3, 99 }, "a" },
		{ "ready", "0000018c3f2a1b4c.c0t0m0k0.a.eml.ready", true, MARK_READY,
		    { 0 }, "a.eml" },
		{ "dead", "0000018c3f2a1b4c.c2t0m0k0.a.dead", true, MARK_DEAD, { 2 },
		    "a" },
		{ "waits", "0000018c3f2a1b4c.c1t0m0k0w.a.eml", true, MARK_NONE, { 1 },
		    "a.eml" },
		{ "waits twice", "0000018c3f2a1b4c.c1t0m0k0ww.a.eml", false, MARK_NONE,
		    { 0 }, "" },
		{ "dots and spaces", "ffffffffffffffff.c0t0m0k0... x . y", true,
		    MARK_NONE, { 0 }, ".. x . y" },
		{ "not UTF-8", "ffffffffffffffff.c0t0m0k0.\xff\xfe\n", true, MARK_NONE,
		    { 0 }, "\xff\xfe\n" },
		{ "id of nothing", "0000000000000000.c0t0m0k0.a", false, MARK_NONE, { 0 },
		    "" },
		{ "upper case id", "0000018C3F2A1B4C.c0t0m0k0.a", false, MARK_NONE, { 0 },
		    "" },
		{ "short id", "18c3f2a1b4c.c0t0m0k0.a", false, MARK_NONE, { 0 }, "" },
		{ "leading zero", "0000018c3f2a1b4c.c01t0m0k0.a", false, MARK_NONE, { 0 },
		    "" },
		{ "three digits", "0000018c3f2a1b4c.c100t0m0k0.a", false, MARK_NONE,
		    { 0 }, "" },
		{ "no count", "0000018c3f2a1b4c.ct0m0k0.a", false, MARK_NONE, { 0 }, "" },
		{ "a count missing", "0000018c3f2a1b4c.c0t0m0.a", false, MARK_NONE, { 0 },
		    "" },
		{ "no name", "0000018c3f2a1b4c.c0t0m0k0.", false, MARK_NONE, { 0 }, "" },
		{ "mark only", "0000018c3f2a1b4c.c0t0m0k0..ready", false, MARK_NONE,
		    { 0 }, "" },
		{ "two marks", "0000018c3f2a1b4c.c0t0m0k0.a.dead.ready", false, MARK_NONE,
		    { 0 }, "" },
		{ "sidecar", "0000018c3f2a1b4c.name", false, MARK_NONE, { 0 }, "" },
		{ "id alone", "0000018c3f2a1b4c", false, MARK_NONE, { 0 }, "" },
		{ "empty", "", false, MARK_NONE, { 0 }, "" },
	};
	return cr_make_param_array(struct parse_case, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct parse_case *t, name, parses)
{
	struct claim c = { 0 };
	char again[NAME_SIZE];
	bool cut;

	cr_assert_eq(name_parse(t->file, &c), t->ours, "%s", t->title);
	if (!t->ours)
		return;
	cr_expect_eq(c.mark, t->mark, "%s", t->title);
	cr_expect_str_eq(c.name, t->name, "%s", t->title);
	cr_expect(c.charges.crash == t->counts[0] && c.charges.timeout == t->counts[1] &&
		      c.charges.memory == t->counts[2] && c.charges.kills == t->counts[3],
	    "%s", t->title);
	name_active(&c, again, &cut);
	cr_expect_str_eq(again, t->file, "%s", t->title);
	cr_expect_not(cut);
	free(c.name);
}

static char *repeat(const char *unit, size_t times, const char *end)
{
	char *s = calloc(times + 1, strlen(unit) + strlen(end) + 1);
	for (size_t i = 0; i < times; i++)
		strcat(s, unit);
	return strcat(s, end);
}

Test(name, an_active_name_fits_with_every_mark_and_charge)
{
	static const char *const units[] = { "a", "\xc3\xa4", "\xe2\x82\xac",
		"\xf0\x9f\x93\xa7", "\xff", ".ready", ".dead", "x.eml" };

	for (size_t u = 0; u < sizeof units / sizeof units[0]; u++)
		for (size_t times = 1; times * strlen(units[u]) <= 255; times++) {
			char *name = repeat(units[u], times, "");
			char plain[NAME_SIZE], other[NAME_SIZE];
			struct claim c = { .id = 77, .name = name }, back = { 0 };
			bool cut, cut2;
			name_active(&c, plain, &cut);
			cr_assert(name_parse(plain, &back), "%s", plain);
			cr_assert_eq(back.mark, MARK_NONE, "%s", plain);
			cr_expect_eq(cut, strcmp(back.name, name) != 0);
			free(back.name);
			c.charges = (struct charges){ 100, 99, 99, 99, 1 };
			for (c.mark = MARK_NONE; c.mark <= MARK_DEAD; c.mark++) {
				name_active(&c, other, &cut2);
				cr_expect_eq(cut, cut2);
				cr_assert(name_parse(other, &back), "%s", other);
				cr_expect_eq(back.mark, c.mark);
				cr_expect_eq(back.charges.crash, 99u);
				free(back.name);
			}
			free(name);
		}
}

Test(name, a_name_that_ends_like_a_mark_is_not_marked)
{
	struct claim c = { .id = 5, .name = (char[]){ "invoice.ready" } }, back = { 0 };
	char file[NAME_SIZE];
	bool cut;

	name_active(&c, file, &cut);
	cr_expect(cut);
	cr_assert(name_parse(file, &back));
	cr_expect_eq(back.mark, MARK_NONE);
	cr_expect_str_eq(back.name, "invoice");
	free(back.name);
}

Test(name, ids_only_grow)
{
	uint64_t last = 0;

	for (int i = 0; i < 300000; i++) {
		uint64_t id = name_new_id();
		if (id <= last)
			cr_assert_fail("an id that is not larger");
		last = id;
	}
}

struct made_case {
	char name[40], result[64], original[80], letter[64];
};

ParameterizedTestParameters(name, makes)
{
	static struct made_case t[] = {
		{ "winmail.dat", "winmail.00000000000000ff.eml",
		    "winmail.00000000000000ff.unconverted.dat",
		    "00000000000000ff.winmail.dat" },
		{ "noext", "noext.00000000000000ff.eml",
		    "noext.00000000000000ff.unconverted", "00000000000000ff.noext" },
		{ "a.b.c", "a.b.00000000000000ff.eml",
		    "a.b.00000000000000ff.unconverted.c", "00000000000000ff.a.b.c" },
		{ "dot.", "dot.00000000000000ff.eml", "dot.00000000000000ff.unconverted",
		    "00000000000000ff.dot." },
	};
	return cr_make_param_array(struct made_case, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct made_case *t, name, makes)
{
	struct claim c = { .id = 255, .name = t->name };
	char to[NAME_SIZE];

	name_result(&c, "eml", to);
	cr_expect_str_eq(to, t->result);
	name_original(&c, to);
	cr_expect_str_eq(to, t->original);
	name_letter(&c, to);
	cr_expect_str_eq(to, t->letter);
}

Test(name, long_names_are_cut_to_fit_and_keep_their_extension)
{
	char *name = repeat("\xe2\x82\xac", 83, ".xlsx"); /* 254 bytes */
	struct claim c = { .id = 255, .name = name };
	char to[NAME_SIZE];

	name_letter(&c, to);
	cr_expect_leq(strlen(to), 255u);
	cr_expect_str_eq(to + strlen(to) - 5, ".xlsx");
	cr_expect_eq((unsigned char)to[strlen(to) - 6], 0xacu, "cut inside a character");
	name_original(&c, to);
	cr_expect_leq(strlen(to), 255u);
	cr_expect(strstr(to, "\xac.00000000000000ff.unconverted.xlsx"));
	name_result(&c, "eml", to);
	cr_expect_leq(strlen(to), 255u);
	cr_expect(strstr(to, "\xac.00000000000000ff.eml"));
	free(name);
}

Test(name, leaves_unfinished_files_alone)
{
	static const char some[] = "*.tmp  *.!Sync ~* Thumbs.db [ab]? ";

	cr_expect(name_ignored(".hidden", NULL));
	cr_expect(name_ignored(".", some));
	cr_expect(name_ignored("a.tmp", some));
	cr_expect(name_ignored("A.TMP", some));
	cr_expect(name_ignored("a.!sync", some));
	cr_expect(name_ignored("~x", some));
	cr_expect(name_ignored("thumbs.DB", some));
	cr_expect(name_ignored("b1", some));
	cr_expect_not(name_ignored("a.tmp", NULL));
	cr_expect_not(name_ignored("a.tmp", ""));
	cr_expect_not(name_ignored("a.eml", some));
	cr_expect_not(name_ignored("tmp", some));
	cr_expect_not(name_ignored("a.tmp.eml", some));
	cr_expect_not(name_ignored("x", "  "));
}

Test(name, sidecars)
{
	char to[NAME_SIZE];
	uint64_t id = 0;

	name_sidecar(0x123, to);
	cr_expect_str_eq(to, "0000000000000123.name");
	cr_expect(name_parse_sidecar(to, &id));
	cr_expect_eq(id, 0x123u);
	cr_expect_not(name_parse_sidecar("0000000000000123.nam", &id));
	cr_expect_not(name_parse_sidecar("0000000000000123.name.tmp", &id));
}

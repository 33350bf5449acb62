/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "format/mime/syntax/people.h"
#include "ground.h"

TestSuite(people, .init = ground_up, .fini = ground_down, .timeout = 300);

/* people: "name|address" each, with a line feed between. */
static const struct {
	const char *field, *people;
	unsigned texts;
} fields[] = {
	{ "", "", 0 },
	{ " , ;, ", "", 0 },
	{ "a@x.example", "|a@x.example", 0 },
	{ "<a@x.example>", "|a@x.example", 0 },
	{ "Ann <a@x.example>", "Ann|a@x.example", 0 },
	{ "<a@x.example> Ann", "Ann|a@x.example", 0 },
	{ "Ann<a@x.example>", "Ann|a@x.example", 0 },
	{ "\"Last, First\" <a@x.example>", "Last, First|a@x.example", 0 },
	{ "\"a \\\"b\\\" \\\\ c\" <a@x.example>", "a \"b\" \\ c|a@x.example", 0 },
	{ "Ann Mary  Lee <a@x.example>", "Ann Mary Lee|a@x.example", 0 },
	{ "a@x.example (Ann (the one))", "Ann (the one)|a@x.example", 0 },
	{ "Ann (work) <a@x.example>", "Ann (work)|a@x.example", 0 },
	{ "a@x.example,b@x.example;c@x.example",
	    "|a@x.example\n|b@x.example\n|c@x.example", 0 },
	{ "a@x.example b@x.example", "|a@x.example\n|b@x.example", 0 },
	{ "Ann a@x.example", "Ann|a@x.example", 0 },
	{ "Ann <a@x.example> Bob <b@x.example>", "Ann Bob|a@x.example\n|b@x.example", 0 },
	{ "s..p@x.example", "|s..p@x.example", 0 },
	{ "p.@x.example, .p@x.example", "|p.@x.example\n|.p@x.example", 0 },
	{ "Ann <s..p@x.example>", "Ann|s..p@x.example", 0 },
	{ "a@b@c.example", "|a@b@c.example", 0 },
	{ "Ann <a@b@c.example>", "Ann|a@b@c.example", 0 },
	{ "Ann <mailto:a@x.example>", "Ann|a@x.example", 0 },
	{ "<MAILTO:a@x.example?subject=Hello>", "|a@x.example", 0 },
	{ "mailto:a@x.example", "|a@x.example", 0 },
	{ "Ann [SMTP:a@x.example]", "Ann|a@x.example", 0 },
	{ "'Ann' [mailto:a@x.example]", "'Ann'|a@x.example", 0 },
	{ "[a@x.example]", "|a@x.example", 0 },
	{ "[List] Ann <a@x.example>", "[List] Ann|a@x.example", 0 },
	{ "'a@x.example'", "|a@x.example", 0 },
	{ "<'a@x.example'>", "|a@x.example", 0 },
	{ "a@x.example <a@x.example>", "a@x.example|a@x.example", 0 },
	{ "\"a@x.example\" <b@x.example>", "a@x.example|b@x.example", 0 },
	{ "\"a@x.example\"", "|a@x.example", 0 },
	{ "\"Ann <a@x.example>\"", "Ann|a@x.example", 0 },
	{ "(a@x.example)", "|a@x.example", 0 },
	{ "\"q x\"@x.example", "|\"q x\"@x.example", 0 },
	{ "<\"a,b;c>d\"@x.example>", "|\"a,b;c>d\"@x.example", 0 },
	{ "Ann <\"a b\"@x.example>", "Ann|\"a b\"@x.example", 0 },
	{ "a@[1.2.3.4], a@[IPv6:2001:db8::1]", "|a@[1.2.3.4]\n|a@[IPv6:2001:db8::1]", 0 },
	{ "a @ x.example", "|a@x.example", 0 },
	{ "<a @ x . example>", "|a@x.example", 0 },
	{ "a@x . example", "|a@x.example", 0 },
	{ "<@r.example,@s.example:a@x.example>, b@x.example",
	    "|a@x.example\n|b@x.example", 0 },
	{ "Ann <a@x.example", "Ann|a@x.example", 0 },
	{ "Ann <a@x.example, Bob <b@x.example>", "Ann|a@x.example\nBob|b@x.example", 0 },
	{ "Ann <<a@x.example>>, b@x.example", "Ann|a@x.example\n|b@x.example", 0 },
	{ "Ann <Ann <a@x.example>>", "Ann Ann|a@x.example", 0 },
	{ "a@x.example>", "|a@x.example", 0 },
	{ "\"Ann <a@x.example>, b@x.example", "Ann|a@x.example\n|b@x.example", 0 },
	{ "Ann (no end <a@x.example>", "Ann (no end|a@x.example", 0 },
	{ "Undisclosed recipients:;", "Undisclosed recipients|", 0 },
	{ "Friends: a@x.example, Bob <b@x.example>; c@x.example",
	    "|a@x.example\nBob|b@x.example\n|c@x.example", 0 },
	{ "g: a@x.example", "|a@x.example", 0 },
	{ "plain, root", "|plain\n|root", 0 },
	{ "nobody in particular", "nobody in particular|", 1 },
	{ "<>", "", 0 },
	{ "Ann <>", "Ann|", 1 },
	{ "=?utf-8?Q?J=C3=B6rg=2C_=22M=22?= <j@x.example>",
	    "J\xc3\xb6rg, \"M\"|j@x.example", 0 },
	{ "=?utf-8?Q?a,b(c?= <j@x.example>", "a,b(c|j@x.example", 0 },
	{ "\"=?utf-8?B?SsO2cmc=?=\" <j@x.example>", "J\xc3\xb6rg|j@x.example", 0 },
	{ "=?utf-8?B?SsO2?= =?utf-8?B?cmc=?= <j@x.example>", "J\xc3\xb6rg|j@x.example",
	    0 },
	{ "j@x.example (=?utf-8?Q?J=C3=B6)rg?=)", "J\xc3\xb6)rg|j@x.example", 0 },
	{ "=?utf-8?Q?Ann_<a@x.example>?=", "Ann|a@x.example", 0 },
	{ "J\xf6rg <j@x.example>", "J\xc3\xb6rg|j@x.example", 0 },
	{ "<j\xc3\xb6rg@m\xc3\xbcller.example>", "|j\xc3\xb6rg@m\xc3\xbcller.example",
	    0 },
};

static const char *told(struct people p)
{
	char *all = arena_printf(arena, "%s", "");

	for (size_t i = 0; i < p.count; i++)
		all = arena_printf(arena, "%s%s%s|%s", all, i ? "\n" : "",
		    p.list[i].name.s, p.list[i].address.s);
	return all;
}

Test(people, says_what_the_field_says)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct people p =
		    people_of(arena, fields[i].field, strlen(fields[i].field));
		cr_expect_str_eq(
		    told(p), fields[i].people, "%s: is %s", fields[i].field, told(p));
		cr_expect_eq(p.texts, fields[i].texts, "%s", fields[i].field);
	}
}

Test(people, groups_are_told)
{
	static const char groups[] = "g1: a@x.example; g2:; g3: b@x.example";
	struct people p = people_of(arena, groups, strlen(groups));

	cr_expect_str_eq(p.group.s, "g1");
	cr_expect_str_eq(told(p), "|a@x.example\ng2|\n|b@x.example");
}

/* Everything that is repeated: no deep stack, no time that grows with the square. */
Test(people, any_shape_in_linear_time)
{
	static const char *const units[] = { "g:", "g:;", "(", ")", "<", ">", "\"", "[",
		"a@", "@", ",", ";", "=?", "=?utf-8?Q?", "=?a?Q?x",
		"=?utf-8?B?YQ==?= ", "\\", "<@", "\"a\"@", "<a@b>", "a@b ", "(a)", "<\"",
		"a . ", ". ", "[a@b] ", "a@b.c," };
	enum { SIZE = 1 << 20 };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i]);
		char *field = arena_alloc(arena, SIZE + 1);
		for (size_t at = 0; at + n <= SIZE; at += n)
			memcpy(field + at, units[i], n);
		clock_t before = clock();
		struct people p = people_of(arena, field, strlen(field));
		cr_expect_leq(p.count, LIMIT_RECIPIENTS);
		cr_expect_leq((double)(clock() - before) / CLOCKS_PER_SEC, 5.0,
		    "%s takes too long", units[i]);
		arena_reset(arena);
	}
}

Test(people, more_than_a_message_has)
{
	size_t n = (size_t)LIMIT_RECIPIENTS + 5;
	char *field = arena_alloc(arena, 4 * n + 1);

	for (size_t i = 0; i < n; i++)
		memcpy(field + 4 * i, "a@b,", 4);
	struct people p = people_of(arena, field, 4 * n);
	cr_expect_eq(p.count, LIMIT_RECIPIENTS);
	cr_expect(p.more);
}

/* Why there is one of our own. */
Test(people, gmime_loses_addresses)
{
	static const char *const lost[] = { "s..p@x.example", "p.@x.example",
		"Ann <mailto:a@x.example>", "[a@x.example]" };
	unsigned whole = 0;

	g_mime_init();
	for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
		InternetAddressList *list = internet_address_list_parse(NULL, lost[i]);
		char *back =
		    list ? internet_address_list_to_string(list, NULL, FALSE) : NULL;
		whole += back && strstr(back, strchr(lost[i], '@') - 2);
		g_free(back);
		if (list)
			g_object_unref(list);
	}
	cr_expect_lt(whole, 4, "GMime keeps them all: use it");
}

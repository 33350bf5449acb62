/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dead/dead_groups.h"
#include "dead/dead_move.h"
#include "dead/dead_return.h"
#include "dead/dead_walk.h"
#include "spool_ground.h"

/* What may stand as an address in a header, and what of a sender it is. */
static const struct {
	const char *sender, *want;
} senders[] = {
	{ "ann@example.org", "ann@example.org" },
	{ "Ann <ann@example.org>", "ann@example.org" },
	{ "Ann, B. <SMTP:ann@example.org>", "ann@example.org" },
	{ "smtp:a.b+c=d@e-f.example", "a.b+c=d@e-f.example" },
	{ "a@localhost", "a@localhost" },
	{ "", NULL },
	{ "<>", NULL },
	{ ">", NULL },
	{ "<", NULL },
	{ "@", NULL },
	{ "ann", NULL },
	{ "a@b@c", NULL },
	{ "a@b>", NULL },
	{ "<a@b> x", NULL },
	{ "<<a@b>", NULL },
	{ "<a@b>,<c@d>", NULL },
	{ ".a@b", NULL },
	{ "a.@b", NULL },
	{ "a@b.", NULL },
	{ "a@.b", NULL },
	{ "a@b_c", NULL },
	{ "a@b\r\nTo: c@d", NULL },
	{ "a\n@b", NULL },
	{ "a b@c", NULL },
	{ "a;b@c", NULL },
	{ "\xc3\xbc@b", NULL },
	{ "/o=Org/cn=Recipients/cn=ann", NULL },
};

Test(dead_store, addresses)
{
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		char to[DEAD_ADDRESS_SIZE] = "";
		bool ok = dead_address(senders[i].sender, to);
		cr_expect_eq(ok, senders[i].want != NULL, "%s", senders[i].sender);
		if (ok && senders[i].want)
			cr_expect_str_eq(to, senders[i].want);
	}
}

Test(dead_store, addresses_have_the_lengths_of_rfc_5321)
{
	char sender[400], to[DEAD_ADDRESS_SIZE];

	for (int local = 63; local <= 66; local++) {
		(void)snprintf(sender, sizeof sender, "%0*d@b", local, 1);
		cr_expect_eq(dead_address(sender, to), local <= 64, "%d", local);
	}
	for (int label = 62; label <= 65; label++) {
		(void)snprintf(sender, sizeof sender, "a@%0*d.org", label, 1);
		cr_expect_eq(dead_address(sender, to), label <= 63, "%d", label);
	}
	(void)snprintf(
	    sender, sizeof sender, "a@%060d.%060d.%060d.%060d.%08d", 1, 1, 1, 1, 1);
	cr_assert_eq(strlen(sender), 254);
	cr_expect(dead_address(sender, to));
	cr_expect_str_eq(to, sender);
	cr_expect_not(dead_address(strcat(sender, "0"), to));
}

/* A folder of letters, walked. */
struct seen {
	size_t count;
	char name[16][NAME_SIZE];
	struct dead_groups *groups;
};

static bool see(void *arg, const struct dead_letter *l)
{
	struct seen *s = arg;

	cr_assert_lt(s->count, 16);
	strcpy(s->name[s->count++], l->name);
	return dead_groups_add(s->groups, l);
}

static void walk(struct ground *g, struct seen *seen)
{
	struct dead_store store;
	struct dead_walk w = { .each = see, .arg = seen, .clean = true };

	*seen = (struct seen){ .groups = dead_groups_new() };
	cr_assert(dead_open(&store, &g->config, "list"));
	cr_assert(dead_walk(&store, &w));
	dead_close(&store);
}

/* The name it came with: the file's, but where that was cut the report's, if it fits. */
static const struct {
	const char *file, *said, *want;
} names[] = {
	{ "0000000000000001.a.eml", "a.eml", "a.eml" },
	{ "0000000000000001.a.eml", "../../etc/passwd", "a.eml" },
	{ "0000000000000001.a.eml", "b.eml", "a.eml" },
	{ "0000000000000001.a\xff.eml", "a\\\\xff.eml", "a\xff.eml" },
	{ "0000000000000001.a\\xff.eml", "a\\\\xff.eml", "a\\xff.eml" },
	{ "0000000000000001-2.json", "json", "json" },
	{ "0000000000000001-2.json", "x", "json" },
	{ "0000000000000001.-", "", "-" },
	{ "0000000000000001..", ".", "." },
};

Test(dead_store, names)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ground g;
		struct seen seen;
		char report[200];
		ground_new(&g, "");
		int dead = spool_places(g.spool)->dead;
		ground_put(dead, names[i].file, "x");
		(void)snprintf(
		    report, sizeof report, "{\"file\": \"%s\"}", names[i].said);
		ground_put(dead, "0000000000000001.json", report);
		walk(&g, &seen);
		cr_expect_eq(seen.count, 1, "%s", names[i].file);
		cr_expect_str_eq(seen.name[0], names[i].want, "%s", names[i].file);
		dead_groups_free(seen.groups);
		ground_free(&g);
	}
}

Test(dead_store, other_files_are_no_letters)
{
	static const char *const others[] = { "stray", "0000000000000000.a",
		"00000000000000001", "000000000000000G.a", "0000000000000001",
		"0000000000000001.", "0000000000000001-.a", "0000000000000001-x.a",
		".0000000000000001.a", "0000000000000001.json" };
	struct ground g;
	struct seen seen;

	ground_new(&g, "");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ground_put(spool_places(g.spool)->dead, others[i], "x");
	cr_assert_eq(mkdirat(spool_places(g.spool)->dead, "0000000000000002.a", 0700), 0);
	walk(&g, &seen);
	cr_expect_eq(seen.count, 0, "%s", seen.name[0]);
	dead_groups_free(seen.groups);
	ground_free(&g);
}

Test(dead_store, groups_keep_their_smallest)
{
	static const char *const sizes[] = { "xxx", "x", "xx" };
	char *text = NULL, name[NAME_SIZE];
	size_t n = 0;
	struct ground g;
	struct seen seen;

	ground_new(&g, "");
	for (int i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof name, "000000000000000%d.a", i + 1);
		ground_put(spool_places(g.spool)->dead, name, sizes[i]);
		(void)snprintf(name, sizeof name, "000000000000000%d.json", i + 1);
		ground_put(spool_places(g.spool)->dead, name,
		    "{\"verdict\": \"crashed\", \"worker\": {\"signature\": \"00ab\"}}");
	}
	walk(&g, &seen);
	FILE *f = open_memstream(&text, &n);
	cr_assert(dead_groups_print(seen.groups, true, f));
	(void)fclose(f);
	cr_expect(strstr(text, "\"group\":\"00ab\""), "%s", text);
	cr_expect(strstr(text, "\"count\":3"), "%s", text);
	cr_expect(strstr(text, "\"smallest\":\"0000000000000002\""), "%s", text);
	free(text);
	dead_groups_free(seen.groups);
	ground_free(&g);
}

static const struct {
	const char *name;
	int try;
	const char *want;
} numbers[] = {
	{ "a.eml", 1, "a.eml" },
	{ "a.eml", 2, "a-2.eml" },
	{ "a.b.eml", 10, "a.b-10.eml" },
	{ "a", 3, "a-3" },
	{ ".a", 2, ".a-2" },
	{ "a.", 2, "a-2." },
};

Test(dead_store, numbered_names)
{
	char to[NAME_SIZE], name[NAME_SIZE];

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		name_numbered(numbers[i].name, numbers[i].try, to);
		cr_expect_str_eq(to, numbers[i].want);
	}
	memset(name, 'x', sizeof name);
	strcpy(name + NAME_SIZE - 5, ".eml");
	name_numbered(name, 999, to);
	cr_expect_eq(strlen(to), NAME_SIZE - 1);
	cr_expect_str_eq(to + NAME_SIZE - 9, "-999.eml");
}

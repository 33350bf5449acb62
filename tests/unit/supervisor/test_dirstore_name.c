/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/dirstore_name.h"
#include "attempt/items.h"
#include "proto/formats.h"

Test(dirstore_name, flags)
{
	static const struct {
		const char *name;
		unsigned flags;
	} t[] = {
		{ "1.x.host", 0 },
		{ "1.x.host:2,", 0 },
		{ "1.x.host:2,S", FORMATS_SEEN },
		{ "1.x.host:2,DFPRST", FORMATS_DRAFT | FORMATS_FLAGGED |
					   FORMATS_PASSED_ON | FORMATS_ANSWERED |
					   FORMATS_SEEN | FORMATS_DELETED },
		{ "1.x.host,S=12,W=13:2,Fab", FORMATS_FLAGGED },
		{ "1.x.host;2,S", FORMATS_SEEN },
		{ "1.x.host!2,S", FORMATS_SEEN },
		{ "1.x.host:1,S", 0 },
		{ ",S", 0 },
		{ "2,S", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
		cr_expect_eq(dirstore_name_flags(t[i].name), t[i].flags, "%s", t[i].name);
}

Test(dirstore_name, dates)
{
	cr_expect_eq(dirstore_name_date("1577836800.x.host:2,", 5), 1577836800);
	cr_expect_eq(dirstore_name_date("99999999999.x", 5), 99999999999);
	cr_expect_eq(dirstore_name_date("999999999999.x", 5), 5);
	cr_expect_eq(dirstore_name_date("1577836800", 5), 5);
	cr_expect_eq(dirstore_name_date("mail.1", 5), 5);
	cr_expect_eq(dirstore_name_date("", 5), 5);
}

/* The way to a folder with "/" between its names. */
static char *way_of(const char *name)
{
	char *names[ITEMS_NAMES], *text = NULL;
	unsigned count = 0;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	cr_assert(dirstore_name_folders(name, names, &count));
	for (unsigned k = 0; k < count; k++) {
		(void)fprintf(f, "%s%s", k > 0 ? "/" : "", names[k]);
		free(names[k]);
	}
	(void)fclose(f);
	return text;
}

/* RFC 3501, section 5.1.3. */
Test(dirstore_name, folders)
{
	static const struct {
		const char *name, *way;
	} t[] = {
		{ ".Sent", "Sent" },
		{ ".A.B.C", "A/B/C" },
		{ "A.B", "A.B" }, /* a folder in a folder, without a dot in front */
		{ "..A..B.", "A/B" },
		{ ".Entw&APw-rfe", "Entw\u00fcrfe" },
		{ ".a&-b", "a&b" },
		{ ".&ZeVnLIqe-.&U,BTFw-", "\u65e5\u672c\u8a9e/\u53f0\u5317" },
		{ ".&2Dzf5A-", "\U0001f3e4" },
		{ ".&2Dw-", "&2Dw-" },       /* half a pair */
		{ ".&3OTYPA-", "&3OTYPA-" }, /* its halves turned around */
		{ ".&AA", "&AA" },           /* without an end */
		{ ".&!-", "&!-" },
		{ ".&AAo-", "?" }, /* a line end is none of a name's */
		{ ".\xff", "?" },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		char *way = way_of(t[i].name);
		cr_expect_str_eq(way, t[i].way, "%s", t[i].name);
		free(way);
	}
}

Test(dirstore_name, too_many)
{
	char name[4 * ITEMS_NAMES] = "", *names[ITEMS_NAMES];
	unsigned count = 0;

	for (unsigned k = 0; k <= ITEMS_NAMES; k++)
		(void)strcat(name, ".a");
	cr_expect_not(dirstore_name_folders(name, names, &count));
	cr_expect_eq(errno, ELOOP);
	cr_expect_eq(count, 0);
}

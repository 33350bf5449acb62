/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "message/refs.h"

static struct text text(const char *s)
{
	return (struct text){ .s = s, .len = strlen(s) };
}

static const struct {
	const char *html, *id, *place;
	bool found;
} cases[] = {
	{ "<img src=\"cid:a@b\">", "a@b", "", true },
	{ "<img src='cid:a@b'>", "a@b", "", true },
	{ "<img src=cid:a@b>", "a@b", "", true },
	{ "<img src=cid:a@b width=1>", "a@b", "", true },
	{ "<img src = \"CID:a@b\">", "a@b", "", true },
	{ "<p style=\"background:url(cid:a@b)\">", "a@b", "", true },
	{ "<p style=\"background:url('cid:a@b')\">", "a@b", "", true },
	{ "<style>p{background:url( \"cid:a@b\" )}</style>", "a@b", "", true },
	{ "<img alt=\"it's\" src=\"cid:a@b\">", "a@b", "", true },
	{ "<p>1 = \"2</p><img src=\"cid:a@b\">", "a@b", "", true },
	{ "<img src=\"cid:a@bc\">", "a@b", "", false },
	{ "<img src=\"a@b\">", "a@b", "", false },
	{ "<p>cid:a@b</p>", "a@b", "", false },
	{ "<img src=\"image001.png\">", "", "image001.png", true },
	{ "<img src=\"dir/a b.png\">", "x", "dir/a b.png", true },
	{ "<p>image001.png</p>", "", "image001.png", false },
	{ "<img src=\"cid:a%40b\">", "a@b", "", true },
	{ "<img src=\"cid:a@b\">", "a%40b", "", true },
	{ "<img src=\"cid:a&amp;b@c\">", "a&b@c", "", true },
	{ "<img src=\"cid:a&#64;b\">", "a@b", "", true },
	{ "<img src=\"cid:a&#x40;b\">", "a@b", "", true },
	{ "<img src=\" cid:a\r\n @b \">", "a@b", "", true },
	{ "<img src=\"cid:a b@c\">", "a b@c", "", true },
	{ "<img src=\"cid:A@B.Example\">", "a@b.example", "", true },
	{ "<img src=\"cid:a&ampb@c\">", "ab@c", "", false },
	{ "<img src=\"cid:a%4\">", "a@", "", false },
	{ "<img src=\"cid:&#;&#x;&#99999999999;%\">", "a@", "", false },
	{ "<img src=\"cid:", "a@b", "", false },
	{ "<img src=", "a@b", "", false },
	{ "", "a@b", "image001.png", false },
};

Test(refs, cases)
{
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		/* Two of the same: both are shown. */
		struct refs_want want[] = {
			{ .id = text(cases[i].id), .place = text(cases[i].place) },
			{ .id = text("other"), .place = text("other") },
			{ .id = text(cases[i].id), .place = text(cases[i].place) },
		};
		refs_find(a, span_over(cases[i].html, strlen(cases[i].html)), want, 3);
		cr_expect_eq(want[0].found, cases[i].found, "%s", cases[i].html);
		cr_expect_eq(want[2].found, cases[i].found, "%s", cases[i].html);
		cr_expect(!want[1].found, "%s", cases[i].html);
	}
	arena_free(a);
}

/* Of the id one side has no more than what stands before the "@". */
Test(refs, cut)
{
	static const struct {
		const char *html, *ids[2];
		int found[2];
		const char *as; /* of the first that is found; NULL: its own id */
	} cuts[] = {
		{ "<img src='cid:One.png'>", { "one.png@01D0", "two@x" }, { 1, 0 },
		    "One.png" },
		{ "<img src='cid:one@X.Y'>", { "one", "two" }, { 1, 0 }, "one@X.Y" },
		{ "<img src='cid:one'>", { "one@x", "one@y" }, { 1, 0 }, "one" },
		{ "<img src='cid:one'>", { "one@x", "one" }, { 0, 1 }, NULL },
		{ "<img src='cid:one@z'>", { "one@x", "one@y" }, { 0, 0 }, NULL },
		{ "<img src='cid:one@y'>", { "one@x", "one@y" }, { 0, 1 }, NULL },
		{ "<img src='cid:@y'>", { "@x", "" }, { 0, 0 }, NULL },
	};
	struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		struct refs_want want[] = { { .id = text(cuts[i].ids[0]) },
			{ .id = text(cuts[i].ids[1]) } };
		refs_find(a, span_over(cuts[i].html, strlen(cuts[i].html)), want, 2);
		for (int k = 0; k < 2; k++) {
			cr_expect_eq(want[k].found, cuts[i].found[k], "%zu: %s, id %d", i,
			    cuts[i].html, k);
			if (want[k].found)
				cr_expect_str_eq(want[k].as.len ? want[k].as.s : "",
				    cuts[i].as ? cuts[i].as : "");
		}
	}
	arena_free(a);
}

/* A name behind "cid:" is that of a file without an id. */
Test(refs, file)
{
	struct arena *a = arena_new(1 << 20);
	const char *html = "<img src=\"cid:Picture%201.PNG\">";
	struct refs_want want[] = { { .file = text("picture 1.png") },
		{ .file = text("picture 2.png") } };

	refs_find(a, span_over(html, strlen(html)), want, 2);
	cr_expect(want[0].found);
	cr_expect_not(want[1].found);
	arena_free(a);
}

/* Patterns that want each byte to be looked at many times. */
static const char *const patterns[] = { "=", "=\"", "='", "=\"'", "=\"=", "=cid:a",
	"(=\"(='", "a" };

Test(refs, takes_no_long_time, .timeout = 600)
{
	enum { LENGTH = 8 << 20, ATTACHMENTS = 10000 };
	struct arena *a = arena_new(64 << 20);
	char *html = arena_alloc(a, LENGTH);
	struct refs_want *want = arena_array(a, ATTACHMENTS, sizeof *want);
	struct timespec before, after;

	for (size_t i = 0; i < ATTACHMENTS; i++)
		want[i].id =
		    i % 2 ? text("a") : text(arena_printf(a, "aaaaaaaaab%zu", i));
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	for (size_t k = 0; k < sizeof patterns / sizeof patterns[0]; k++) {
		size_t n = strlen(patterns[k]);
		for (size_t i = 0; i < LENGTH; i++)
			html[i] = patterns[k][i % n];
		refs_find(a, span_over(html, LENGTH), want, ATTACHMENTS);
	}
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	cr_expect_lt(after.tv_sec - before.tv_sec, 20);
	arena_free(a);
}

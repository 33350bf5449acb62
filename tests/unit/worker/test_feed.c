/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/feed.h"
#include "base/limits.h"
#include "codec/html_text.h"
#include "codec/lzfu.h"
#include "rtf_texts.h"

/* What is read through a buffer must not show where the buffer ends. */
static struct arena *arena;
static FILE *file;

static void setup(void)
{
	arena = arena_new(256UL << 20);
	file = tmpfile();
	cr_assert(file);
}

static void teardown(void)
{
	arena_free(arena);
	(void)fclose(file);
}

TestSuite(feed, .init = setup, .fini = teardown, .timeout = 600);

/* pad times a byte that means nothing, behind the head, then the rest; in a file. */
static struct span in_file(const char *head, char filler, size_t pad, const char *rest)
{
	rewind(file);
	cr_assert_eq(ftruncate(fileno(file), 0), 0);
	cr_assert_geq(fputs(head, file), 0);
	for (size_t i = 0; i < pad; i++)
		cr_assert_eq(fputc(filler, file), filler);
	cr_assert_geq(fputs(rest, file), 0);
	cr_assert_eq(fflush(file), 0);
	return span_file(fileno(file), 0, strlen(head) + pad + strlen(rest));
}

Test(feed, bytes_and_skips)
{
	struct span s = in_file("ab", '-', 200000, "yz");

	for (int where = 0; where < 2; where++) {
		struct feed f = feed_over(arena, where ? span_load(arena, s) : s);
		cr_expect_eq(feed_byte(&f), 'a');
		cr_expect_eq(feed_at(&f), 1);
		cr_expect(feed_need(&f, 1000));
		feed_skip(&f, 200001);
		cr_expect_eq(feed_at(&f), 200002);
		cr_expect(feed_need(&f, 2));
		cr_expect_not(feed_need(&f, 3));
		cr_expect_eq(memcmp(f.p, "yz", 2), 0);
		feed_skip(&f, 99);
		cr_expect_eq(feed_at(&f), 200004);
		cr_expect_eq(feed_byte(&f), -1);
		cr_expect_not(feed_any(&f));
	}
}

static const char document[] =
    "{\\b bold \\'e9\\u9731 ?{\\*\\unknown\\bin3 }}}}"
    "{\\field{\\*\\fldinst HYPERLINK \"http://a.example/\"}{\\fldrslt link}}"
    "{\\pict\\pngblip 4142}\\trowd\\cellx1000\\intbl cell\\cell\\row\\pard end\\bin2 }}}";

static unsigned alive;

static void count(void *arg)
{
	++*(unsigned *)arg;
}

/* Wherever in the document the buffer ends, the result is the same. */
Test(feed, rtf_at_every_place)
{
	static const char head[] = "{\\rtf1\\ansi\\ansicpg1252 ";
	struct rtf_texts want;

	cr_assert(rtf_texts(arena, arena_printf(arena, "%s%s", head, document),
	    strlen(head) + strlen(document), "x", &want));
	for (size_t k = 0; k < sizeof document; k++) {
		struct arena *a = arena_new(16UL << 20);
		struct span rtf =
		    in_file(head, '\n', FEED_BUFFER - strlen(head) - k, document);
		struct rtf_want to = { .html = sink_memory(a),
			.text = sink_memory(a),
			.url = "x",
			.url_end = "",
			.progress = count,
			.arg = &alive };
		struct rtf_body b;
		cr_assert(rtf_read(a, rtf, &to, &b));
		cr_expect_str_eq(rtf_texts_of(a, b.html).s, want.html.s, "%zu", k);
		cr_expect_str_eq(rtf_texts_of(a, b.text).s, want.text.s, "%zu", k);
		cr_assert_eq(b.item_count, 1);
		struct span picture = rtf_item_picture(&b.items[0], sink_memory(a));
		cr_expect(
		    picture.len == 2 && memcmp(picture.mem, "AB", 2) == 0, "%zu", k);
		cr_expect_eq(b.lost, 0);
		arena_free(a);
	}
	cr_expect_geq(alive, 3 * sizeof document, "a sign of life in each walk");
}

Test(feed, html_at_every_place)
{
	static const char html[] =
	    "<p class=\"a\">one</p><script>if (a<b) x('</p>')</script>"
	    "&euro;&#x2019;<!-- <p> - -->two<br/>three &amp four<";

	struct text want = html_text_of(arena, html, strlen(html));
	for (size_t k = 0; k < sizeof html; k++) {
		struct arena *a = arena_new(16UL << 20);
		struct sink *to = sink_memory(a);
		html_text(a, in_file("", ' ', FEED_BUFFER - k, html), to);
		cr_expect_str_eq(rtf_texts_of(a, sink_bytes(to)).s, want.s, "%zu", k);
		arena_free(a);
	}
}

/* Hundreds of MiB, as far as memory is concerned: what is held does not grow. */
Test(feed, memory_does_not_grow)
{
	static const char unit[] = "{\\b a\\'e9\\'e8 }{\\field{\\*\\fldinst HYPERLINK "
				   "\"http://a.example/\"}{\\fldrslt x}}"
				   "\\u9731 ?{\\f1\\fs24 c}\\par\r\n";
	enum { TIMES = 80000 };
	struct arena *a = arena_new(16UL << 20);
	FILE *html = tmpfile();
	uint64_t used = 0;

	rewind(file);
	(void)fputs("{\\rtf1{\\fonttbl{\\f0 A;}{\\f1 B;}}", file);
	for (int i = 0; i < TIMES; i++)
		(void)fputs(unit, file);
	(void)fputs("}", file);
	cr_assert_eq(fflush(file), 0);
	struct span rtf = span_file(fileno(file), 0, (uint64_t)ftell(file));
	struct rtf_want want = { .html = sink_scratch(a, fileno(html), &used),
		.text = sink_scratch(a, fileno(html), &used) };
	struct rtf_body b;
	cr_assert(rtf_read(a, rtf, &want, &b));
	cr_expect_gt(b.html.len, rtf.len);
	cr_expect_eq(used, b.html.len + b.text.len);
	cr_expect_lt(arena_used(a), 6U << 20, "%zu", arena_used(a));
	cr_expect(b.lost == 0 || b.lost == RTF_LOST_LINKS);
	(void)fclose(html);
	arena_free(a);
}

/* From a file to a file: bytes that stand for themselves. */
Test(feed, lzfu_streams)
{
	enum { TIMES = 500000 };
	static const char piece[] = "\0abcdefgh";
	static const uint8_t head[16] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'L', 'Z',
		'F', 'u' };
	struct arena *a = arena_new(4UL << 20);
	FILE *out = tmpfile();
	uint64_t used = 0;
	struct lzfu_result r;
	char end[8];

	rewind(file);
	cr_assert_eq(fwrite(head, 1, sizeof head, file), sizeof head);
	for (size_t i = 0; i < TIMES; i++)
		cr_assert_eq(fwrite(piece, 1, 9, file), 9);
	cr_assert_eq(fflush(file), 0);
	struct span in = span_file(fileno(file), 0, (uint64_t)ftell(file));
	cr_assert(lzfu_decode(a, in, sink_scratch(a, fileno(out), &used), &r));
	cr_expect_eq(r.rtf.len, 8 * TIMES);
	cr_expect_eq(r.rtf.len, used);
	cr_expect_eq(span_read(r.rtf, r.rtf.len - 8, end, 8), 8);
	cr_expect_eq(memcmp(end, "abcdefgh", 8), 0);
	cr_expect(r.truncated && r.bad_size && r.bad_crc);
	(void)fclose(out);
	arena_free(a);
}

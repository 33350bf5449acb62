/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "codec/rtf/rtf.h"
#include "ground.h"
#include "manifest.h"
#include "rtf_texts.h"

/* Whole documents: our own against golden files, real ones against other programs. */
TestSuite(rtf_samples, .init = ground_up, .fini = ground_down, .timeout = 600);

static const char *const own[] = { "html-outlook", "text-exchange", "text-outlook",
	"genuine-editor", "genuine-table", "genuine-pictures", "genuine-east",
	"genuine-lists", "genuine-nested", "genuine-notes", "damaged-open",
	"damaged-fromhtml" };
enum { OWN = sizeof own / sizeof own[0] };

static struct span sample(const char *name)
{
	struct span rtf = sample_load(
	    arena, arena_printf(arena, SOURCE_DIR "/tests/corpus/rtf/%s.rtf", name));
	cr_assert(rtf.len > 0, "%s", name);
	return rtf;
}

static void compare_golden(const char *name, const char *kind, struct text is)
{
	sample_golden(arena,
	    arena_printf(arena, SOURCE_DIR "/tests/golden/rtf/%s.%s", name, kind),
	    is.s ? span_over(is.s, is.len) : (struct span){ .fd = -1 });
}

Test(rtf_samples, read_as_golden)
{
	for (size_t i = 0; i < OWN; i++) {
		struct span rtf = sample(own[i]);
		struct rtf_texts b;
		cr_assert(rtf_texts(arena, rtf.mem, rtf.len, NULL, &b), "%s", own[i]);
		compare_golden(own[i], "html", b.html);
		compare_golden(own[i], "txt", b.text);
		cr_expect_eq(b.body.kind == RTF_TEXT, strncmp(own[i], "text", 4) == 0);
		cr_expect_eq(b.body.kind == RTF_GENUINE,
		    strncmp(own[i], "genuine", 7) == 0 ||
			strcmp(own[i], "damaged-fromhtml") == 0);
	}
}

/* Each beginning of a document is a document, and what it gives is a beginning, too. */
Test(rtf_samples, every_prefix)
{
	for (size_t i = 0; i < OWN; i++) {
		struct span rtf = sample_load(arena,
		    arena_printf(arena, SOURCE_DIR "/tests/corpus/rtf/%s.rtf", own[i]));
		struct arena *all = arena;
		arena = arena_new(16 << 20);
		for (uint64_t n = 0; n < rtf.len; n++) {
			/* a copy of its own: a sanitizer sees the byte behind it */
			uint8_t *cut = malloc(n ? n : 1);
			struct rtf_texts b;
			memcpy(cut, rtf.mem, n);
			bool ok = rtf_texts(arena, cut, n, NULL, &b);
			cr_assert_eq(ok, n >= 5, "%s: %u bytes", own[i], (unsigned)n);
			if (ok)
				cr_assert(text_is_utf8(b.text.s, b.text.len));
			if (ok && b.html.s)
				cr_assert(text_is_utf8(b.html.s, b.html.len));
			free(cut);
			arena_reset(arena);
		}
		arena_free(arena);
		arena = all;
	}
}

/* Without white space: where it stands is a matter of taste in HTML. */
static char *squeeze(const char *s, size_t n)
{
	char *to = arena_alloc(arena, n + 1);
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] > ' ')
			to[used++] = s[i];
	return to;
}

/* The same without tags: two renderings of genuine RTF have no more in common. */
static char *strip(const char *s, size_t n)
{
	char *to = arena_alloc(arena, n + 1);
	size_t used = 0;
	bool tag = false;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '<')
			tag = true;
		else if (s[i] == '>')
			tag = false;
		else if (!tag && strncmp(s + i, "&nbsp;", 6) == 0)
			i += 5;
		else if (!tag && (unsigned char)s[i] > ' ')
			to[used++] = s[i];
	}
	return to;
}

/* HTML and TEXT: the same but for white space. STRIPPED: the words of the HTML. WORDS:
 * our text and the words of their HTML. MAIL: our text and their quoted-printable of
 * 1251. */
enum compare { HTML, TEXT, STRIPPED, WORDS, MAIL };

/* Real documents for which another project's tests say what should come out. */
static const struct {
	const char *rtf, *want;
	enum compare how;
	const char *differs; /* why it is not the same; NULL: it is */
} known[] = {
	{ "rtf-encap/Sicos1977+MSGReader/MsgReaderTests__SampleFiles__rtf__Issue332.rtf",
	    "Sicos1977+MSGReader/MsgReaderTests/SampleFiles/rtf/Issue332.html", HTML,
	    NULL },
	{ "rtf-encap/Sicos1977+MSGReader/MsgReaderTests__SampleFiles__rtf__Issue347.rtf",
	    "Sicos1977+MSGReader/MsgReaderTests/SampleFiles/rtf/Issue347.html", HTML,
	    NULL },
	{ "rtf-encap/seamustuohy+RTFDE/"
	  "tests__test_data__rtf_parsing__encapsulated_example.rtf",
	    "seamustuohy+RTFDE/tests/test_data/rtf_parsing/encapsulated_example.html",
	    HTML, NULL },
	{ "rtf-encap/seamustuohy+RTFDE/tests__test_data__html__multiple-encodings.rtf",
	    "seamustuohy+RTFDE/tests/test_data/html/multiple-encodings.txt", HTML,
	    "the RTF itself has U+FFFD and =AD where the original mail has characters" },
#define OUTLOOK(name) \
	"rtf-encap/bbottema+rtf-to-html/" \
	"src__test__resources__test-messages__input__" name "-test.rtf", \
	    "bbottema+rtf-to-html/src/test/resources/test-messages/output/outlook/" name \
	    "-test.html"
	{ OUTLOOK("bulletnumber"), HTML, NULL },
	{ OUTLOOK("chinese-exotic"), HTML, NULL },
	{ OUTLOOK("simple"), HTML, NULL },
	{ OUTLOOK("unicode"), HTML, NULL },
	{ OUTLOOK("newlines"), WORDS, NULL },
	{ "rtf-encap/seamustuohy+RTFDE/"
	  "tests__test_data__plain_text__quoted_printable_01.rtf",
	    "seamustuohy+RTFDE/tests/test_data/plain_text/quoted_printable_01.txt", MAIL,
	    NULL },
	{ "rtf/Kopano-dev+kopano-core/"
	  "tests__testdata__rtftohtml__real-russian-large-font-index.test",
	    "Kopano-dev+kopano-core/tests/testdata/rtftohtml/"
	    "real-russian-large-font-index.result.65001",
	    STRIPPED, NULL },
	{ "rtf/Kopano-dev+kopano-core/tests__testdata__rtftohtml__real-with-html.test",
	    "Kopano-dev+kopano-core/tests/testdata/rtftohtml/real-with-html.result.65001",
	    STRIPPED, "they show a Symbol bullet as a middle dot, we as a bullet" },
};

/* Quoted-printable, and what it holds in windows-1251. */
static struct text decode_mail(struct span mail)
{
	char *to = arena_alloc(arena, mail.len + 1);
	const char *p = (const char *)mail.mem, *end = p + mail.len;
	size_t n = 0;

	for (; p < end; p++) {
		unsigned value;
		if (*p == '=' && end - p > 1 && (p[1] == '\n' || p[1] == '\r'))
			p += p[1] == '\r' ? 2 : 1;
		else if (*p == '=' && end - p > 2 && sscanf(p + 1, "%2x", &value) == 1) {
			to[n++] = (char)value;
			p += 2;
		} else {
			to[n++] = *p;
		}
	}
	return text_from(arena, 1251, to, n);
}

static bool agrees(const struct rtf_texts *b, struct span want, enum compare how)
{
	const char *w = (const char *)want.mem;
	struct text is = how == HTML || how == STRIPPED ? b->html : b->text;

	if (!is.s)
		return false;
	if (how == STRIPPED)
		return strcmp(strip(is.s, is.len), strip(w, want.len)) == 0;
	if (how == WORDS)
		return strcmp(squeeze(is.s, is.len), strip(w, want.len)) == 0;
	struct text text = { w, want.len, false };
	if (how == MAIL)
		text = decode_mail(want);
	return strcmp(squeeze(is.s, is.len), squeeze(text.s, text.len)) == 0;
}

enum { KNOWN = sizeof known / sizeof known[0] };

/* No file with an expected text is left out. */
static unsigned count_known(const struct manifest *m)
{
	unsigned with = 0;

	for (size_t i = 0; i < m->count; i++) {
		size_t k = 0;
		if (!*m->rows[i].expected)
			continue;
		while (k < KNOWN && strcmp(known[k].rtf, m->rows[i].path) != 0)
			k++;
		cr_expect_lt(k, KNOWN, "%s is not compared", m->rows[i].path);
		with++;
	}
	return with;
}

Test(rtf_samples, agrees_with_others)
{
	struct manifest m = manifest_read(arena, "rtf");
	unsigned same = 0, explained = 0, with = count_known(&m);

	if (m.count == 0)
		return;
	for (size_t i = 0; i < KNOWN; i++) {
		struct span rtf = manifest_file(arena, &m, known[i].rtf);
		struct span want = manifest_file(
		    arena, &m, arena_printf(arena, "_expected/%s", known[i].want));
		struct rtf_texts b;
		cr_assert(rtf.len > 0 && want.len > 0, "%s", known[i].rtf);
		cr_assert(
		    rtf_texts(arena, rtf.mem, rtf.len, NULL, &b), "%s", known[i].rtf);
		bool ok = agrees(&b, want, known[i].how);
		cr_expect_eq(ok, !known[i].differs, "%s", known[i].rtf);
		same += ok;
		explained += !ok && known[i].differs;
		if (!ok && known[i].differs)
			(void)fprintf(stderr, "%s: %s\n", known[i].rtf, known[i].differs);
	}
	(void)fprintf(stderr,
	    "RTF: %u of %u as other programs have it, %u differ for a reason\n", same,
	    with, explained);
}

/* What real documents hold that neither the HTML nor the text has. */
static const struct {
	const char *ends; /* of the path */
	unsigned lost;
} losses[] = {
	{ "testRTFHyperlinkAndStyles.rtf", RTF_LOST_LINKS }, /* to a file */
	{ "testRTFInvalidUnicode.rtf", RTF_LOST_CHARACTERS },
	{ "history__dbbe58827f91.rtf", RTF_LOST_CHARACTERS },
	/* Half characters, by which other readers are tried. */
	{ "surrogate_pairs.rtf", RTF_LOST_CHARACTERS },
	{ "windows_950.rtf", RTF_LOST_CHARACTERS },
	{ "history__3b1b05d73482.rtf", RTF_LOST_CHARACTERS },
	/* Text behind the last brace. */
	{ "testRTFListOverride.rtf", RTF_LOST_BEHIND },
	{ "testRTFTIKA_2500.rtf", RTF_LOST_BEHIND },
	{ "test_list_override.rtf", RTF_LOST_BEHIND },
	{ "history__36668300fa57.rtf", RTF_LOST_BEHIND },
	{ "bulletnumber-test.rtf", RTF_LOST_BEHIND },
	{ "unicode-test.rtf", RTF_LOST_BEHIND },
	{ "history__b2a6c9f0059a.rtf", RTF_LOST_BEHIND },
};

static unsigned expected_loss(const char *path)
{
	for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
		size_t n = strlen(losses[i].ends), k = strlen(path);
		if (k >= n && strcmp(path + k - n, losses[i].ends) == 0)
			return losses[i].lost;
	}
	return 0;
}

Test(rtf_samples, reads_all_of_the_corpus)
{
	struct manifest m = manifest_read(arena, "rtf");
	unsigned kinds[3] = { 0 }, untagged = 0;

	for (size_t i = 0; i < m.count; i++) {
		const char *path = m.rows[i].path;
		struct arena *all = arena;
		arena = arena_new(256UL << 20);
		struct span rtf = manifest_file(arena, &m, path);
		struct rtf_texts b;
		bool encapsulated = strncmp(path, "rtf-encap/", 10) == 0;
		cr_expect(rtf_texts(arena, rtf.mem, rtf.len, NULL, &b), "%s", path);
		kinds[b.body.kind]++;
		cr_expect_eq(b.body.lost, expected_loss(path), "%s: without %s", path,
		    rtf_lost_words(arena, b.body.lost));
		untagged += encapsulated && b.body.kind == RTF_GENUINE;
		cr_expect(b.text.len <= RTF_GROWTH * rtf.len, "%s", path);
		cr_expect(text_is_utf8(b.text.s, b.text.len), "%s", path);
		cr_expect(!b.html.s || text_is_utf8(b.html.s, b.html.len), "%s", path);
		cr_expect(!b.html.s || !memmem(b.html.s, b.html.len, "\\htmlrtf", 8),
		    "%s", path);
		arena_free(arena);
		arena = all;
	}
	cr_expect_leq(untagged, 3u, "%u without a tag", untagged);
	(void)fprintf(stderr, "RTF: %zu files read: %u HTML, %u text, %u genuine\n",
	    m.count, kinds[RTF_HTML], kinds[RTF_TEXT], kinds[RTF_GENUINE]);
}

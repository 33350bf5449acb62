/* SPDX-License-Identifier: ISC */
#include "message/body.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/recode.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/html_text.h"
#include "codec/lzfu.h"
#include "codec/rtf/rtf.h"
#include "message/body_place.h"
#include "message/html_page.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/tags.h"

enum { UTF_16LE = 1200, UTF_16BE = 1201, UTF_8 = 65001 };

/* Without the terminators that some writers count. */
static struct span body_without_nuls(struct span s)
{
	uint8_t tail[512];

	while (s.len > 0) {
		uint64_t from = s.len > sizeof tail ? s.len - sizeof tail : 0;
		size_t n = span_read(s, from, tail, sizeof tail);
		while (n > 0 && tail[n - 1] == '\0')
			n--;
		s.len = from + n;
		if (n > 0)
			break;
	}
	return s;
}

/* Where what is decoded on the way is held. */
static struct sink *body_scratch(const struct body_want *w)
{
	return sink_scratch(w->arena, w->scratch, w->scratch_used);
}

/* The text in UTF-8; *lossy: some of it had no meaning. */
static struct span in_utf8(
    const struct body_want *w, unsigned page, struct span raw, bool *lossy)
{
	struct sink *to = body_scratch(w);

	*lossy = recode(page, raw, to, w->alive, w->arg);
	return sink_bytes(to);
}

struct span body_text(const struct body_want *w, const struct message *m,
    const struct prop *p, const struct prop_value *v, bool *lossy)
{
	*lossy = v->text.lossy;
	if (v->text.s)
		return span_over(v->text.s, v->text.len);
	return in_utf8(
	    w, p->type == PT_UNICODE ? UTF_16LE : m->codepage, v->bytes, lossy);
}

static struct span body_text_of(
    const struct body_want *w, const struct message *m, uint16_t id, bool *lossy)
{
	const struct prop *p = props_get(&m->props, id);

	*lossy = false;
	if (!p || p->multi || p->count != 1 ||
	    (p->type != PT_UNICODE && p->type != PT_STRING8))
		return span_over(NULL, 0);
	return body_without_nuls(body_text(w, m, p, &p->values[0], lossy));
}

/*
 * Code pages that every mail program reads by their names: HTML in them stays as it is.
 * In others (UTF-16, logical Hebrew, EBCDIC, ...) it becomes UTF-8.
 */
static bool is_common(unsigned page)
{
	static const unsigned common[] = { 65001, 1250, 1251, 1252, 1253, 1254, 1255,
		1256, 1257, 1258, 932, 936, 949, 950, 20127, 20866, 21866, 28591, 28592,
		28593, 28594, 28595, 28596, 28597, 28598, 28599, 28600, 28601, 28603,
		28604, 28605, 28606, 50220, 50221, 50222, 50225, 51932, 51936, 51949,
		54936 };

	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (common[i] == page)
			return true;
	return false;
}

static void note_lossy(const struct body_want *w, const char *what, bool lossy)
{
	if (lossy)
		notes_add(w->notes, NOTE_CHANGED, w->part, what,
		    "holds bytes without a meaning in its code page: replaced by U+FFFD");
}

/* Programs that end a text at its first NUL show less of it than there is. */
static void body_note_nul(const struct body_want *w, const char *what, struct span s)
{
	uint8_t piece[4096];
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(s, at, piece, sizeof piece)) > 0) {
		if (memchr(piece, '\0', n)) {
			notes_add(w->notes, NOTE_KEPT, w->part, what,
			    "holds a NUL character: the text behind it is kept");
			return;
		}
		at += n;
	}
}

/* PidTagHtml: bytes in PidTagInternetCodepage (MS-OXBBODY 2.1.3.1), or a text. */
static void find_html(const struct body_want *w, const struct message *m, struct body *b)
{
	const struct prop *p = props_get(&m->props, PidTagHtml);
	bool lossy = false;

	if (!p)
		return;
	if (p->type != PT_BINARY) {
		b->html = body_text_of(w, m, PidTagHtml, &lossy);
		b->html_charset = "utf-8";
		note_lossy(w, "PidTagHtml", lossy);
		body_note_nul(w, "PidTagHtml", b->html);
		return;
	}
	b->html = props_bytes(&m->props, PidTagHtml);
	unsigned page = html_page(w, m, b->html);
	uint8_t mark[2] = { 0 };
	if ((page == UTF_16LE || page == UTF_16BE) &&
	    span_read(b->html, 0, mark, sizeof mark) == sizeof mark && mark[0] >= 0xfe)
		b->html = span_sub(b->html, sizeof mark, b->html.len - sizeof mark);
	if (text_known(page) && !is_common(page)) {
		b->html = in_utf8(w, page, b->html, &lossy);
		note_lossy(w, "PidTagHtml", lossy);
		page = UTF_8;
	}
	b->html = body_without_nuls(b->html);
	body_note_nul(w, "PidTagHtml", b->html);
	b->html_charset = text_known(page) ? text_charset(page) : NULL;
}

/*
 * Is the plain text the better body? Where the message does not name the best body: RTF
 * that is marked as out of step is older than the text; else RTF holds more.
 */
static bool plain_wins(const struct message *m, const struct body *b)
{
	int64_t native = props_number(&m->props, PidTagNativeBody, NATIVE_UNDEFINED);

	if (b->plain.len == 0)
		return false;
	if (native >= NATIVE_PLAIN && native <= NATIVE_HTML)
		return native == NATIVE_PLAIN;
	return props_number(&m->props, PidTagRtfInSync, 1) == 0;
}

/* Its HTML and text become the bodies that are missing. */
static void body_take_rtf(struct body *b, const struct rtf_body *read)
{
	if (b->plain.len == 0 && !span_is_below(read->text, ' ')) {
		b->plain = read->text;
		b->plain_from_rtf = read->kind != RTF_TEXT;
	}
	if (read->kind == RTF_TEXT)
		return;
	b->html = read->html;
	b->html_charset = "utf-8";
	if (read->kind == RTF_GENUINE)
		b->rtf_note = "rendered as HTML";
	b->items = read->items;
	b->item_count = read->item_count;
}

/* Their addresses, NULL for those that are not shown. */
static const char *const *body_place_urls(
    struct arena *a, const struct body_place *places, unsigned count)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	const char **urls = arena_array(a, count, sizeof *urls);

	for (unsigned i = 0; i < count; i++)
		urls[i] = places[i].id.len > 0 ? arena_printf(a, "cid:%s", places[i].id.s)
					       : NULL;
	return urls;
}

/* What RTF has that the other bodies have not. */
static void use_rtf(
    const struct body_want *w, const struct message *m, struct body *b, struct span rtf)
{
	struct arena *a = w->arena;
	struct rtf_body read;

	unsigned places = 0;
	const struct body_place *list = w->pictures ? body_places(w, m, &places) : NULL;

	b->pictures = w->pictures;
	b->rtf_whole = rtf;
	struct rtf_want want = { .html = body_scratch(w),
		.text = body_scratch(w),
		.most = w->most,
		.url = "cid:picture-",
		.url_end = w->pictures,
		.places = body_place_urls(a, list, places),
		.place_count = places,
		.progress = w->alive,
		.arg = w->arg };
	if (!rtf_read(a, rtf, &want, &read)) {
		b->rtf = rtf;
		b->rtf_note = "is no RTF";
		return;
	}
	if (read.kind == RTF_GENUINE && span_is_below(read.text, ' ') && !read.lost &&
	    read.item_count == 0) {
		b->rtf_empty = true;
		return;
	}
	if (plain_wins(m, b)) {
		if (read.kind == RTF_TEXT)
			return;
		b->rtf = rtf;
		b->rtf_note = "is not the best body (MS-OXBBODY 2.1.3.1)";
		return;
	}
	body_take_rtf(b, &read);
	if (read.kind == RTF_GENUINE) {
		b->places = list;
		b->place_count = read.places < places ? read.places : places;
	}
	if (!read.lost)
		return;
	b->rtf = rtf;
	b->rtf_cut = (read.lost & RTF_LOST_REST) != 0;
	b->rtf_note = arena_printf(a, "%s without %s",
	    read.kind == RTF_GENUINE ? "rendered as HTML" : "taken out of it",
	    rtf_lost_words(a, read.lost));
}

static void find_rtf(const struct body_want *w, const struct message *m, struct body *b)
{
	struct span raw = props_bytes(&m->props, PidTagRtfCompressed);
	struct lzfu_result rtf;

	if (raw.len == 0)
		return;
	if (!lzfu_decode(w->arena, raw, body_scratch(w), &rtf)) {
		notes_add(w->notes, NOTE_LOST, w->part, "PidTagRtfCompressed",
		    "no header of compressed RTF (MS-OXRTFCP 2.1.3.1.1)");
		b->rtf_empty = true;
		return;
	}
	if (rtf.bad_crc || rtf.bad_size || rtf.truncated)
		notes_add(w->notes, NOTE_CHANGED, w->part, "PidTagRtfCompressed",
		    rtf.truncated ? "ends too early: read up to there"
				  : "its checksum or size is wrong: read as it is");
	b->rtf_empty = rtf.rtf.len == 0;
	if (rtf.rtf.len > 0 && b->html.len == 0) /* else the same, and no conversion */
		use_rtf(w, m, b, rtf.rtf);
}

struct span body_html_utf8(const struct body_want *w, const struct body *b)
{
	unsigned page = b->html_charset ? text_codepage(b->html_charset) : UTF_8;
	bool lossy;

	return page == UTF_8 ? b->html : in_utf8(w, page, b->html, &lossy);
}

void body_note_rtf(const struct body_want *w, const struct body *b, const char *rest)
{
	if (b->rtf_note)
		notes_add(w->notes, b->rtf_cut ? NOTE_LOST : NOTE_CHANGED, w->part,
		    "PidTagRtfCompressed", "%s%s", b->rtf_note,
		    b->rtf.len > 0 ? rest : "");
}

struct span body_words(const struct body_want *w, const struct body *b)
{
	struct span html = body_html_utf8(w, b);
	struct sink *to = body_scratch(w);

	html_text(w->arena, html, to);
	return sink_bytes(to);
}

/* MS-OXCMAIL 2.1.3.3: HTML does not go without its plain text. */
static void find_plain(const struct body_want *w, struct body *b)
{
	if (b->plain.len > 0 || b->html.len == 0)
		return;
	struct sink *to = body_scratch(w);
	html_text_readable(w->arena, body_html_utf8(w, b), to);
	b->plain = sink_bytes(to);
	b->plain_from_html = true;
}

struct body body_of(const struct body_want *w, const struct message *m)
{
	struct body b = { 0 };
	bool lossy;

	b.plain = body_text_of(w, m, PidTagBody, &lossy);
	note_lossy(w, "PidTagBody", lossy);
	body_note_nul(w, "PidTagBody", b.plain);
	find_html(w, m, &b);
	find_rtf(w, m, &b);
	find_plain(w, &b);
	return b;
}

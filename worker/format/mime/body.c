#include "format/mime/body.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "codec/lzfu.h"
#include "codec/rtf.h"
#include "format/mime/tags.h"
#include "message/message.h"

enum { WINDOWS_1252 = 1252, UTF_8 = 65001 };

/* A text property, also one that was too long to load. */
static struct text long_text(struct out *o, const struct message *m, uint16_t id)
{
	struct text t = props_text(&m->props, id);
	const struct prop *p = props_get(&m->props, id);

	if (t.s || !p || p->multi || p->count != 1)
		return t;
	struct span raw = span_load(o->c->arena, p->values[0].bytes);
	if (raw.len == 0)
		return t;
	if (p->type == PT_UNICODE)
		return text_from_utf16(o->c->arena, raw.mem, (size_t)raw.len);
	if (p->type == PT_STRING8)
		return text_from(o->c->arena, m->codepage, raw.mem, (size_t)raw.len);
	return t;
}

static bool is_ascii(struct span s)
{
	for (uint64_t i = 0; i < s.len; i++)
		if (s.mem[i] > 0x7e)
			return false;
	return true;
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

/* PidTagHtml: bytes in PidTagInternetCodepage (MS-OXBBODY 2.1.3.1), or a text. */
static void find_html(
    struct out *o, const struct message *m, struct body *b, const char *part)
{
	const struct prop *p = props_get(&m->props, TAG_HTML);
	unsigned page = (unsigned)props_number(&m->props, TAG_CODEPAGE, 0);

	if (!p)
		return;
	if (p->type != PT_BINARY) {
		struct text t = long_text(o, m, TAG_HTML);
		if (t.s)
			b->html = span_over(t.s, t.len);
		b->html_charset = "utf-8";
		return;
	}
	b->html = span_load(o->c->arena, props_bytes(&m->props, TAG_HTML));
	if (!text_known(page) && !is_ascii(b->html)) {
		/* Not said: UTF-8 proves itself, else as the other texts. */
		unsigned guess = text_known(m->codepage) ? m->codepage : WINDOWS_1252;
		if (text_is_utf8(b->html.mem, (size_t)b->html.len))
			guess = UTF_8;
		notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagHtml",
		    "code page %u is not known, read as %s", page, text_charset(guess));
		page = guess;
	}
	if (text_known(page) && !is_common(page)) {
		struct text t =
		    text_from(o->c->arena, page, b->html.mem, (size_t)b->html.len);
		b->html = span_over(t.s, t.len);
		if (t.lossy)
			notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagHtml",
			    "bytes without meaning in code page %u: replaced by U+FFFD",
			    page);
		page = UTF_8;
	}
	while (b->html.len > 0 && b->html.mem[b->html.len - 1] == '\0')
		b->html.len--; /* some writers count the terminator */
	b->html_charset = text_known(page) ? text_charset(page) : NULL;
}

/* MS-OXBBODY 2.1.3.1, values of PidTagNativeBody (MS-OXCMSG 2.2.1.58.2). */
enum native { NATIVE_UNDEFINED, NATIVE_PLAIN, NATIVE_RTF, NATIVE_HTML };

/*
 * Is the plain text the better body? Where the message does not say which one is, RTF
 * that is known to be out of step is older than it. Not said at all, RTF has more.
 */
static bool plain_wins(const struct message *m, const struct body *b)
{
	int64_t native = props_number(&m->props, TAG_NATIVE_BODY, NATIVE_UNDEFINED);

	if (!b->plain.s)
		return false;
	if (native >= NATIVE_PLAIN && native <= NATIVE_HTML)
		return native == NATIVE_PLAIN;
	return props_number(&m->props, TAG_RTF_IN_SYNC, 1) == 0;
}

static bool is_blank(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.s[i] > ' ')
			return false;
	return true;
}

/* What RTF has that the other bodies have not. */
static void use_rtf(
    struct body *b, const struct message *m, struct arena *a, struct span rtf)
{
	struct rtf_body read;

	if (b->html.len > 0) /* the same, and no conversion */
		return;
	if (!rtf_read(a, rtf.mem, (size_t)rtf.len, &read)) {
		b->rtf = rtf;
		b->rtf_note = "is no RTF: attached as message.rtf";
		return;
	}
	if (read.kind == RTF_GENUINE && is_blank(read.text) && !read.lossy)
		return;
	if (plain_wins(m, b)) {
		if (read.kind == RTF_TEXT)
			return;
		b->rtf = rtf;
		b->rtf_note = "is not the best body (MS-OXBBODY 2.1.3.1): attached as "
			      "message.rtf";
		return;
	}
	if (!b->plain.s && !is_blank(read.text))
		b->plain = read.text;
	if (read.kind != RTF_TEXT) {
		b->html = span_over(read.html.s, read.html.len);
		b->html_charset = "utf-8";
	}
	if (read.kind == RTF_GENUINE)
		b->rtf_note = "rendered as HTML";
	if (!read.lossy)
		return;
	b->rtf = rtf;
	if (read.pictures > 0)
		b->rtf_note = arena_printf(a,
		    "rendered as HTML without its %u picture%s: attached as message.rtf",
		    read.pictures, read.pictures == 1 ? "" : "s");
	else
		b->rtf_note =
		    "not all of it could be read or shown: attached as message.rtf";
}

static void find_rtf(
    struct out *o, const struct message *m, struct body *b, const char *part)
{
	struct span raw = props_bytes(&m->props, TAG_RTF_COMPRESSED);
	struct lzfu_result rtf;

	if (raw.len == 0)
		return;
	if (!lzfu_decode(o->c->arena, raw, &rtf)) {
		notes_add(&o->c->notes, NOTE_LOST, part, "PidTagRtfCompressed",
		    "no header of compressed RTF (MS-OXRTFCP 2.1.3.1.1)");
		return;
	}
	if (rtf.bad_crc || rtf.bad_size || rtf.truncated)
		notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagRtfCompressed",
		    rtf.truncated ? "ends too early: read up to there"
				  : "its checksum or size is wrong: read as it is");
	if (rtf.rtf.len > 0)
		use_rtf(b, m, o->c->arena, rtf.rtf);
}

struct body body_of(struct out *o, const struct message *m, const char *part)
{
	struct body b = { .plain = long_text(o, m, TAG_BODY) };

	while (b.plain.s && b.plain.len > 0 && b.plain.s[b.plain.len - 1] == '\0')
		b.plain.len--;
	if (b.plain.len == 0)
		b.plain.s = NULL;
	if (b.plain.s && b.plain.lossy)
		notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagBody",
		    "holds bytes without a meaning in its code page");
	find_html(o, m, &b, part);
	find_rtf(o, m, &b, part);
	return b;
}

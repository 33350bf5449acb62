/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_body.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/html_text.h"
#include "format/mime/read/read_uu.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/transfer.h"
#include "message/tags.h"

enum {
	UTF_16LE = 1200,
	UTF_16BE = 1201,
	WINDOWS_1252 = 1252,
	UTF_8 = 65001,
	META_MAX = 2048,
};

/* One text. Those of one multipart/alternative are the same text in other words. */
struct piece {
	struct piece *next;
	const struct entity *group; /* that multipart, or NULL */
	unsigned page;              /* code page of html; of what plain was made of */
	struct text plain;          /* .s NULL: it is HTML */
	struct span html;           /* in memory */
};

/* The outermost multipart/alternative around it in its mail, or NULL. */
static const struct entity *read_body_group_of(
    const struct reading *r, const struct entity *e)
{
	const struct entity *found = NULL;

	for (const struct entity *p = e; p != r->mail; p = p->parent)
		if (p->parent->type &&
		    strcmp(p->parent->type, "multipart/alternative") == 0)
			found = p->parent;
	return found;
}

/*
 * MS-OXCMAIL 2.2.3.3.2: a text that is not said to be an attachment. One with a name is
 * a file, unless it is all there is or stands where a body must be.
 */
static bool read_body_is_body(const struct reading *r, const struct entity *e)
{
	const struct entity *up = e->parent;

	if (e->attachment)
		return false;
	if (e == r->mail)
		return true;
	bool related = up->type && strcmp(up->type, "multipart/related") == 0;
	if (related)
		return scan_root_of(up) == e; /* the others are what it shows */
	return !e->name || read_body_group_of(r, e);
}

/* The charset that an HTML text says it is in: <meta charset=...>. */
static unsigned meta_page(const char *html, size_t n)
{
	static const char word[] = "charset=";
	char name[40];
	size_t k = 0;

	for (size_t i = 0; i + sizeof word <= n && i < META_MAX; i++) {
		if (strncasecmp(html + i, word, sizeof word - 1) != 0)
			continue;
		i += sizeof word - 1;
		i += html[i] == '"' || html[i] == '\'';
		while (i < n && k + 1 < sizeof name && html[i] &&
		       !text_among("\"\' \t\r\n;/>", html[i]))
			name[k++] = html[i++];
		name[k] = '\0';
		return text_codepage(name);
	}
	return 0;
}

static bool read_body_is_ascii(struct span s)
{
	for (uint64_t i = 0; i < s.len; i++)
		if (s.mem[i] > 0x7e)
			return false;
	return true;
}

/* Is it UTF-16? By its byte order mark, or as every other byte of its first is NUL. */
static unsigned read_body_wide(struct span raw)
{
	const uint8_t *p = raw.mem;

	if (raw.len < 4)
		return 0;
	if (p[0] + p[1] == 0xff + 0xfe && p[0] >= 0xfe)
		return p[0] == 0xff ? UTF_16LE : UTF_16BE;
	if (p[0] && !p[1] && p[2] && !p[3])
		return UTF_16LE;
	return !p[0] && p[1] && !p[2] && p[3] ? UTF_16BE : 0;
}

static bool read_body_is_wide(unsigned page)
{
	return page == UTF_16LE || page == UTF_16BE;
}

/*
 * The code page of a text: as its charset says, else as HTML says of itself. UTF-16 is
 * what looks so, whatever its name; a text without NULs is none.
 */
static unsigned page_of(
    struct reading *r, const struct entity *e, struct span raw, bool html)
{
	struct read_header h = read_header(r->c, e);
	const char *charset = read_type_param(r->c->arena, &h, "charset");
	unsigned page = charset ? text_codepage(charset) : 0;
	unsigned wide = read_body_wide(raw);

	if (r->wide && !transfer_is_encoded(e->encoding))
		return UTF_8;
	if (charset && !page && !read_body_is_ascii(raw))
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, "charset",
		    "%.60s is not known: its text was read as UTF-8 or windows-1252",
		    charset);
	if (wide)
		return wide;
	if (!page && html)
		page = meta_page((const char *)raw.mem, (size_t)raw.len);
	if (read_body_is_wide(page) && !memchr(raw.mem, 0, (size_t)raw.len))
		page = UTF_8;
	return page;
}

/*
 * A text in UTF-8, with a note where it is not in the code page that it should be in;
 * *denied: it is in none. Without any code page: UTF-8 proves itself, else windows-1252.
 */
static struct text read_body_text(struct reading *r, const struct entity *e,
    unsigned page, struct span raw, bool *denied)
{
	struct arena *a = r->c->arena;
	struct text t = page ? text_claimed(a, page, raw.mem, (size_t)raw.len, denied)
			     : text_guess(a, raw.mem, (size_t)raw.len);

	if (t.len >= 3 && memcmp(t.s, "\xef\xbb\xbf", 3) == 0) { /* its mark is no text */
		t.s += 3;
		t.len -= 3;
	}
	*denied &= page != 0;
	if (*denied)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, "charset",
		    "%s is not what the text is in: read as UTF-8 or windows-1252",
		    text_charset(page));
	if (t.lossy)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, e->type ? e->type : "text",
		    "bytes without meaning in %s: replaced by U+FFFD",
		    page ? text_charset(page) : "any charset");
	if (memchr(t.s, 0, t.len))
		notes_add(&r->c->notes, NOTE_KEPT, e->path, e->type ? e->type : "text",
		    "NUL characters: what is behind them is kept, too");
	return t;
}

static bool read_body_is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)p[i] > ' ')
			return false;
	return true;
}

static struct piece *read_body_add(
    struct reading *r, const struct entity *e, unsigned page)
{
	struct piece *p = arena_alloc(r->c->arena, sizeof *p);

	*p = (struct piece){ .group = read_body_group_of(r, e), .page = page };
	if (r->bodies.last)
		r->bodies.last->next = p;
	else
		r->bodies.first = p;
	r->bodies.last = p;
	return p;
}

static void take_plain(struct reading *r, const struct entity *e, struct span raw)
{
	raw = read_uu_files(r, e, raw);
	if (read_body_is_blank((const char *)raw.mem, (size_t)raw.len))
		return;
	unsigned page = page_of(r, e, raw, false);
	bool denied = false;
	struct text t = read_body_text(r, e, page, raw, &denied);
	if (!page || denied)
		page = text_is_utf8(raw.mem, (size_t)raw.len) ? UTF_8 : WINDOWS_1252;
	read_body_add(r, e, page)->plain = t;
}

/* HTML stays in its own code page, unless it is in none: then it becomes UTF-8. */
static void take_html(struct reading *r, const struct entity *e, struct span raw)
{
	if (read_body_is_blank((const char *)raw.mem, (size_t)raw.len))
		return;
	unsigned page = page_of(r, e, raw, true);
	bool denied = false;
	struct text t = read_body_text(r, e, page, raw, &denied);
	if (!page || denied || read_body_is_wide(page)) {
		page = UTF_8;
		raw = span_over(t.s, t.len);
	}
	read_body_add(r, e, page)->html = raw;
}

/* RTF in a container that holds it as it is (MS-OXRTFCP 2.1.3.1: MELA). */
static bool read_body_take_rtf(struct reading *r, const struct entity *e, struct span raw)
{
	static const char magic[] = "{\\rtf";
	uint32_t n = (uint32_t)raw.len, words[] = { n + 12, n, 0x414c454d, 0 };
	uint8_t head[sizeof words];

	if (r->bodies.rtf || r->mail->has_html || !read_body_group_of(r, e) ||
	    raw.len < sizeof magic - 1 || memcmp(raw.mem, magic, sizeof magic - 1) != 0)
		return false;
	for (size_t i = 0; i < sizeof head; i++)
		head[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	uint8_t *all = arena_alloc(r->c->arena, sizeof head + n);
	memcpy(all, head, sizeof head);
	memcpy(all + sizeof head, raw.mem, n);
	reading_bytes(
	    r, &r->m->props, PidTagRtfCompressed, span_over(all, sizeof head + n));
	r->bodies.rtf = true;
	return true;
}

bool read_take_text(struct reading *r, const struct entity *e, const char *type)
{
	bool plain = strcmp(type, "text/plain") == 0;
	bool html = strcmp(type, "text/html") == 0;
	bool rtf = strcmp(type, "text/rtf") == 0 || strcmp(type, "application/rtf") == 0;
	uint64_t length = e->end - e->body;

	if (!(plain || html || rtf) || !read_body_is_body(r, e))
		return false;
	if (length > LIMIT_TEXT - r->bodies.bytes) {
		notes_add(&r->c->notes, NOTE_KEPT, e->path, type,
		    "too long for a body, with the texts before it more than %d bytes: "
		    "attached",
		    LIMIT_TEXT);
		return false;
	}
	bool odd;
	struct span raw =
	    transfer_decode(r->c, span_sub(r->c->in, e->body, length), e->encoding, &odd);
	if (odd)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path, type,
		    "is not all base64: read as far as it is");
	raw = span_load(r->c->arena, raw);
	if (rtf && !read_body_take_rtf(r, e, raw))
		return false;
	r->bodies.bytes += length;
	if (plain)
		take_plain(r, e, raw);
	else if (html)
		take_html(r, e, raw);
	return true;
}

bool read_add_body(
    struct reading *r, const struct entity *e, struct span text, struct span html)
{
	struct arena *a = r->c->arena;
	struct piece *p;

	if (text.len + html.len > LIMIT_TEXT - r->bodies.bytes) {
		notes_add(&r->c->notes, NOTE_KEPT, e->path, "text",
		    "too long for a body, with the texts before it more than %d bytes: "
		    "the original is attached",
		    LIMIT_TEXT);
		return false;
	}
	r->bodies.bytes += text.len + html.len;
	text = span_load(a, text);
	p = read_body_add(r, e, UTF_8);
	p->plain = text_guess(a, text.mem, (size_t)text.len);
	p->group = e; /* the same in other words */
	if (html.len > 0) {
		p = read_body_add(r, e, UTF_8);
		p->html = span_load(a, html);
		p->group = e;
	}
	notes_add(&r->c->notes, NOTE_CHANGED, e->path, "text",
	    "its text is not that of the mail: it stands below it");
	return true;
}

/* --- putting them together --- */

/* The pieces that are one text: p and those behind it of the same group. */
static struct piece *read_body_end_of(struct piece *p)
{
	struct piece *q = p->next;

	while (p->group && q && q->group == p->group)
		q = q->next;
	return q;
}

static bool read_body_has(const struct piece *p, const struct piece *end, bool plain)
{
	for (; p != end; p = p->next)
		if ((p->plain.s != NULL) == plain)
			return true;
	return false;
}

static void read_body_put_text(struct sink *to, struct text t)
{
	const struct span all = sink_bytes(to);

	if (all.len > 0 && all.mem[all.len - 1] != '\n')
		sink_text(to, "\r\n");
	sink_write(to, t.s, t.len);
}

static struct text read_body_html_of(struct reading *r, const struct piece *p)
{
	return text_from(r->c->arena, p->page, p->html.mem, (size_t)p->html.len);
}

/* Plain text as HTML that looks like it. */
static void put_as_html(struct sink *to, struct text t)
{
	size_t plain = 0;

	read_body_put_text(to, (struct text){ .s = "<pre>", .len = 5 });
	for (size_t i = 0; i < t.len; i++) {
		const char *name = t.s[i] == '<'   ? "&lt;"
				   : t.s[i] == '>' ? "&gt;"
				   : t.s[i] == '&' ? "&amp;"
						   : NULL;
		if (!name)
			continue;
		sink_write(to, t.s + plain, i - plain);
		sink_text(to, name);
		plain = i + 1;
	}
	sink_write(to, t.s + plain, t.len - plain);
	sink_text(to, "</pre>");
}

static struct text join_plain(struct reading *r)
{
	struct sink *to = sink_memory(r->c->arena);
	struct piece *end;

	for (struct piece *p = r->bodies.first; p; p = end) {
		end = read_body_end_of(p);
		bool plain = read_body_has(p, end, true);
		for (; p != end; p = p->next) {
			struct text html =
			    plain ? (struct text){ 0 } : read_body_html_of(r, p);
			if (p->plain.s)
				read_body_put_text(to, p->plain);
			else if (!plain)
				read_body_put_text(
				    to, html_text_of(r->c->arena, html.s, html.len));
		}
	}
	struct span all = sink_bytes(to);
	return (struct text){ (const char *)all.mem, (size_t)all.len, false };
}

static struct span join_html(struct reading *r)
{
	struct sink *to = sink_memory(r->c->arena);
	struct piece *end;

	for (struct piece *p = r->bodies.first; p; p = end) {
		end = read_body_end_of(p);
		bool html = read_body_has(p, end, false);
		for (; p != end; p = p->next)
			if (!p->plain.s)
				read_body_put_text(to, read_body_html_of(r, p));
			else if (!html)
				put_as_html(to, p->plain);
	}
	return sink_bytes(to);
}

void read_finish_body(struct reading *r)
{
	struct props *to = &r->m->props;
	const struct piece *plain = NULL, *html = NULL;
	uint32_t plains = 0, htmls = 0, texts = 0;
	struct piece *end;

	if (r->bodies.replaced)
		return;
	for (struct piece *p = r->bodies.first; p; p = end) {
		end = read_body_end_of(p);
		texts++;
		for (; p != end; p = p->next) {
			plain = p->plain.s ? p : plain;
			html = p->plain.s ? html : p;
			plains += p->plain.s != NULL;
			htmls += p->plain.s == NULL;
		}
	}
	if (plain)
		reading_text(r, to, PidTagBody,
		    plains == 1 && texts == 1 ? plain->plain : join_plain(r));
	if (html) {
		bool alone = htmls == 1 && texts == 1;
		reading_bytes(r, to, PidTagHtml, alone ? html->html : join_html(r));
		reading_number(
		    r, to, PidTagInternetCodepage, PT_LONG, alone ? html->page : UTF_8);
	} else if (plain && !props_get(to, PidTagHtml)) { /* else it is that HTML's */
		reading_number(r, to, PidTagInternetCodepage, PT_LONG,
		    texts == 1 && plains == 1 ? plain->page : UTF_8);
	}
}

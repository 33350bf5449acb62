/* SPDX-License-Identifier: ISC */
#include "message/html_page.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/recode.h"
#include "base/sink.h"
#include "base/text.h"
#include "message/body.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	UTF_16LE = 1200,
	UTF_16BE = 1201,
	WINDOWS_1252 = 1252,
	US_ASCII = 20127,
	ISO_8859_1 = 28591,
	UTF_8 = 65001,
	HEAD = 4096, /* bytes in which a document says its charset (HTML 5: 1024) */
	NAME = 40,
};

/* What its first bytes prove; 0: nothing. */
static unsigned html_page_marked(struct span html)
{
	uint8_t p[4] = { 0 };

	if (span_read(html, 0, p, sizeof p) < sizeof p)
		return 0;
	if (memcmp(p, "\xff\xfe", 2) == 0 || (p[0] && !p[1] && p[2] && !p[3]))
		return UTF_16LE;
	if (memcmp(p, "\xfe\xff", 2) == 0 || (!p[0] && p[1] && !p[2] && p[3]))
		return UTF_16BE;
	return memcmp(p, "\xef\xbb\xbf", 3) == 0 ? UTF_8 : 0;
}

/* Reads what follows the word charset ("= 'name'"): the page; 0: unknown. */
static unsigned html_page_named(const char *p)
{
	char name[NAME];

	p += strspn(p, " \t\r\n");
	if (*p++ != '=')
		return 0;
	p += strspn(p, " \t\r\n\"'");
	size_t n = strcspn(p, " \t\r\n\"';/>?");
	if (n == 0 || n >= sizeof name)
		return 0;
	memcpy(name, p, n);
	name[n] = '\0';
	return text_codepage(name);
}

/* What the document says of itself; 0: nothing. */
static unsigned html_page_declared(struct span html)
{
	char head[HEAD + 1];
	size_t n = span_read(html, 0, head, HEAD);

	for (size_t i = 0; i < n; i++)
		head[i] = (char)(head[i] ? head[i] : ' ');
	head[n] = '\0';
	const char *xml =
	    strncasecmp(head, "<?xml", 5) == 0 ? strcasestr(head, "encoding") : NULL;
	unsigned page = xml ? html_page_named(xml + 8) : 0;
	for (const char *p = head; !page && (p = strcasestr(p, "charset"));)
		page = html_page_named(p += 7);
	/* HTML 5, 13.2.3.2: as UTF-16 it could not have been read. */
	return page == UTF_16LE || page == UTF_16BE ? UTF_8 : page;
}

static bool html_page_is_ascii(struct span s, uint8_t *buf)
{
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(s, at, buf, RECODE_PIECE)) > 0) {
		for (size_t i = 0; i < n; i++)
			if (buf[i] > 0x7e)
				return false;
		at += n;
	}
	return true;
}

/* Are there more multi-byte characters of UTF-8 than stray bytes? Then it is damaged
 * UTF-8. */
static bool html_page_is_mostly_utf8(struct span s, uint8_t *buf)
{
	uint64_t at = 0, whole = 0, odd = 0;
	unsigned open = 0; /* bytes that the character at hand still wants */
	size_t n;

	while ((n = span_read(s, at, buf, RECODE_PIECE)) > 0) {
		for (size_t i = 0; i < n; i++) {
			bool more = (buf[i] & 0xc0) == 0x80;
			if (open > 0 && more) {
				whole += --open == 0;
				continue;
			}
			odd += open > 0 || more || buf[i] >= 0xf5;
			open = buf[i] < 0xc2 || buf[i] >= 0xf5 ? 0
			       : buf[i] < 0xe0                 ? 1
			       : buf[i] < 0xf0                 ? 2
							       : 3;
		}
		at += n;
	}
	return whole > odd;
}

/* Has every byte a meaning in it? */
static bool html_page_fits(const struct body_want *w, unsigned page, struct span html)
{
	struct sink *to = sink_scratch(w->arena, w->scratch, w->scratch_used);

	return !recode(page, html, to, w->alive, w->arg);
}

static unsigned html_page_of_bytes(const struct body_want *w, unsigned property,
    unsigned declared, unsigned texts, struct span html)
{
	/* As browsers read it: what says iso-8859-1 means windows-1252. */
	const unsigned own = declared == ISO_8859_1 ? WINDOWS_1252 : declared;
	const unsigned pages[] = { property == declared ? property : own, property, texts,
		WINDOWS_1252 };
	unsigned first = 0;

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		unsigned page = pages[i];
		if (!text_known(page) || page == US_ASCII || page == UTF_8 ||
		    page == first)
			continue;
		if (html_page_fits(w, page, html))
			return page;
		first = first ? first : page;
	}
	return first;
}

unsigned html_page(const struct body_want *w, const struct message *m, struct span html)
{
	unsigned property = (unsigned)props_number(&m->props, PidTagInternetCodepage, 0);
	unsigned page = html_page_marked(html), declared = html_page_declared(html);
	const char *why = "its first bytes say";
	uint8_t *buf = arena_alloc(w->arena, RECODE_PIECE);

	if (!page && html_page_is_ascii(html, buf))
		return text_known(property) ? property : declared;
	bool agreed = property == declared && property != UTF_8 && text_known(property);
	if (!page && !agreed && recode_is_utf8(html, buf)) {
		page = UTF_8;
		why = "its bytes prove";
	} else if (!page && !agreed && (property == UTF_8 || declared == UTF_8) &&
		   html_page_is_mostly_utf8(html, buf)) {
		page = UTF_8;
		why = "most of its bytes prove";
	}
	if (!page) {
		page = html_page_of_bytes(w, property, declared, m->codepage, html);
		why = page == declared ? "the document says" : "its bytes allow";
	}
	if (page == property && page == UTF_8 && !recode_is_utf8(html, buf))
		notes_add(w->notes, NOTE_CHANGED, w->part, "PidTagHtml",
		    "holds bytes that are no UTF-8: passed on as they are");
	if (page == property)
		return page;
	if (property == 0)
		notes_add(w->notes, NOTE_KEPT, w->part, "PidTagHtml",
		    "no PidTagInternetCodepage: read as %s, as %s", text_charset(page),
		    why);
	else
		notes_add(w->notes, NOTE_CHANGED, w->part, "PidTagHtml",
		    "is not in code page %u: read as %s, as %s", property,
		    text_charset(page), why);
	return page;
}

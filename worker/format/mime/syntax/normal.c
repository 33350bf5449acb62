/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/normal.h"

#include <stdbool.h>
#include <string.h>

#include "base/recode.h"
#include "base/sink.h"
#include "format/format.h"

enum { HEAD = 4096, UTF_16LE = 1200, UTF_16BE = 1201, PIECE = 8 * 1024 };

enum normal {
	NORMAL_ALREADY,
	NORMAL_UTF_16LE,
	NORMAL_UTF_16BE,
	NORMAL_CR_CR_LF,
	NORMAL_CR
};

/* Do its lines end with a CR alone? A stray line feed, as a program has put before or
 * behind such a mail, makes it no other; a stray CR in a mail of line feeds does not
 * either. */
static bool ends_with_cr(const uint8_t *p, size_t n)
{
	size_t lf = 0, alone = 0, first = 0;

	while (first < n && (p[first] == '\r' || p[first] == '\n'))
		first++;
	while (first < n && p[first] != '\r' && p[first] != '\n')
		first++;
	if (first == n || p[first] != '\r' || (first + 1 < n && p[first + 1] == '\n'))
		return false;
	for (size_t i = 0; i < n; i++) {
		lf += p[i] == '\n';
		alone += p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n');
	}
	return alone > 2 * lf;
}

static enum normal normal_of(const uint8_t *p, size_t n)
{
	size_t lf = 0, cr_cr_lf = 0;

	if (n >= 4 && memcmp(p, "\xff\xfe", 2) == 0)
		return NORMAL_UTF_16LE;
	if (n >= 4 && memcmp(p, "\xfe\xff", 2) == 0)
		return NORMAL_UTF_16BE;
	if (n >= 4 && p[0] && !p[1] && p[2] && !p[3])
		return NORMAL_UTF_16LE;
	if (n >= 4 && !p[0] && p[1] && !p[2] && p[3])
		return NORMAL_UTF_16BE;
	for (size_t i = 0; i < n; i++) {
		lf += p[i] == '\n';
		cr_cr_lf += i > 1 && memcmp(p + i - 2, "\r\r\n", 3) == 0;
	}
	if (ends_with_cr(p, n))
		return NORMAL_CR;
	return cr_cr_lf > 0 && cr_cr_lf >= lf / 2 ? NORMAL_CR_CR_LF : NORMAL_ALREADY;
}

/* ASCII is all that matters of a head in UTF-16. */
static size_t narrow_head(const uint8_t *p, size_t n, bool high_first, uint8_t *to)
{
	size_t len = 0;

	for (size_t i = p[0] >= 0xfe ? 2 : 0; i + 1 < n; i += 2)
		to[len++] = p[i + !high_first] ? '?' : p[i + high_first];
	return len;
}

struct span normal_head(struct span head, uint8_t *buffer)
{
	size_t n = (size_t)head.len, len = 0;
	const uint8_t *p = head.mem;
	enum normal kind = p ? normal_of(p, n < HEAD ? n : HEAD) : NORMAL_ALREADY;

	if (kind == NORMAL_ALREADY)
		return head;
	if (kind == NORMAL_UTF_16LE || kind == NORMAL_UTF_16BE)
		return span_over(
		    buffer, narrow_head(p, n, kind == NORMAL_UTF_16BE, buffer));
	for (size_t i = 0; i < n; i++)
		if (kind == NORMAL_CR && p[i] == '\r')
			buffer[len++] = '\n';
		else if (kind == NORMAL_CR ? p[i] != '\n' || i == 0 || p[i - 1] != '\r'
					   : p[i] != '\r')
			buffer[len++] = p[i];
	return span_over(buffer, len);
}

/* CR LF for every line end of CRs and a line feed, or each CR and stray line feed. */
static struct span normal_lines(struct convert *c, enum normal kind)
{
	struct sink *to = convert_scratch(c);
	uint8_t p[PIECE];
	uint64_t at = 0;
	size_t n, held = 0;
	bool after_cr = false;

	while ((n = span_read(c->in, at, p, sizeof p)) > 0) {
		size_t kept = 0;
		for (size_t i = 0; i < n; i++) {
			const bool cr = p[i] == '\r', lf = p[i] == '\n';
			const bool second = lf && after_cr && kind == NORMAL_CR;
			const bool end = kind == NORMAL_CR ? cr || (lf && !second) : lf;
			after_cr = cr;
			if (!lf && !cr) {
				for (; held > 0; held--) /* CRs before anything else */
					sink_write(to, "\r", 1);
				continue;
			}
			sink_write(to, p + kept, i - kept);
			kept = i + 1;
			held = end || second ? 0 : held + 1;
			if (end)
				sink_text(to, "\r\n");
		}
		sink_write(to, p + kept, n - kept);
		at += n;
		convert_alive(c);
	}
	for (; held > 0; held--) /* at the end of all */
		sink_write(to, "\r", 1);
	return sink_bytes(to);
}

bool normal_is_wide(struct span mail)
{
	uint8_t p[4];
	enum normal kind = normal_of(p, span_read(mail, 0, p, sizeof p));

	return kind == NORMAL_UTF_16LE || kind == NORMAL_UTF_16BE;
}

struct span normal_mail(struct convert *c)
{
	static const char *const said[] = {
		[NORMAL_UTF_16LE] = "is in UTF-16: read as UTF-8",
		[NORMAL_UTF_16BE] = "is in UTF-16, high bytes first: read as UTF-8",
		[NORMAL_CR_CR_LF] = "has line ends of CR CR LF: read as CR LF",
		[NORMAL_CR] = "has line ends of CR alone: read as CR LF",
	};
	uint8_t p[HEAD];
	enum normal kind = normal_of(p, span_read(c->in, 0, p, sizeof p));
	struct span in = c->in;

	if (kind == NORMAL_ALREADY)
		return in;
	notes_add(&c->notes, NOTE_CHANGED, "message", "mail", "%s", said[kind]);
	if (kind == NORMAL_CR_CR_LF || kind == NORMAL_CR)
		return normal_lines(c, kind);
	if (p[0] >= 0xfe) /* the mark */
		in = span_sub(in, 2, in.len - 2);
	struct sink *to = convert_scratch(c);
	(void)recode(
	    kind == NORMAL_UTF_16LE ? UTF_16LE : UTF_16BE, in, to, convert_alive, c);
	return sink_bytes(to);
}

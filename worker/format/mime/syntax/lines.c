/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/lines.h"

#include <string.h>

#include "base/arena.h"

struct lines lines_over(struct arena *a, struct span in, uint64_t from)
{
	size_t capacity = in.len < LINES_BUFFER ? (size_t)in.len + 1 : LINES_BUFFER;

	return (struct lines){ .in = in,
		.pos = from,
		.base = from,
		.buffer = arena_alloc(a, capacity),
		.capacity = capacity };
}

void lines_seek(struct lines *l, uint64_t to)
{
	l->pos = l->base = to;
	l->have = 0;
}

/* Make the bytes from pos on the start of the buffer. */
static void lines_refill(struct lines *l)
{
	l->base = l->pos;
	l->have =
	    l->pos < l->in.len ? span_read(l->in, l->pos, l->buffer, l->capacity) : 0;
}

/* A line longer than the buffer: find its end, keep its head. */
static void long_line(struct lines *l, struct line *out)
{
	static const size_t keep = LINES_HEAD;
	uint64_t at = l->base + l->have;
	uint8_t last = l->buffer[l->have - 1];
	const uint8_t *lf = NULL;
	size_t n;

	while (!lf &&
	       (n = span_read(l->in, at, l->buffer + keep, LINES_BUFFER - keep)) > 0) {
		lf = memchr(l->buffer + keep, '\n', n);
		size_t body = lf ? (size_t)(lf - l->buffer) - keep : n;
		if (body > 0)
			last = l->buffer[keep + body - 1];
		at += body + (lf ? 1 : 0);
	}
	out->end = at;
	out->eol = !lf ? 0 : last == '\r' ? 2 : 1;
	out->text = (const char *)l->buffer;
	out->len = keep;
	l->pos = l->base = at;
	l->have = 0;
}

bool lines_next(struct lines *l, struct line *out)
{
	size_t at = (size_t)(l->pos - l->base);

	const uint8_t *lf =
	    at < l->have ? memchr(l->buffer + at, '\n', l->have - at) : NULL;
	if (!lf) {
		lines_refill(l);
		at = 0;
		lf = l->have ? memchr(l->buffer, '\n', l->have) : NULL;
	}
	if (l->have == 0)
		return false;
	*out = (struct line){ .off = l->pos };
	if (!lf && l->have == LINES_BUFFER) { /* a shorter span fits whole */
		long_line(l, out);
		return true;
	}
	size_t all = lf ? (size_t)(lf - l->buffer) + 1 - at : l->have - at;
	out->text = (const char *)l->buffer + at;
	out->eol = lf ? 1 : 0;
	if (lf && all > 1 && out->text[all - 2] == '\r')
		out->eol = 2;
	out->end = out->off + all;
	out->len = all - out->eol;
	if (out->len > LINES_HEAD)
		out->len = LINES_HEAD;
	l->pos = out->end;
	return true;
}

void lines_pass(struct lines *l, char a, char b, unsigned *eol)
{
	const uint8_t *lf, *end = l->buffer + l->have;
	const uint8_t *p = l->have ? l->buffer + (l->pos - l->base) : end;

	while (p < end && *p != (uint8_t)a && *p != (uint8_t)b &&
	       (lf = memchr(p, '\n', (size_t)(end - p)))) {
		*eol = lf > p && lf[-1] == '\r' ? 2 : 1;
		p = lf + 1;
	}
	if (l->have)
		l->pos = l->base + (size_t)(p - l->buffer);
}

/* SPDX-License-Identifier: ISC */
#include "codec/quoted.h"

#include <string.h>

#include "base/hex.h"

static bool quoted_is_blank(uint8_t ch)
{
	return ch == ' ' || ch == '\t';
}

/* What was held means nothing: it is passed on as it was. */
static size_t quoted_release(struct quoted *q, uint8_t *out)
{
	size_t n = q->n;

	memcpy(out, q->held, n);
	q->n = 0;
	return n;
}

/* May ch stand behind what is held? Then all of it waits for what follows. */
static bool quoted_goes_on(const struct quoted *q, uint8_t ch)
{
	uint8_t last = q->held[q->n - 1];

	if (q->n == QUOTED_HELD)
		return false;
	if (quoted_is_blank(ch) || ch == '\r')
		return last == '=' || quoted_is_blank(last);
	return q->n == 1 && hex_value(ch) >= 0;
}

/* One more byte behind a "=". *taken: it is done with; else it is to be read again. */
static size_t quoted_behind(struct quoted *q, uint8_t ch, uint8_t *out, bool *taken)
{
	int high = q->n == 2 ? hex_value(q->held[1]) : -1;

	*taken = true;
	if (high >= 0 && hex_value(ch) >= 0) {
		out[0] = (uint8_t)(high << 4 | hex_value(ch));
		q->n = 0;
		return 1;
	}
	if (ch == '\n' && high < 0) { /* a soft line break */
		q->n = 0;
		return 0;
	}
	if (quoted_goes_on(q, ch)) {
		q->held[q->n++] = ch;
		return 0;
	}
	*taken = q->n == 1; /* the character behind the "=" */
	q->row = *taken && ch == '=';
	size_t n = quoted_release(q, out);
	if (*taken)
		out[n++] = ch;
	return n;
}

size_t quoted_decode(struct quoted *q, const void *in, size_t n, uint8_t *out)
{
	const uint8_t *p = in, *end = p + n;
	size_t len = 0;

	while (p < end) {
		bool taken;
		if (q->row && *p == '=') {
			out[len++] = *p++;
			continue;
		}
		q->row = false;
		if (q->n > 0) {
			len += quoted_behind(q, *p, out + len, &taken);
			p += taken;
			continue;
		}
		const uint8_t *equals = memchr(p, '=', (size_t)(end - p));
		size_t plain = (size_t)((equals ? equals : end) - p);
		memcpy(out + len, p, plain);
		len += plain;
		p += plain;
		if (equals)
			q->held[q->n++] = *p++;
	}
	return len;
}

size_t quoted_finish(struct quoted *q, uint8_t *out)
{
	if (q->n > 1 && hex_value(q->held[1]) >= 0)
		return quoted_release(q, out);
	q->n = 0;
	return 0;
}

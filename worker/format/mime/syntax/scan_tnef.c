/* SPDX-License-Identifier: ISC */
/* Which parts of a mail are TNEF, and whether it is that mail's. */
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/text.h"
#include "codec/base64.h"
#include "format/mime/syntax/scan.h"
#include "message/message.h"
#include "message/tags.h"

enum { SEEN = 256 };
static const struct formats_row *const tnef = &formats_rows[FORMATS_TNEF];

static bool is_said_to_be(const struct entity *e)
{
	return e->type && !e->boundary && strncmp(e->type, "application/", 12) == 0 &&
	       (formats_is_type(tnef, e->type) || formats_is_named(tnef, e->name));
}

bool scan_may_be_tnef(const struct entity *e)
{
	return e->tnef || is_said_to_be(e);
}

/* --- how it begins, by each encoding --- */

static bool begins_binary(const uint8_t *p, size_t n)
{
	return formats_begins(tnef, p, n);
}

static bool begins_base64(const uint8_t *p, size_t n)
{
	uint8_t out[BASE64_MOST(SEEN)];
	struct base64 state = { 0 };
	size_t len = base64_decode(&state, p, n, out);

	return begins_binary(out, len) && !state.foreign;
}

/* Some characters as they are, some as "=78". */
static bool begins_quoted(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < tnef->head_length; i++) {
		bool quoted =
		    n >= 3 && *p == '=' && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0;
		if (n == 0 || (quoted ? hex_value(p[1]) << 4 | hex_value(p[2]) : *p) !=
				  (uint8_t)tnef->head[i])
			return false;
		p += quoted ? 3 : 1;
		n -= quoted ? 3 : 1;
	}
	return true;
}

/* Behind "begin 644 name" a length and the first four characters of data. */
static bool begins_uuencoded(const uint8_t *p, size_t n)
{
	const uint8_t *lf =
	    n > 6 && memcmp(p, "begin ", 6) == 0 ? memchr(p, '\n', n) : NULL;

	if (!lf || (size_t)(p + n - lf) < 8)
		return false;
	uint8_t head[4];
	uint64_t bits = 0;
	for (size_t i = 2; i < 8; i++)
		bits = bits << 6 | ((lf[i] - 0x20U) & 0x3f);
	for (size_t i = 0; i < 4; i++)
		head[i] = (uint8_t)(bits >> (28 - 8 * i));
	return begins_binary(head, 4);
}

/* The likeliest first. No bytes begin so by two of them. */
static const struct {
	enum transfer encoding;
	bool (*begins)(const uint8_t *, size_t);
} ways[] = {
	{ TRANSFER_BASE64, begins_base64 },
	{ TRANSFER_BINARY, begins_binary },
	{ TRANSFER_QUOTED, begins_quoted },
	{ TRANSFER_UUENCODE, begins_uuencoded },
};
enum { WAYS = sizeof ways / sizeof ways[0] };

bool scan_find_tnef(struct convert *c, struct entity *e)
{
	uint8_t p[SEEN];
	size_t blank = 0;

	if ((e->boundary && e->parts > 0) || e->mail ||
	    (e->name && strcmp(e->name, SCAN_ORIGINAL) == 0))
		return false;
	size_t n = span_read(c->in, e->body, p,
	    e->end - e->body < sizeof p ? (size_t)(e->end - e->body) : sizeof p);
	while (blank < n && text_among(" \t\r\n", p[blank]))
		blank++;
	for (size_t i = 0; i < WAYS; i++) {
		if (!ways[i].begins(p + blank, n - blank))
			continue;
		e->encoding = ways[i].encoding;
		if (blank > 0 && ways[i].encoding == TRANSFER_BINARY)
			e->body += blank;
		return true;
	}
	return false;
}

/* --- whose it is --- */

enum scan_keys scan_keys(
    const struct convert *c, const struct entity *e, const struct message *m)
{
	struct span key =
	    span_load(c->arena, props_bytes(&m->props, PidTagTnefCorrelationKey));
	const char *want = e->host->correlator;

	while (key.len > 0 && key.mem[key.len - 1] == '\0')
		key.len--;
	if (!want || !*want || key.len == 0)
		return key.len > 0 ? KEYS_ONE : KEYS_NONE;
	return strlen(want) == key.len &&
		       strncasecmp(want, (const char *)key.mem, key.len) == 0
		   ? KEYS_EQUAL
		   : KEYS_DIFFER;
}

bool scan_is_stale(
    const struct convert *c, const struct entity *e, const struct message *m)
{
	return scan_keys(c, e, m) == KEYS_DIFFER;
}

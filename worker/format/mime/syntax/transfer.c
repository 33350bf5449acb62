/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/transfer.h"

#include <string.h>
#include <strings.h>

#include "base/crumb.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "codec/base64.h"
#include "codec/quoted.h"
#include "codec/uuencode.h"

static const struct {
	const char *name;
	enum transfer encoding;
} names[] = {
	{ "7bit", TRANSFER_7BIT },
	{ "7-bit", TRANSFER_7BIT },
	{ "8bit", TRANSFER_8BIT },
	{ "8-bit", TRANSFER_8BIT },
	{ "binary", TRANSFER_BINARY },
	{ "base64", TRANSFER_BASE64 },
	{ "base-64", TRANSFER_BASE64 },
	{ "quoted-printable", TRANSFER_QUOTED },
	{ "uuencode", TRANSFER_UUENCODE },
	{ "x-uuencode", TRANSFER_UUENCODE },
	{ "x-uue", TRANSFER_UUENCODE },
};

enum transfer transfer_named(const char *name)
{
	size_t n = strcspn(name, " \t;,(");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i].name) == n &&
		    strncasecmp(name, names[i].name, n) == 0)
			return names[i].encoding;
	return TRANSFER_NONE;
}

/* --- the decoders, as one --- */

/* Bytes that are decoded at once, and that come of them at the most. */
enum {
	CHUNK = 48 * 1024,
	UU_CHUNK = CHUNK / (UUENCODE_ROW / 2 + 1),
	DECODED = QUOTED_MOST(CHUNK),
};
_Static_assert(
    BASE64_MOST(CHUNK) <= DECODED && UUENCODE_MOST(UU_CHUNK) <= DECODED, "room");

struct transfer_way {
	enum transfer encoding;
	union {
		struct base64 base64;
		struct quoted quoted;
		struct uuencode uuencode;
	} state;
};

/* n bytes more; the bytes that are written to out. */
static size_t transfer_step(
    struct transfer_way *w, const uint8_t *in, size_t n, uint8_t *out)
{
	if (w->encoding == TRANSFER_BASE64)
		return base64_decode(&w->state.base64, in, n, out);
	if (w->encoding == TRANSFER_QUOTED)
		return quoted_decode(&w->state.quoted, in, n, out);
	return uuencode_decode(&w->state.uuencode, in, n, out);
}

static size_t transfer_finish(struct transfer_way *w, uint8_t *out)
{
	if (w->encoding == TRANSFER_BASE64)
		return base64_finish(&w->state.base64, out);
	if (w->encoding == TRANSFER_QUOTED)
		return quoted_finish(&w->state.quoted, out);
	return uuencode_finish(&w->state.uuencode, out);
}

/* uuencode: the data begins behind the line "begin 644 name"; without one with the first
 * byte. */
static struct span after_begin(struct span body)
{
	char head[4096];
	size_t n = span_read(body, 0, head, sizeof head), at = 0;

	while (at < n) {
		const char *lf = memchr(head + at, '\n', n - at);
		if (!lf)
			break;
		size_t next = (size_t)(lf - head) + 1;
		if (n - at > 6 && memcmp(head + at, "begin ", 6) == 0)
			return span_sub(body, next, body.len - next);
		at = next;
	}
	return body;
}

bool transfer_is_encoded(enum transfer encoding)
{
	return encoding >= TRANSFER_BASE64;
}

struct span transfer_decode(
    struct convert *c, struct span body, enum transfer encoding, bool *odd)
{
	static uint8_t in[CHUNK], out[DECODED]; /* one part is decoded at a time */
	struct transfer_way way = { .encoding = encoding };
	size_t chunk = encoding == TRANSFER_UUENCODE ? UU_CHUNK : CHUNK, have;
	uint64_t at = 0;

	if (odd)
		*odd = false;
	if (!transfer_is_encoded(encoding))
		return body;
	wipe_later(in, sizeof in);
	wipe_later(out, sizeof out);
	if (encoding == TRANSFER_UUENCODE)
		body = after_begin(body);
	struct sink *to = convert_scratch(c);
	while ((have = span_read(body, at, in, chunk)) > 0) {
		CRUMB_WITHIN("transfer", at);
		sink_write(to, out, transfer_step(&way, in, have, out));
		at += have;
		convert_alive(c);
	}
	sink_write(to, out, transfer_finish(&way, out));
	if (odd && encoding == TRANSFER_BASE64)
		*odd = way.state.base64.foreign || way.state.base64.cut;
	return sink_bytes(to);
}

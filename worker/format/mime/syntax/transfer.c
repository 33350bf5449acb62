/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/transfer.h"

#include <assert.h>
#include <gmime/gmime.h>
#include <string.h>

#include "base/crumb.h"
#include "base/sink.h"

enum { CHUNK = 48 * 1024, ROOM = CHUNK + 64 };

/*
 * uuencode: the data begins behind the line "begin 644 name", which the decoder has
 * to be told; without one from the first byte.
 */
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

/* How well the bytes go together as base64. */
struct check {
	uint64_t digits;
	bool odd;
};

static void check_base64(struct check *check, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)p[i], letter = ch | 0x20;
		bool digit = (letter >= 'a' && letter <= 'z') ||
			     (ch >= '/' && ch <= '9') || ch == '+';
		bool filling = ch == '=' || ch == ' ' || (ch >= '\t' && ch <= '\r');
		check->digits += digit;
		check->odd |= !digit && !filling;
	}
}

struct span transfer_decode(struct convert *c, struct span body, int encoding, bool *odd)
{
	static char in[CHUNK], out[ROOM]; /* one part is decoded at a time */
	struct check check = { 0 };
	GMimeEncoding state;

	if (odd)
		*odd = false;

	if (encoding != GMIME_CONTENT_ENCODING_BASE64 &&
	    encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
	    encoding != GMIME_CONTENT_ENCODING_UUENCODE)
		return body;
	g_mime_encoding_init_decode(&state, (GMimeContentEncoding)encoding);
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE) {
		body = after_begin(body);
		state.state |= GMIME_UUDECODE_STATE_BEGIN;
	}

	assert(g_mime_encoding_outlen(&state, CHUNK) <= ROOM);
	struct sink *to = convert_scratch(c);
	uint64_t at = 0;
	size_t have;

	while ((have = span_read(body, at, in, CHUNK)) > 0) {
		CRUMB_WITHIN("transfer", at);
		if (odd && encoding == GMIME_CONTENT_ENCODING_BASE64)
			check_base64(&check, in, have);
		sink_write(to, out, g_mime_encoding_step(&state, in, have, out));
		at += have;
		convert_alive(c);
	}
	if (odd)
		*odd = check.odd || check.digits % 4 == 1;
	sink_write(to, out, g_mime_encoding_flush(&state, in, 0, out));
	return sink_bytes(to);
}

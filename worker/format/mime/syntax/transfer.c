/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/transfer.h"

#include <assert.h>
#include <gmime/gmime.h>
#include <string.h>

#include "base/crumb.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "codec/base64.h"

enum { CHUNK = 48 * 1024, DECODED = CHUNK + 64 };

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

/* Base64 by our own decoder, which goes on where others stop (base64.h). */
static struct span transfer_base64(struct convert *c, struct span body, bool *odd)
{
	static uint8_t in[CHUNK], out[BASE64_MOST(CHUNK)];
	struct base64 state = { 0 };
	struct sink *to = convert_scratch(c);
	uint64_t at = 0;
	size_t have;

	wipe_later(in, sizeof in);
	wipe_later(out, sizeof out);
	while ((have = span_read(body, at, in, CHUNK)) > 0) {
		CRUMB_WITHIN("transfer", at);
		sink_write(to, out, base64_decode(&state, in, have, out));
		at += have;
		convert_alive(c);
	}
	sink_write(to, out, base64_finish(&state, out));
	if (odd)
		*odd = state.foreign || state.cut;
	return sink_bytes(to);
}

bool transfer_is_encoded(int encoding)
{
	return encoding == GMIME_CONTENT_ENCODING_BASE64 ||
	       encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
	       encoding == GMIME_CONTENT_ENCODING_UUENCODE;
}

struct span transfer_decode(struct convert *c, struct span body, int encoding, bool *odd)
{
	static char in[CHUNK], out[DECODED]; /* one part is decoded at a time */
	GMimeEncoding state;

	if (odd)
		*odd = false;
	if (encoding == GMIME_CONTENT_ENCODING_BASE64)
		return transfer_base64(c, body, odd);
	if (!transfer_is_encoded(encoding))
		return body;
	wipe_later(in, sizeof in);
	wipe_later(out, sizeof out);
	g_mime_encoding_init_decode(&state, (GMimeContentEncoding)encoding);
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE) {
		body = after_begin(body);
		state.state |= GMIME_UUDECODE_STATE_BEGIN;
	}

	assert(g_mime_encoding_outlen(&state, CHUNK) <= DECODED);
	struct sink *to = convert_scratch(c);
	uint64_t at = 0;
	size_t have;

	while ((have = span_read(body, at, in, CHUNK)) > 0) {
		CRUMB_WITHIN("transfer", at);
		sink_write(to, out, g_mime_encoding_step(&state, in, have, out));
		at += have;
		convert_alive(c);
	}
	sink_write(to, out, g_mime_encoding_flush(&state, in, 0, out));
	return sink_bytes(to);
}

#include "format/mime/transfer.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/luck.h"
#include "base/sink.h"

enum { CHUNK = 48 * 1024 };

/* Append to the scratch file, by offset: others may have written before. */
static void scratch_put(struct convert *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = pwrite(c->scratch, p, n, (off_t)c->scratch_used);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			luck_output(done < 0 ? errno : EIO);
		p += done;
		n -= (size_t)done;
		c->scratch_used += (size_t)done;
	}
}

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

struct span transfer_decode(struct convert *c, struct span body, int encoding)
{
	GMimeEncoding state;

	if (encoding != GMIME_CONTENT_ENCODING_BASE64 &&
	    encoding != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE &&
	    encoding != GMIME_CONTENT_ENCODING_UUENCODE)
		return body;
	g_mime_encoding_init_decode(&state, (GMimeContentEncoding)encoding);
	if (encoding == GMIME_CONTENT_ENCODING_UUENCODE) {
		body = after_begin(body);
		state.state |= GMIME_UUDECODE_STATE_BEGIN;
	}

	size_t chunk = body.len < CHUNK ? (size_t)body.len : CHUNK;
	char *in = arena_alloc(c->arena, chunk);
	char *out = arena_alloc(c->arena, g_mime_encoding_outlen(&state, chunk));
	bool much = body.len > LIMIT_LOAD || arena_used(c->arena) > LIMIT_HELD;
	bool to_file = much && c->scratch >= 0;
	struct sink *memory = to_file ? NULL : sink_memory(c->arena);
	uint64_t start = c->scratch_used, at = 0;
	size_t have;

	while ((have = span_read(body, at, in, chunk)) > 0) {
		CRUMB_WITHIN("transfer", at);
		size_t n = g_mime_encoding_step(&state, in, have, out);
		if (to_file)
			scratch_put(c, out, n);
		else
			sink_write(memory, out, n);
		at += have;
		if (c->tell_progress)
			c->tell_progress(c->arg, 0);
	}
	size_t n = g_mime_encoding_flush(&state, in, 0, out);
	if (to_file) {
		scratch_put(c, out, n);
		return span_file(c->scratch, start, c->scratch_used - start);
	}
	sink_write(memory, out, n);
	return sink_bytes(memory);
}

/* SPDX-License-Identifier: ISC */
#include "format/export/export.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/recode.h"
#include "base/sink.h"

enum { UTF_8 = 65001 };

void export_pieces(struct convert *c, struct span utf8,
    void (*put)(void *arg, const char *p, size_t n), void *arg)
{
	uint8_t *piece = utf8.mem ? NULL : arena_alloc(c->arena, RECODE_PIECE);
	uint64_t at = 0;
	size_t n;

	if (utf8.mem)
		put(arg, (const char *)utf8.mem, (size_t)utf8.len);
	for (; piece && (n = recode_piece(UTF_8, utf8, at, piece)) > 0; at += n) {
		put(arg, (const char *)piece, n);
		convert_alive(c);
	}
}

const char *export_part(struct arena *a, const char *outer, uint32_t number)
{
	if (strcmp(outer, "message") == 0)
		return arena_printf(a, "attachment %u", number);
	return arena_printf(a, "%s, attachment %u", outer, number);
}

void export_item(struct convert *c, const char *kind, const char *name, uint64_t from)
{
	if (c->tell_item)
		c->tell_item(c->arg, kind, name, sink_length(c->out) - from);
}

void export_base64(struct sink *to, struct span bytes)
{
	uint8_t in[3 * 1024];
	char out[4 * 1024];
	size_t n;

	for (uint64_t at = 0; (n = span_read(bytes, at, in, sizeof in)) > 0; at += n)
		sink_write(to, out, base64_encode(out, in, n));
}

/* SPDX-License-Identifier: ISC */
#include "format/archive/archive.h"

#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "message/notes.h"

enum { PIECE_IN = 16 * 1024, PIECE_OUT = 64 * 1024 };

/* The store as seen from the folder of a path, whose last part is the name. */
static const char *archive_folder(
    struct store *s, const char *names[LIMIT_FOLDERS], char path[ARCHIVE_NAME])
{
	const size_t most = LIMIT_FOLDERS - 1; /* and a store's own name */
	size_t count = s->name_count < most ? s->name_count : most;
	char *p = path;

	for (size_t i = 0; i < count; i++)
		names[i] = s->names[i];
	for (char *slash; (slash = memchr(p, '/', strlen(p))); p = slash + 1) {
		*slash = '\0';
		if (*p && strcmp(p, ".") != 0 && count < most)
			names[count++] = p;
	}
	s->names = names;
	s->name_count = count;
	return *p ? p : NULL;
}

static void archive_tell(struct convert *c, const struct store *s,
    const struct archive_member *m, struct span in, struct entry *e)
{
	const char *names[LIMIT_FOLDERS];
	char path[ARCHIVE_NAME];
	struct store there = *s;

	size_t n = m->path ? strnlen(m->path, sizeof path - 1) : 0;
	if (n > 0)
		memcpy(path, m->path, n);
	path[n] = '\0';
	e->name = archive_folder(&there, names, path);
	e->date = m->date;
	if (*e->place.format) {
		store_folder(c, &there, NULL, 0, 0);
		store_entry(c, &there, e);
	} else {
		store_member(c, &there, in, e);
	}
	convert_alive(c);
}

void archive_stored(
    struct convert *c, const struct store *s, const struct archive_member *m)
{
	struct entry e = { .bytes = m->in.len,
		.place = { .format = "",
		    .unpacked = s->place.unpacked,
		    .store = s->place.store + m->at,
		    .store_bytes = m->in.len } };

	archive_tell(c, s, m, m->in, &e);
}

void archive_unreadable(struct convert *c, const struct store *s,
    const struct archive_member *m, uint64_t reason)
{
	struct entry e = { .bytes = m->in.len,
		.place = { .format = "zip", .at = reason } };

	archive_tell(c, s, m, m->in, &e);
}

static bool archive_is_bomb(uint64_t out, uint64_t freely, uint64_t in)
{
	return out > freely && (out - freely) / ARCHIVE_RATIO > in;
}

/* Of gzip files one may follow another (RFC 1952 2.2). */
static bool gzip_goes_on(z_stream *z, enum archive_window window)
{
	return window == ARCHIVE_GZIP && z->avail_in > 1 && z->next_in[0] == 0x1f &&
	       z->next_in[1] == 0x8b && inflateReset(z) == Z_OK;
}

/* zlib's memory is its own: a member may be as long as it likes. */
static int inflate_into(struct convert *c, struct span in, enum archive_window window,
    z_stream *z, uint64_t *out, uint64_t *taken)
{
	static uint8_t from[PIECE_IN], to[PIECE_OUT];
	uint64_t at = 0;
	int end = Z_OK;

	wipe_later(from, sizeof from);
	wipe_later(to, sizeof to);

	while (end == Z_OK) {
		if (z->avail_in == 0) {
			z->next_in = from;
			z->avail_in = (uInt)span_read(in, at, from, sizeof from);
			at += z->avail_in;
		}
		z->next_out = to;
		z->avail_out = sizeof to;
		end = inflate(z, Z_NO_FLUSH);
		size_t n = sizeof to - z->avail_out;
		if (n == 0 && z->avail_in == 0 && end != Z_STREAM_END)
			return Z_BUF_ERROR; /* it ends too soon */
		*taken = at - z->avail_in;
		if (archive_is_bomb(*out + n, ARCHIVE_FREE, *taken) ||
		    archive_is_bomb(
			sink_length(c->unpacked) + n, ARCHIVE_FREE_IN_ALL, c->in.len))
			return Z_MEM_ERROR;
		sink_write(c->unpacked, to, n);
		*out += n;
		convert_alive(c);
		if (end == Z_STREAM_END && gzip_goes_on(z, window))
			end = Z_OK;
	}
	return end == Z_BUF_ERROR ? Z_DATA_ERROR : end;
}

bool archive_inflated(struct convert *c, const struct store *s,
    const struct archive_member *m, enum archive_window window, uint64_t *used)
{
	const char *part = m->path && *m->path ? m->path : "member";
	z_stream z = { .next_in = NULL };
	uint64_t bytes = 0, taken = 0;

	if (!c->unpacked)
		c->unpacked = convert_scratch(c);
	uint64_t begin = sink_length(c->unpacked);
	if (inflateInit2(&z, window) != Z_OK)
		return false;
	int end = inflate_into(c, m->in, window, &z, &bytes, &taken);
	if (used)
		*used = taken;
	(void)inflateEnd(&z);
	if (end == Z_MEM_ERROR) {
		notes_add(&c->notes, NOTE_LOST, part, "archive",
		    "more than %d times as long as it was: not unpacked", ARCHIVE_RATIO);
		return false;
	}
	if (end != Z_STREAM_END)
		notes_add(&c->notes, NOTE_LOST, part, "archive",
		    "damaged after %llu bytes: what came before is kept",
		    (unsigned long long)bytes);
	if (bytes == 0 && end != Z_STREAM_END)
		return false;
	struct span in = span_sub(sink_bytes(c->unpacked), begin, bytes);
	struct entry e = { .bytes = bytes,
		.place = { .format = "",
		    .unpacked = true,
		    .store = begin,
		    .store_bytes = bytes } };
	archive_tell(c, s, m, in, &e);
	return true;
}

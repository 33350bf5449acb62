/* SPDX-License-Identifier: ISC */
#include "attempt/items.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fnv.h"
#include "base/utf8.h"
#include "proto/formats.h"
#include "proto/frame.h"

enum { PIECE = 64 * 1024 };

struct items {
	int fd;
	uint64_t at, listed; /* at: of what was not read yet */
	uint64_t unpacked, store_bytes;
	uint64_t number; /* of the last item */
	uint64_t store;  /* ours, and what is unpacked has the next one */
	uint8_t buffer[PIECE];
	size_t pos, have;
	Bulkhead__Listed *last, *folder; /* the last frame, and the last folder's */
};

struct items *items_open(int fd, uint64_t listed, uint64_t length, uint64_t store_bytes)
{
	static uint64_t last;
	struct items *l = calloc(1, sizeof *l);

	if (l) {
		l->store = last + 1;
		last += 2;
		l->fd = fd;
		l->listed = listed;
		l->unpacked = length - listed;
		l->store_bytes = store_bytes;
	}
	return l;
}

static void items_forget(struct items *l)
{
	if (l->last && l->last != l->folder)
		bulkhead__listed__free_unpacked(l->last, NULL);
	l->last = NULL;
}

void items_close(struct items *l)
{
	if (!l)
		return;
	items_forget(l);
	if (l->folder)
		bulkhead__listed__free_unpacked(l->folder, NULL);
	free(l);
}

/* At least n bytes at hand? */
static bool items_need(struct items *l, size_t n)
{
	while (l->have - l->pos < n) {
		memmove(l->buffer, l->buffer + l->pos, l->have - l->pos);
		l->have -= l->pos;
		l->pos = 0;
		uint64_t left = l->listed - l->at;
		size_t room = PIECE - l->have;
		ssize_t k = pread(l->fd, l->buffer + l->have,
		    left < room ? (size_t)left : room, (off_t)l->at);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		l->at += (uint64_t)k;
		l->have += (size_t)k;
	}
	return true;
}

static bool items_clean(const char *s)
{
	const size_t n = strlen(s);

	return n <= ITEMS_NAME && utf8_is_clean(s, n);
}

static const char *check_folder(const Bulkhead__Folder *f)
{
	if (f->n_names > ITEMS_NAMES)
		return "a folder too deep";
	for (size_t i = 0; i < f->n_names; i++)
		if (!items_clean(f->names[i]))
			return "a folder's name is not clean UTF-8";
	return NULL;
}

static const char *check_entry(struct items *l, const Bulkhead__Entry *e)
{
	const Bulkhead__Place *p = e->place;
	uint64_t most = e->unpacked ? l->unpacked : l->store_bytes;

	if (!p)
		return "an item without a place";
	if (e->number != l->number + 1)
		return "an item out of turn";
	if (*p->format && !formats_by_name(p->format))
		return "an item of no known format";
	if (p->store > most || p->store_bytes > most - p->store)
		return "an item beyond its file";
	if (p->bytes > 0 && (p->at > p->store_bytes || p->bytes > p->store_bytes - p->at))
		return "an item beyond its store";
	if (!items_clean(e->name))
		return "an item's name is not clean UTF-8";
	l->number++;
	return NULL;
}

/* One whole frame of the buffer. */
static const char *items_frame(struct items *l, size_t n)
{
	Bulkhead__Listed *m = bulkhead__listed__unpack(NULL, n, l->buffer + l->pos);

	l->pos += n;
	if (!m)
		return "a frame that is none";
	items_forget(l);
	l->last = m;
	switch ((int)m->kind_case) {
	case BULKHEAD__LISTED__KIND_FOLDER:
		if (l->folder)
			bulkhead__listed__free_unpacked(l->folder, NULL);
		l->folder = m;
		return check_folder(m->folder);
	case BULKHEAD__LISTED__KIND_ENTRY:
		return l->folder ? check_entry(l, m->entry) : "an item in no folder";
	default:
		return "a frame of no kind";
	}
}

enum items_next items_next(struct items *l, struct items_at *to)
{
	*to = (struct items_at){ .entry = NULL };
	if (l->at == l->listed && l->pos == l->have)
		return ITEMS_END;
	to->breach = "a list that ends too soon";
	if (!items_need(l, FRAME_HEADER))
		return ITEMS_BREACH;
	size_t n = frame_length(l->buffer + l->pos);
	if (n == 0 || n > FRAME_MAX || !items_need(l, FRAME_HEADER + n))
		return ITEMS_BREACH;
	l->pos += FRAME_HEADER;
	to->breach = items_frame(l, n);
	if (to->breach)
		return ITEMS_BREACH;
	to->names = l->folder->folder->names;
	to->name_count = (unsigned)l->folder->folder->n_names;
	to->expected = l->folder->folder->expected;
	if (l->last == l->folder)
		return ITEMS_FOLDER;
	to->entry = l->last->entry;
	return ITEMS_ITEM;
}

char *items_way(const struct items_at *at)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	for (unsigned k = 0; f && k < at->name_count; k++)
		(void)fprintf(f, "%s%s", k > 0 ? "/" : "", at->names[k]);
	if (f && fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

json_t *items_flags(unsigned flags)
{
	json_t *names = json_array();

	for (unsigned bit = 0; formats_flag_names[bit]; bit++)
		if (flags & 1U << bit)
			(void)json_array_append_new(
			    names, json_string(formats_flag_names[bit]));
	return names;
}

void items_date(int64_t date, char to[ITEMS_DATE])
{
	time_t t = (time_t)date;
	struct tm tm;

	to[0] = '\0';
	if (date && gmtime_r(&t, &tm))
		(void)strftime(to, ITEMS_DATE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

uint64_t items_key(const Bulkhead__Entry *e)
{
	const Bulkhead__Place *p = e->place;
	const uint64_t parts[] = { e->unpacked, p->store, p->store_bytes, p->at,
		p->bytes };
	uint64_t h = FNV_BASIS;

	for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
		for (int bit = 0; bit < 64; bit += 8)
			h = (h ^ (parts[k] >> bit & 0xff)) * 0x100000001b3U;
	return h;
}

void items_keep(struct items_place *to, const struct items *l, const Bulkhead__Entry *e)
{
	to->key = items_key(e);
	to->bytes = e->bytes ? e->bytes : e->place->bytes;
	to->unpacked = e->unpacked;
	to->store = l->store + e->unpacked;
	bulkhead__place__init(&to->place);
	to->place.store = e->place->store + (e->unpacked ? l->listed : 0);
	to->place.store_bytes = e->place->store_bytes;
	to->place.at = e->place->at;
	to->place.bytes = e->place->bytes;
	(void)snprintf(to->format, sizeof to->format, "%s", e->place->format);
	to->place.format = to->format;
}

bool items_range(const struct items_place *i, uint64_t *offset, uint64_t *bytes)
{
	const bool own = i->place.bytes > 0;

	*offset = i->place.store + (own ? i->place.at : 0);
	*bytes = own ? i->place.bytes : i->place.store_bytes;
	return own || *i->format == '\0';
}

/* SPDX-License-Identifier: ISC */
/* ZIP (APPNOTE 6.3): by its directory; where that is missing, member after member. */
#include <string.h>

#include "base/cursor.h"
#include "base/when.h"
#include "format/archive/archive.h"
#include "message/notes.h"

enum {
	END = 22, /* bytes of the end of the directory, before its comment */
	END_FAR = 65536 + END,
	END64 = 56,
	LOCATOR = 20,
	DIRECTORY = 46,
	LOCAL = 30,
	STORED = 0,
	DEFLATED = 8,
	ENCRYPTED = 1, /* flag */
	LATER = 8,     /* flag: the sizes come behind the data */
	EXTRA_MOST = 1024,
};

struct zip_entry {
	char name[ARCHIVE_NAME];
	uint16_t flags, method, time, date;
	uint64_t packed, size, at; /* at: of its own head */
};

static bool has_mark(struct span in, uint64_t at, const char mark[2])
{
	uint8_t p[4] = { 0 };

	return span_read(in, at, p, 4) == 4 && p[0] == 'P' && p[1] == 'K' &&
	       p[2] == (uint8_t)mark[0] && p[3] == (uint8_t)mark[1];
}

/* Where the directory is, and how many entries it says it has. False: there is none. */
static bool zip_directory(struct span in, uint64_t *at, uint64_t *count)
{
	uint64_t from = in.len > END_FAR ? in.len - END_FAR : 0;
	uint8_t bytes[END64];

	if (in.len < END)
		return false;
	for (uint64_t end = in.len - END + 1; end-- > from;) {
		if (!has_mark(in, end, "\5\6"))
			continue;
		(void)span_read(in, end, bytes, END);
		struct cursor c = cur_over(bytes + 10, END - 10);
		*count = cur_u16le(&c);
		(void)cur_u32le(&c);
		*at = cur_u32le(&c);
		if (end >= LOCATOR && has_mark(in, end - LOCATOR, "\6\7")) {
			(void)span_read(in, end - LOCATOR, bytes, LOCATOR);
			c = cur_over(bytes + 8, 8);
			uint64_t far = cur_u64le(&c);
			if (has_mark(in, far, "\6\6") &&
			    span_read(in, far, bytes, END64) == END64) {
				c = cur_over(bytes + 32, 24);
				*count = cur_u64le(&c);
				(void)cur_u64le(&c);
				*at = cur_u64le(&c);
			}
		}
		return *count == 0 || has_mark(in, *at, "\1\2");
	}
	return false;
}

/* Sizes that did not fit (4.5.3). */
static void zip_extra(struct cursor c, struct zip_entry *e, bool directory)
{
	while (c.left >= 4) {
		uint16_t id = cur_u16le(&c), n = cur_u16le(&c);
		struct cursor field = cur_sub(&c, n);
		if (id != 1)
			continue;
		if (e->size == UINT32_MAX)
			e->size = cur_u64le(&field);
		if (e->packed == UINT32_MAX)
			e->packed = cur_u64le(&field);
		if (directory && e->at == UINT32_MAX)
			e->at = cur_u64le(&field);
	}
}

/* A head, of the directory or the member's own, with its name: where the next thing
 * begins; 0: it is none. */
static uint64_t zip_head(struct span in, uint64_t at, bool directory, struct zip_entry *e)
{
	const size_t size = directory ? DIRECTORY : LOCAL;
	uint8_t bytes[DIRECTORY], extra[EXTRA_MOST];

	if (!has_mark(in, at, directory ? "\1\2" : "\3\4") ||
	    span_read(in, at, bytes, size) != size)
		return 0;
	struct cursor c =
	    cur_over(bytes + (directory ? 8 : 6), size - (directory ? 8 : 6));
	e->flags = cur_u16le(&c);
	e->method = cur_u16le(&c);
	e->time = cur_u16le(&c);
	e->date = cur_u16le(&c);
	(void)cur_u32le(&c);
	e->packed = cur_u32le(&c);
	e->size = cur_u32le(&c);
	uint64_t name = cur_u16le(&c), more = cur_u16le(&c), comment = 0;
	e->at = at;
	if (directory) {
		comment = cur_u16le(&c);
		(void)cur_take(&c, 8);
		e->at = cur_u32le(&c);
	}
	size_t n = span_read(in, at + size, e->name,
	    name < sizeof e->name ? (size_t)name : sizeof e->name - 1);
	e->name[n] = '\0';
	n = span_read(
	    in, at + size + name, extra, more < EXTRA_MOST ? (size_t)more : EXTRA_MOST);
	zip_extra(cur_over(extra, n), e, directory);
	return at + size + name + more + comment;
}

static int64_t zip_date(const struct zip_entry *e)
{
	const uint16_t field[6] = { (uint16_t)(1980 + (e->date >> 9)), e->date >> 5 & 15,
		e->date & 31, (uint16_t)(e->time >> 11), e->time >> 5 & 63,
		(uint16_t)((e->time & 31) * 2) };
	struct when when = when_from_dtr(field);

	return when.valid ? when.unix_s : 0;
}

static bool zip_is_left_out(const struct zip_entry *e)
{
	size_t n = strlen(e->name);

	return n == 0 || e->name[n - 1] == '/' || strncmp(e->name, "__MACOSX/", 9) == 0;
}

/* One member, whose data begins here. used: how long it is. */
static void zip_member(struct convert *c, const struct store *s,
    const struct zip_entry *e, uint64_t data, uint64_t *used)
{
	struct archive_member m = { .path = e->name,
		.in = span_sub(s->in, data, e->packed),
		.at = data,
		.date = zip_date(e) };

	*used = e->packed;
	if (zip_is_left_out(e))
		return;
	if (e->flags & ENCRYPTED || (e->method != STORED && e->method != DEFLATED)) {
		archive_unreadable(
		    c, s, &m, (uint64_t)e->method << 1 | (e->flags & ENCRYPTED));
		return;
	}
	if (e->flags & LATER && e->packed == 0)
		m.in = span_sub(s->in, data, UINT64_MAX);
	if (e->method == STORED)
		archive_stored(c, s, &m);
	else if (!archive_inflated(c, s, &m, ARCHIVE_RAW, used))
		archive_unreadable(c, s, &m, (uint64_t)DEFLATED << 1);
	if (has_mark(s->in, data + *used, "\7\x08"))
		*used += 16; /* the sizes that come behind the data */
}

/* Where the data of a member of the directory begin; UINT64_MAX: nowhere. */
static uint64_t zip_data(struct span in, const struct zip_entry *e)
{
	struct zip_entry own;
	uint64_t data = zip_head(in, e->at, false, &own);

	return data ? data : UINT64_MAX;
}

/* One that the directory lists. left: bytes of the archive that none has had: where all
 * lie over one another, a few bytes would be thousands of files. */
static void zip_listed(
    struct convert *c, const struct store *s, const struct zip_entry *e, uint64_t *left)
{
	uint64_t data = zip_data(s->in, e), used;

	if (data == UINT64_MAX) {
		notes_add(&c->notes, NOTE_LOST, e->name, "ZIP",
		    "its data is not where the directory says");
	} else if (e->packed > *left && !zip_is_left_out(e)) {
		notes_add(&c->notes, NOTE_LOST, e->name, "ZIP",
		    "its data is that of other members, too: not unpacked");
		archive_unreadable(c, s,
		    &(struct archive_member){ .path = e->name, .date = zip_date(e) },
		    (uint64_t)DEFLATED << 1);
	} else {
		zip_member(c, s, e, data, &used);
		*left -= e->packed < *left ? e->packed : *left;
	}
}

static bool zip_is_document(const struct zip_entry *e)
{
	return strcmp(e->name, "[Content_Types].xml") == 0 ||
	       strcmp(e->name, "mimetype") == 0;
}

static bool zip_each(struct convert *c, const struct store *s)
{
	struct zip_entry e;
	uint64_t at = 0, count = 0, used, done = 0, left = s->in.len;

	if (!zip_directory(s->in, &at, &count)) {
		notes_add(&c->notes, NOTE_LOST, "archive", "ZIP",
		    "without a directory: what is there is read one after the other");
		for (at = 0; (at = zip_head(s->in, at, false, &e)) != 0; at += used)
			zip_member(c, s, &e, at, &used);
		return true;
	}
	for (uint64_t next; done < count && (next = zip_head(s->in, at, true, &e)) != 0;
	     at = next, done++) {
		if (done == 0 && zip_is_document(&e))
			return convert_refuse(c, "message", 0,
			    "a document of an office program, in a ZIP archive");
		zip_listed(c, s, &e, &left);
	}
	if (done < count)
		notes_add(&c->notes, NOTE_LOST, "archive", "ZIP",
		    "%llu members that its directory should list are not there",
		    (unsigned long long)(count - done));
	return true;
}

/* Only what cannot be read is asked for so: see archive_unreadable. */
static bool zip_pick(
    struct convert *c, struct span in, const struct store_place *at, struct picked *out)
{
	uint64_t method = at->at >> 1;

	(void)in;
	(void)out;
	if (at->at & ENCRYPTED)
		return convert_refuse(c, "message", 0, "encrypted in its archive");
	if (method == DEFLATED)
		return convert_refuse(
		    c, "message", 0, "damaged in its archive, or too long for its size");
	return convert_refuse(c, "message", 0,
	    "compressed in its archive by a method that is not read (%llu)",
	    (unsigned long long)method);
}

const struct format format_zip = {
	.row = &formats_rows[FORMATS_ZIP],
	.each = zip_each,
	.pick = zip_pick,
};

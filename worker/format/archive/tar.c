/* SPDX-License-Identifier: ISC */
/* tar: POSIX ustar and pax, and GNU's long names. */
#include <stdlib.h>
#include <string.h>

#include "format/archive/archive.h"
#include "message/notes.h"

enum {
	BLOCK = 512,
	NAME = 0,
	NAME_BYTES = 100,
	SIZE = 124,
	MTIME = 136,
	NUMBER_BYTES = 12,
	CHECKSUM = 148,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_BYTES = 155,
};

static enum probe tar_probe(struct span head)
{
	return head.len >= BLOCK && memcmp(head.mem + MAGIC, "ustar", 5) == 0 ? PROBE_YES
									      : PROBE_NO;
}

/* Octal, or in binary where the first bit says so. */
static uint64_t tar_number(const uint8_t *p)
{
	uint64_t n = 0;

	if (*p & 0x80) {
		for (int i = 4; i < NUMBER_BYTES; i++)
			n = n << 8 | p[i];
		return n;
	}
	for (int i = 0; i < NUMBER_BYTES && (p[i] == ' ' || (p[i] >= '0' && p[i] <= '7'));
	     i++)
		if (p[i] != ' ')
			n = n << 3 | (uint64_t)(p[i] - '0');
	return n;
}

static bool tar_sums_up(const uint8_t *head)
{
	uint64_t sum = 0;

	for (int i = 0; i < BLOCK; i++)
		sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : head[i];
	uint8_t field[NUMBER_BYTES] = { 0 };
	memcpy(field, head + CHECKSUM, 8);
	return tar_number(field) == sum;
}

static void tar_path(const uint8_t *head, char to[ARCHIVE_NAME])
{
	size_t n = 0;

	if (memcmp(head + MAGIC, "ustar\0", 6) == 0 && head[PREFIX]) {
		n = strnlen((const char *)head + PREFIX, PREFIX_BYTES);
		memcpy(to, head + PREFIX, n);
		to[n++] = '/';
	}
	size_t m = strnlen((const char *)head + NAME, NAME_BYTES);
	memcpy(to + n, head + NAME, m);
	to[n + m] = '\0';
}

/* "27 path=a/b.eml\n" among pax' records. */
static void tar_pax(struct span in, char to[ARCHIVE_NAME])
{
	char text[4 * ARCHIVE_NAME + 1];
	size_t n = span_read(in, 0, text, sizeof text - 1);
	const char *end = text + n;

	text[n] = '\0';
	for (const char *p = text; p < end;) {
		char *rest;
		unsigned long length = strtoul(p, &rest, 10);
		if (length < 3 || length > (size_t)(end - p) || *rest != ' ')
			return;
		if (strncmp(rest + 1, "path=", 5) == 0) {
			const char *value = rest + 6;
			size_t k =
			    value < p + length ? (size_t)(p + length - 1 - value) : 0;
			k = k < ARCHIVE_NAME - 1 ? k : ARCHIVE_NAME - 1;
			memcpy(to, value, k);
			to[k] = '\0';
		}
		p += length;
	}
}

static bool tar_each(struct convert *c, const struct store *s)
{
	char path[ARCHIVE_NAME] = "", next[ARCHIVE_NAME] = "";
	uint8_t head[BLOCK];

	for (uint64_t at = 0; span_read(s->in, at, head, BLOCK) == BLOCK;) {
		uint64_t size = tar_number(head + SIZE);
		if (head[0] == '\0') /* its end */
			break;
		if (!tar_sums_up(head)) {
			notes_add(&c->notes, NOTE_LOST, "archive", "tar",
			    "damaged at offset %llu: what follows is not read",
			    (unsigned long long)at);
			break;
		}
		at += BLOCK;
		struct span in = span_sub(s->in, at, size);
		if (in.len < size)
			notes_add(&c->notes, NOTE_LOST, "archive", "tar",
			    "ends %llu bytes before its last member does",
			    (unsigned long long)(size - in.len));
		if (head[TYPE] == 'L') {
			size_t n = span_read(in, 0, next, sizeof next - 1);
			next[n] = '\0';
		} else if (head[TYPE] == 'x') {
			tar_pax(in, next);
		} else if (head[TYPE] == '0' || head[TYPE] == '\0') {
			tar_path(head, path);
			archive_stored(c, s,
			    &(struct archive_member){ .path = *next ? next : path,
				.in = in,
				.at = at,
				.date = (int64_t)tar_number(head + MTIME) });
			next[0] = '\0';
		} else if (head[TYPE] != 'g') {
			next[0] = '\0';
		}
		if (size > s->in.len)
			break;
		at += (size + BLOCK - 1) / BLOCK * BLOCK;
	}
	return true;
}

const struct format format_tar = {
	.row = &formats_rows[FORMATS_TAR],
	.probe = tar_probe,
	.each = tar_each,
};

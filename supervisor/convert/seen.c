/* SPDX-License-Identifier: ISC */
#include "convert/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SEEN_SLOTS = 1024, /* at first */
	PIECE = 64 * 1024,
};

/* The file: this, then records with their texts behind them, in the machine's own order
 * of bytes. */
static const char magic[8] = "BkSeen1";

struct seen_record {
	uint8_t hash[SEEN_HASH];
	uint64_t owner, place;
	uint64_t bytes; /* of the text */
};

/* One in memory: the rest of its hash is in the file. */
struct seen_slot {
	uint64_t begin; /* of its hash */
	uint64_t at;    /* its record in the file; 0: the slot is free */
};

struct seen {
	int fd;
	bool dirty;
	uint64_t end; /* of the file */
	struct seen_slot *slots;
	size_t capacity, count; /* a power of two */
};

static size_t seen_find(
    const struct seen_slot *slots, size_t capacity, uint64_t begin, size_t from)
{
	size_t k = from;

	while (slots[k].at != 0 && slots[k].begin != begin)
		k = (k + 1) & (capacity - 1);
	return k;
}

static bool seen_grow(struct seen *s)
{
	size_t capacity = s->capacity ? 2 * s->capacity : SEEN_SLOTS;
	struct seen_slot *slots = calloc(capacity, sizeof *slots);

	if (!slots)
		return false;
	for (size_t k = 0; k < s->capacity; k++) {
		size_t to = (size_t)s->slots[k].begin & (capacity - 1);
		while (s->slots[k].at != 0 && slots[to].at != 0)
			to = (to + 1) & (capacity - 1);
		if (s->slots[k].at != 0)
			slots[to] = s->slots[k];
	}
	free(s->slots);
	s->slots = slots;
	s->capacity = capacity;
	return true;
}

static bool seen_put(struct seen *s, const uint8_t hash[SEEN_HASH], uint64_t at)
{
	uint64_t begin;

	if (s->count >= s->capacity / 4 * 3 && !seen_grow(s))
		return false;
	memcpy(&begin, hash, sizeof begin);
	size_t k = (size_t)begin & (s->capacity - 1);
	while (s->slots[k].at != 0)
		k = (k + 1) & (s->capacity - 1);
	s->slots[k] = (struct seen_slot){ begin, at };
	s->count++;
	return true;
}

/* What earlier runs put down; half a record at the end, of one that was killed, goes. */
static bool seen_read(struct seen *s)
{
	struct seen_record r;
	char head[sizeof magic];
	off_t all = lseek(s->fd, 0, SEEK_END);

	if (pread(s->fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
	    memcmp(head, magic, sizeof head) == 0)
		s->end = sizeof head;
	while (s->end > 0 &&
	       pread(s->fd, &r, sizeof r, (off_t)s->end) == (ssize_t)sizeof r &&
	       r.bytes <= SEEN_TEXT && r.bytes <= (uint64_t)all - s->end - sizeof r) {
		if (!seen_put(s, r.hash, s->end))
			return false;
		s->end += sizeof r + r.bytes;
	}
	if (ftruncate(s->fd, (off_t)s->end) == -1)
		return false;
	if (s->end > 0)
		return true;
	s->end = sizeof magic;
	s->dirty = true;
	return pwrite(s->fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic;
}

struct seen *seen_open(int folder, const char *name, bool forget)
{
	struct seen *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->fd = openat(folder, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (forget ? O_TRUNC : 0), 0666);
	if (s->fd != -1 && seen_grow(s) && seen_read(s))
		return s;
	int saved = errno;
	seen_close(s);
	errno = saved;
	return NULL;
}

void seen_close(struct seen *s)
{
	if (!s)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	free(s->slots);
	free(s);
}

void seen_hash_text(const char *text, uint8_t to[SEEN_HASH])
{
	struct sha256_ctx digest;

	sha256_init(&digest);
	sha256_update(&digest, strlen(text), (const uint8_t *)text);
	sha256_digest(&digest, SEEN_HASH, to);
}

bool seen_hash_file(int fd, uint64_t n, uint8_t to[SEEN_HASH])
{
	static uint8_t piece[PIECE];
	struct sha256_ctx digest;

	sha256_init(&digest);
	for (uint64_t at = 0; at < n;) {
		ssize_t k = pread(
		    fd, piece, n - at < PIECE ? (size_t)(n - at) : PIECE, (off_t)at);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0) {
			errno = k == 0 ? ENODATA : errno;
			return false;
		}
		sha256_update(&digest, (size_t)k, piece);
		at += (uint64_t)k;
	}
	sha256_digest(&digest, SEEN_HASH, to);
	return true;
}

/* The text of a record. */
static char *seen_text(const struct seen *s, uint64_t at, const struct seen_record *r)
{
	char *text = r->bytes <= SEEN_TEXT ? calloc(1, (size_t)r->bytes + 1) : NULL;

	if (text && pread(s->fd, text, (size_t)r->bytes, (off_t)(at + sizeof *r)) !=
			(ssize_t)r->bytes) {
		free(text);
		text = NULL;
	}
	return text;
}

static bool seen_append(
    struct seen *s, const uint8_t hash[SEEN_HASH], const struct seen_of *of)
{
	uint8_t whole[sizeof(struct seen_record) + SEEN_TEXT];
	struct seen_record r = { .owner = of->owner,
		.place = of->place,
		.bytes = strnlen(of->text, SEEN_TEXT) };
	const size_t n = sizeof r + (size_t)r.bytes;

	memcpy(r.hash, hash, SEEN_HASH);
	memcpy(whole, &r, sizeof r);
	memcpy(whole + sizeof r, of->text, (size_t)r.bytes);
	/* Half a record is written over by the next one. */
	if (pwrite(s->fd, whole, n, (off_t)s->end) != (ssize_t)n)
		return false;
	s->dirty = true;
	if (!seen_put(s, hash, s->end))
		return false;
	s->end += n;
	return true;
}

enum seen_found seen_ask(
    struct seen *s, const uint8_t hash[SEEN_HASH], const struct seen_of *of, char **equal)
{
	uint64_t begin;

	*equal = NULL;
	memcpy(&begin, hash, sizeof begin);
	size_t k = (size_t)begin & (s->capacity - 1);
	for (;; k = (k + 1) & (s->capacity - 1)) {
		struct seen_record r;
		k = seen_find(s->slots, s->capacity, begin, k);
		if (s->slots[k].at == 0)
			break;
		if (pread(s->fd, &r, sizeof r, (off_t)s->slots[k].at) !=
		    (ssize_t)sizeof r)
			return SEEN_FAILED;
		if (memcmp(r.hash, hash, SEEN_HASH) != 0)
			continue;
		if (r.place == of->place)
			return SEEN_NEW;
		*equal = seen_text(s, s->slots[k].at, &r);
		return *equal ? SEEN_EQUAL : SEEN_FAILED;
	}
	return seen_append(s, hash, of) ? SEEN_NEW : SEEN_FAILED;
}

int64_t seen_forget(struct seen *s, uint64_t owner)
{
	static const uint8_t nothing[SEEN_HASH];
	struct seen_record r;
	int64_t count = 0;

	for (uint64_t at = sizeof magic; at < s->end; at += sizeof r + r.bytes) {
		if (pread(s->fd, &r, sizeof r, (off_t)at) != (ssize_t)sizeof r)
			return -1;
		if (r.owner != owner || memcmp(r.hash, nothing, SEEN_HASH) == 0)
			continue;
		if (pwrite(s->fd, nothing, SEEN_HASH, (off_t)at) != SEEN_HASH)
			return -1;
		s->dirty = true;
		count++;
	}
	return count;
}

bool seen_sync(struct seen *s)
{
	if (s->dirty && fdatasync(s->fd) == -1)
		return false;
	s->dirty = false;
	return true;
}

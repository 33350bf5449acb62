/* SPDX-License-Identifier: ISC */
#include "base/span.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/wipe.h"

struct span span_sub(struct span s, uint64_t off, uint64_t n)
{
	if (off > s.len)
		off = s.len;
	if (n > s.len - off)
		n = s.len - off;
	if (s.mem)
		s.mem += off;
	else
		s.off += off;
	s.len = n;
	return s;
}

/* A usual mail is read whole by one call; what is read from one end to the other in
 * pieces of this size. Of a file that is read here and there, as a store is, a page at
 * each place is enough. */
enum {
	KEPT = 64 * 1024,
	SMALL = 16 * 1024,
	STEP = 512,
	PAGE = 4096,
	PAGES = 8,
	MORE = 4
};

/* The part of one file that was read last, and some pages of elsewhere. */
static struct {
	int fd;
	uint64_t size; /* of the file; where it has grown, that is not looked at */
	uint64_t off;
	size_t len, most; /* most: it ever was */
	unsigned oldest;  /* page */
	struct {
		uint64_t off;
		size_t len; /* 0: none */
	} page[PAGES];
	uint8_t bytes[KEPT];
	uint8_t pages[PAGES][PAGE];
} kept = { .fd = -1 };

void span_keep(int fd, uint64_t size)
{
	kept.fd = fd;
	kept.size = size;
	kept.off = kept.len = kept.oldest = 0;
	kept.most = 0;
	memset(kept.page, 0, sizeof kept.page);
}

/* The file may have shrunk since its length was taken: then this is short. */
static size_t read_file(int fd, uint64_t off, void *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t k = pread(fd, (char *)buf + got, n - got, (off_t)(off + got));
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

static size_t most_of_file(uint64_t off, size_t n)
{
	const uint64_t left = off < kept.size ? kept.size - off : 0;

	return left < n ? (size_t)left : n;
}

/* Copy from what is kept of the file from off on: how much, at most n. */
static size_t copy_kept(
    const uint8_t *bytes, uint64_t off, size_t len, uint64_t at, void *buf, size_t n)
{
	if (at < off || at - off >= len)
		return 0;
	const size_t from = (size_t)(at - off);
	if (n > len - from)
		n = len - from;
	memcpy(buf, bytes + from, n);
	return n;
}

/* The page with this byte: its number. */
static unsigned find_page(uint64_t at)
{
	const uint64_t off = at - at % PAGE;
	unsigned i = 0;

	while (i < PAGES && (kept.page[i].len == 0 || kept.page[i].off != off))
		i++;
	return i;
}

/* Read on from where one of those ends that were read before: whoever does so reads
 * more. */
static bool goes_on(uint64_t at)
{
	const uint64_t off = at - at % PAGE;

	if (kept.size <= KEPT)
		return true;
	if (kept.len > 0 && at >= kept.off + kept.len && at - kept.off - kept.len < PAGE)
		return true;
	return off >= PAGE && find_page(off - PAGE) < PAGES;
}

/* Read a page, or more of what is read on: each time more, up to all that there is room
 * for. */
static void read_more(uint64_t at)
{
	if (goes_on(at)) {
		const size_t before = kept.len > PAGE ? kept.len : PAGE;
		const size_t n =
		    kept.size <= KEPT || before > KEPT / MORE ? KEPT : before * MORE;
		kept.off = at - at % STEP;
		kept.len =
		    read_file(kept.fd, kept.off, kept.bytes, most_of_file(kept.off, n));
		kept.most = kept.len > kept.most ? kept.len : kept.most;
		wipe_later(kept.bytes, kept.most);
		return;
	}
	const unsigned i = kept.oldest++ % PAGES;
	wipe_later(kept.pages,
	    sizeof kept.pages[0] * (kept.oldest < PAGES ? kept.oldest : PAGES));
	kept.page[i].off = at - at % PAGE;
	kept.page[i].len = read_file(kept.fd, kept.page[i].off, kept.pages[i],
	    most_of_file(kept.page[i].off, PAGE));
}

/* Is it at hand? */
static bool is_kept(uint64_t at)
{
	return (at >= kept.off && at - kept.off < kept.len) || find_page(at) < PAGES;
}

/* A small piece of the kept file. */
static size_t read_kept(uint64_t off, void *buf, size_t n)
{
	size_t got = 0;
	bool more = true;

	while (got < n) {
		const uint64_t at = off + got;
		uint8_t *to = (uint8_t *)buf + got;
		size_t k = copy_kept(kept.bytes, kept.off, kept.len, at, to, n - got);
		const unsigned i = k == 0 ? find_page(at) : PAGES;
		if (i < PAGES)
			k = copy_kept(kept.pages[i], kept.page[i].off, kept.page[i].len,
			    at, to, n - got);
		if (k == 0 && !more)
			break;
		if (k == 0)
			read_more(at);
		more = k > 0;
		got += k;
	}
	return got;
}

size_t span_read(struct span s, uint64_t off, void *buf, size_t n)
{
	s = span_sub(s, off, n);
	if (s.mem) {
		if (s.len)
			memcpy(buf, s.mem, (size_t)s.len);
		return (size_t)s.len;
	}
	if (s.source)
		return s.source->read(s.source, s.off, buf, (size_t)s.len);
	if (s.len > 0 && s.len <= SMALL && s.fd == kept.fd)
		return read_kept(s.off, buf, (size_t)s.len);
	return read_file(s.fd, s.off, buf, (size_t)s.len);
}

size_t span_read_once(struct span s, uint64_t off, void *buf, size_t n)
{
	s = span_sub(s, off, n);
	if (s.mem || s.source || s.fd != kept.fd || s.len < PAGE || kept.size <= KEPT ||
	    is_kept(s.off))
		return span_read(s, 0, buf, (size_t)s.len);
	return read_file(s.fd, s.off, buf, (size_t)s.len);
}

bool span_is_below(struct span s, uint8_t most)
{
	uint8_t piece[512];
	uint64_t at = 0;
	size_t n;

	while ((n = span_read(s, at, piece, sizeof piece)) > 0) {
		for (size_t i = 0; i < n; i++)
			if (piece[i] > most)
				return false;
		at += n;
	}
	return true;
}

struct span span_load(struct arena *a, struct span s)
{
	if (s.mem)
		return s;
	uint8_t *p = arena_alloc(a, s.len > SIZE_MAX ? SIZE_MAX : (size_t)s.len);
	return span_over(p, span_read(s, 0, p, (size_t)s.len));
}

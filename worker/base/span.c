/* SPDX-License-Identifier: ISC */
#include "base/span.h"

#include <errno.h>
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

/* A usual mail is read whole by one call. */
enum { KEPT = 64 * 1024, SMALL = 16 * 1024, STEP = 512 };

/* The part of one file that was read last. */
static struct {
	int fd;
	uint64_t size; /* of the file; where it has grown, that is not looked at */
	uint64_t off;
	size_t len;
	uint8_t bytes[KEPT];
} kept = { .fd = -1 };

void span_keep(int fd, uint64_t size)
{
	kept.fd = fd;
	kept.size = size;
	kept.len = 0;
	wipe_later(kept.bytes, sizeof kept.bytes);
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

/* A small piece of the kept file. */
static size_t read_kept(uint64_t off, void *buf, size_t n)
{
	if (off < kept.off || off - kept.off > kept.len ||
	    n > kept.len - (size_t)(off - kept.off)) {
		kept.off = off - off % STEP;
		const uint64_t left = kept.off < kept.size ? kept.size - kept.off : 0;
		kept.len = read_file(kept.fd, kept.off, kept.bytes,
		    left < sizeof kept.bytes ? (size_t)left : sizeof kept.bytes);
	}
	const uint64_t at = off - kept.off;
	if (at >= kept.len)
		return 0;
	if (n > kept.len - (size_t)at)
		n = kept.len - (size_t)at;
	memcpy(buf, kept.bytes + at, n);
	return n;
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

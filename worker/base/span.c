/* SPDX-License-Identifier: ISC */
#include "base/span.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"

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
	/* The file may have shrunk since its length was taken: then this is short. */
	size_t got = 0;
	while (got < s.len) {
		ssize_t k = pread(
		    s.fd, (char *)buf + got, (size_t)s.len - got, (off_t)(s.off + got));
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		got += (size_t)k;
	}
	return got;
}

struct span span_load(struct arena *a, struct span s)
{
	if (s.mem)
		return s;
	uint8_t *p = arena_alloc(a, s.len > SIZE_MAX ? SIZE_MAX : (size_t)s.len);
	return span_over(p, span_read(s, 0, p, (size_t)s.len));
}

/* SPDX-License-Identifier: ISC */
#include "base/sink.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/giveup.h"
#include "base/limits.h"

enum {
	BUFFER = 64 * 1024, /* of a file; what is longer is written directly */
	MEMORY_FIRST = 1024,
	PROGRESS_STEP = 1024 * 1024,
	KERNEL_STEP = 4 * 1024 * 1024, /* the least that is worth it, and progress */
};

struct sink {
	struct arena *arena;
	int fd;       /* -1: memory */
	uint8_t *buf; /* memory: all of it; file: what is not written yet */
	size_t used, capacity;
	uint64_t length, bound; /* bound 0: as long as it likes */
	bool over;
	int scratch; /* the file that takes what is more than most bytes; -1: all stays in
			memory */
	uint64_t *end;  /* of the scratch file; NULL: another kind of sink */
	uint64_t start; /* of ours in it */
	size_t most;
};

struct sink *sink_file(struct arena *a, int fd)
{
	struct sink *s = arena_alloc(a, sizeof *s);
	*s = (struct sink){
		.arena = a,
		.fd = fd,
		.scratch = -1,
	};
	return s;
}

struct sink *sink_memory(struct arena *a)
{
	struct sink *s = arena_alloc(a, sizeof *s);
	*s = (struct sink){ .arena = a, .fd = -1, .scratch = -1 };
	return s;
}

struct sink *sink_scratch(struct arena *a, int fd, uint64_t *used)
{
	struct sink *s = sink_memory(a);

	s->scratch = fd;
	s->end = used;
	s->most = arena_used(a) > LIMIT_HELD ? BUFFER : LIMIT_LOAD;
	return s;
}

static void write_all(struct sink *s, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t k =
		    s->end ? pwrite(s->fd, p, n, (off_t)*s->end) : write(s->fd, p, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			giveup_output(k == -1 ? errno : EIO);
		if (s->end)
			*s->end += (uint64_t)k;
		p += k;
		n -= (size_t)k;
	}
}

static bool spilled;

bool sink_spilled(void)
{
	const bool was = spilled;

	spilled = false;
	return was;
}

/* From memory to the scratch file, for good. */
static void sink_spill(struct sink *s)
{
	spilled = true;
	s->fd = s->scratch;
	s->start = *s->end;
	sink_flush(s);
	if (s->capacity < BUFFER) {
		s->buf = arena_alloc(s->arena, BUFFER);
		s->capacity = BUFFER;
	}
}

/* Space for n more bytes in memory: doubling, so that growing stays linear. */
static void sink_grow(struct sink *s, size_t n)
{
	size_t capacity = s->capacity ? s->capacity : MEMORY_FIRST;

	if (n > SIZE_MAX / 4 || s->used > SIZE_MAX / 4)
		giveup_memory(n);
	while (capacity < s->used + n)
		capacity *= 2;
	uint8_t *to = arena_alloc(s->arena, capacity);
	if (s->used)
		memcpy(to, s->buf, s->used);
	s->buf = to;
	s->capacity = capacity;
}

void sink_write(struct sink *s, const void *p, size_t n)
{
	if (n == 0)
		return;
	s->over = s->over || (s->bound > 0 && n > s->bound - s->length);
	if (s->over)
		return;
	s->length += n;
	if (s->fd == -1 && s->scratch != -1 && (n > s->most || s->used > s->most - n))
		sink_spill(s);
	if (n > s->capacity - s->used) {
		/* The buffer of a file grows to its size: most messages are small, and
		 * what they use of it is cleared behind them. */
		if (s->fd == -1 || (s->capacity < BUFFER && n <= BUFFER - s->used))
			sink_grow(s, n);
		else
			sink_flush(s);
	}
	if (n > s->capacity) {
		write_all(s, p, n);
		return;
	}
	memcpy(s->buf + s->used, p, n);
	s->used += n;
}

void sink_bound(struct sink *s, uint64_t most)
{
	s->bound = most;
}

bool sink_is_over(const struct sink *s)
{
	return s->over;
}

void sink_text(struct sink *s, const char *text)
{
	sink_write(s, text, strlen(text));
}

void sink_printf(struct sink *s, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof line) {
		sink_write(s, line, (size_t)n);
	} else if (n > 0) {
		char *long_line = arena_alloc(s->arena, (size_t)n + 1);
		va_start(ap, fmt);
		(void)vsnprintf(long_line, (size_t)n + 1, fmt, ap);
		va_end(ap);
		sink_write(s, long_line, (size_t)n);
	}
}

/* From one file into another the kernel copies: no byte comes by here, and on some file
 * systems none is moved. Returns how many it took; where it does not want to, whoever
 * reads and writes the rest finds out why. */
static uint64_t sink_by_kernel(
    struct sink *s, struct span from, void (*progress)(void *), void *arg)
{
	uint64_t done = 0;
	off_t at = (off_t)from.off;

	if (from.mem || from.source || s->fd == -1 || s->end || s->over ||
	    (s->bound > 0 && from.len > s->bound - s->length))
		return 0;
	while (from.len - done >= KERNEL_STEP) {
		sink_flush(s);
		ssize_t n = copy_file_range(from.fd, &at, s->fd, NULL, KERNEL_STEP, 0);
		if (n <= 0)
			break;
		done += (uint64_t)n;
		s->length += (uint64_t)n;
		if (progress)
			progress(arg);
	}
	return done;
}

void sink_span(struct sink *s, struct span from, void (*progress)(void *), void *arg)
{
	uint8_t buf[8 * 1024];
	uint64_t off = sink_by_kernel(s, from, progress, arg), said = off;

	while (off < from.len) {
		size_t n = span_read(from, off, buf, sizeof buf);
		if (n == 0)
			break; /* the file has shrunk */
		sink_write(s, buf, n);
		off += n;
		if (progress && off - said >= PROGRESS_STEP) {
			progress(arg);
			said = off;
		}
	}
}

void sink_flush(struct sink *s)
{
	if (s->fd == -1)
		return;
	write_all(s, s->buf, s->used);
	s->used = 0;
}

uint64_t sink_length(const struct sink *s)
{
	return s->length;
}

struct span sink_bytes(struct sink *s)
{
	if (s->fd == -1)
		return span_over(s->buf, s->used);
	sink_flush(s);
	return span_file(s->fd, s->start, s->end ? *s->end - s->start : 0);
}

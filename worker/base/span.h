/* SPDX-License-Identifier: ISC */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * A range of bytes that lies in memory, in a file, or scattered over another span.
 * Passed by value; owns nothing. The message object's texts and attachments are spans,
 * so that what needs no decoding stays where it is, however large.
 *
 * In a file it is read with pread: the file may shrink under us (then reads are
 * short), but nothing faults.
 */
struct span {
	const uint8_t *mem;         /* NULL: in the source or the file */
	struct span_source *source; /* NULL: in the file */
	int fd;
	uint64_t off; /* in the source or the file; 0 in memory */
	uint64_t len;
};

/* How scattered bytes are read. This is the first member of the struct that knows the
 * pieces. */
struct span_source {
	/* Copy up to n bytes from off on into buf. Returns how many there were. */
	size_t (*read)(struct span_source *, uint64_t off, void *buf, size_t n);
};

static inline struct span span_over(const void *p, size_t n)
{
	return (struct span){ .mem = p ? p : (const uint8_t *)"", .fd = -1, .len = n };
}

static inline struct span span_file(int fd, uint64_t off, uint64_t len)
{
	return (struct span){ .fd = fd, .off = off, .len = len };
}

static inline struct span span_from(struct span_source *source, uint64_t len)
{
	return (struct span){ .source = source, .fd = -1, .len = len };
}

/* The n bytes from off on. What lies outside the span is cut off. */
struct span span_sub(struct span, uint64_t off, uint64_t n);

/* Copy up to n bytes from off on into buf. Returns how many there were. */
size_t span_read(struct span, uint64_t off, void *buf, size_t n);

/* The same where nothing is read twice, nor what lies beside it: no more is read than was
 * asked for. */
size_t span_read_once(struct span, uint64_t off, void *buf, size_t n);

/* Is no byte of it above this one? */
bool span_is_below(struct span, uint8_t most);

/*
 * Name the file that will be read in many small pieces while nobody writes it: parts of
 * it are kept in memory, so that not every piece needs a system call.
 */
void span_keep(int fd, uint64_t size);

/*
 * The whole span in memory: itself when it is there already, else a copy in the
 * arena. A file that turns out shorter gives a shorter span.
 */
struct span span_load(struct arena *, struct span);

#endif

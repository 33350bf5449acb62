/* SPDX-License-Identifier: ISC */
#include "base/wipe.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The part that is cleared of a worker's eight MiB of stack, in pieces. Deeper nesting is
 * rare, and the next such message overwrites what it left. It is zero below what was used
 * since the last time: below a piece that is zero nothing more is looked for, as no frame
 * is as large as a piece (-Wframe-larger-than in CMakeLists.txt). */
enum { STACK_PIECE = 24 * 1024, STACK_PIECES = 42 };

/* One for each place that has such a buffer; there are few. */
static struct {
	void *bytes;
	size_t size;
} buffers[24];

void wipe_later(void *buffer, size_t n)
{
	size_t i = 0;

	while (buffers[i].bytes && buffers[i].bytes != buffer)
		if (++i == sizeof buffers / sizeof buffers[0])
			abort(); /* make the list longer */
	buffers[i].bytes = buffer;
	if (n > buffers[i].size)
		buffers[i].size = n;
}

/* Piece by piece, each in a frame below the last one's: a frame of all of it would touch,
 * and so fill with memory, each page of a part that few messages use. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wframe-larger-than="
static __attribute__((noinline)) void wipe_stack(unsigned pieces)
{
	/* What is there: were it set to zero first, as others are, none were found. */
	__attribute__((uninitialized)) uint64_t piece[STACK_PIECE / sizeof(uint64_t)];
	uint64_t any = 0;

	__asm__ volatile("" : "=m"(piece));
	for (size_t i = 0; i < sizeof piece / sizeof *piece; i++)
		any |= piece[i];
	if (any == 0)
		return;
	explicit_bzero(piece, sizeof piece);
	if (pieces > 1)
		wipe_stack(pieces - 1);
	__asm__ volatile("" : : "m"(piece)); /* its frame stays: no jump to the next */
}
#pragma GCC diagnostic pop

void wipe_rest(void)
{
	for (size_t i = 0; i < sizeof buffers / sizeof buffers[0] && buffers[i].bytes;
	     i++) {
		explicit_bzero(buffers[i].bytes, buffers[i].size);
		buffers[i].bytes = NULL;
		buffers[i].size = 0;
	}
	wipe_stack(STACK_PIECES);
}

#ifndef BULKHEAD_SANITIZE /* their allocators fill freed memory themselves */

/* glibc's own, under their other names. */
extern void __libc_free(void *);
extern void *__libc_realloc(void *, size_t);

/* The C library's header names the parameters in its own, reserved words. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
enum { MAPPED = 128 * 1024 /* from here on pages are moved, or unmapped, as a whole */ };

void free(void *p)
{
	const int saved = errno;

	if (!p)
		return;
	size_t n = malloc_usable_size(p);
	if (n < MAPPED)
		explicit_bzero(p, n);
	__libc_free(p);
	errno = saved;
}

void *realloc(void *p, size_t n)
{
	size_t old = p ? malloc_usable_size(p) : 0;

	if (!p || n == 0 || old >= MAPPED)
		return __libc_realloc(p, n);
	if (n <= old) {
		explicit_bzero((char *)p + n, old - n);
		return p;
	}
	void *to = malloc(n);
	if (!to)
		return NULL;
	memcpy(to, p, old);
	free(p);
	return to;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

#endif

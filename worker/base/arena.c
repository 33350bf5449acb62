/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/giveup.h"

/*
 * Under AddressSanitizer what is not handed out is poisoned, with a gap behind
 * each allocation, so that an overrun inside a block is found as well.
 */
#ifdef BULKHEAD_SANITIZE
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
enum { GAP = 0 };
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
#endif

enum {
	ALIGN = _Alignof(max_align_t),
	/* So large that calloc takes pages which are zero and of which only those are
	   there that are written: a worker's first message needs few. 128 KiB are not
	   enough: a process's first heap has room for them, and calloc sets them to zero
	   one by one. */
	BLOCK_FIRST = 136 * 1024,
	BLOCK_MAX =
	    1024 * 1024, /* blocks double up to here; larger wishes get their own */
};

struct block {
	struct block *next; /* older */
	size_t size, used;  /* of bytes[] */
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *top; /* allocations come from here */
	struct block *first;
	size_t ceiling, used;
};

/* Blocks are zeroed when they are made; the first one again at each reset. */
static struct block *block_new(size_t size, size_t asked)
{
	struct block *b = calloc(1, sizeof *b + size);
	if (!b)
		giveup_memory(asked);
	b->size = size;
	HIDE(b->bytes, size);
	return b;
}

static void block_free(struct block *b)
{
	SHOW(b->bytes, b->size);
	explicit_bzero(b->bytes, b->used); /* the next message's worker is this one */
	free(b);
}

struct arena *arena_new(size_t ceiling)
{
	struct arena *a = calloc(1, sizeof *a);
	if (!a)
		giveup_memory(sizeof *a);
	a->ceiling = ceiling;
	a->top = a->first = block_new(BLOCK_FIRST, BLOCK_FIRST);
	return a;
}

static void free_blocks(struct arena *a, const struct block *keep)
{
	struct block *next;

	for (struct block *b = a->top; b; b = next) {
		next = b->next;
		if (b != keep)
			block_free(b);
	}
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	free_blocks(a, NULL);
	free(a);
}

/* What one message needed the next one probably needs, too: then it is there at once. */
static void grow_first(struct arena *a)
{
	size_t size = a->first->size;

	while (size < a->used && size < BLOCK_MAX)
		size *= 2;
	if (size > a->first->size) {
		free_blocks(a, NULL);
		a->top = a->first = block_new(size, size);
	}
}

void arena_reset(struct arena *a)
{
	grow_first(a);
	free_blocks(a, a->first);
	SHOW(a->first->bytes, a->first->used);
	memset(a->first->bytes, 0, a->first->used);
	HIDE(a->first->bytes, a->first->size);
	a->first->next = NULL;
	a->first->used = 0;
	a->top = a->first;
	a->used = 0;
}

/* A block that holds n bytes. */
static struct block *arena_block(struct arena *a, size_t n, size_t asked)
{
	struct block *top = a->top;

	if (n <= top->size - top->used)
		return top;
	size_t size = top->size < BLOCK_MAX ? top->size * 2 : BLOCK_MAX;
	if (n > size / 4) { /* a block of its own, below the one in use */
		struct block *b = block_new(n, asked);
		b->next = top->next;
		top->next = b;
		return b;
	}
	struct block *b = block_new(size, asked);
	b->next = top;
	a->top = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t asked = n;

	if (n > a->ceiling || n > SIZE_MAX / 2)
		giveup_memory(asked);
	n = (n + GAP + ALIGN - 1) / ALIGN * ALIGN;
	if (n == 0)
		n = ALIGN;
	if (n > a->ceiling - a->used)
		giveup_memory(asked);
	struct block *b = arena_block(a, n, asked);
	unsigned char *p = b->bytes + b->used;
	b->used += n;
	a->used += n;
	SHOW(p, asked);
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		giveup_memory(SIZE_MAX);
	return arena_alloc(a, count * size);
}

char *arena_copy(struct arena *a, const void *p, size_t n)
{
	char *to = arena_alloc(a, n < SIZE_MAX ? n + 1 : n);
	if (n)
		memcpy(to, p, n);
	return to;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	size_t size = n < 0 ? 1 : (size_t)n + 1;
	char *to = arena_alloc(a, size);
	if (n > 0) {
		va_start(ap, fmt);
		(void)vsnprintf(to, size, fmt, ap);
		va_end(ap);
	}
	return to;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

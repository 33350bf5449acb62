/* SPDX-License-Identifier: ISC */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory of one job. Nothing is freed singly; arena_reset ends the job and
 * gives all but the first block back.
 *
 * An allocation never fails to its caller: over the ceiling, or when the system
 * has no more, the worker ends by giveup_memory. What is handed out is zeroed and
 * aligned for any type. n of 0 gives a valid pointer.
 */
struct arena;

struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *); /* NULL is fine */
void arena_reset(struct arena *);

void *arena_alloc(struct arena *, size_t n) __attribute__((__malloc__, returns_nonnull));

/* count things of size bytes each; the product cannot wrap. */
void *arena_array(struct arena *, size_t count, size_t size)
    __attribute__((__malloc__, returns_nonnull));

/* A copy of n bytes with a NUL behind them. */
char *arena_copy(struct arena *, const void *p, size_t n)
    __attribute__((__malloc__, returns_nonnull));

/* printf into the arena. */
char *arena_printf(struct arena *, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3), returns_nonnull));

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *);

#endif

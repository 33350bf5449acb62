/* SPDX-License-Identifier: ISC */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;

/*
 * Where a conversion's bytes go: a file (buffered), memory in the arena, or memory that
 * becomes a piece of the scratch file once it is long.
 *
 * Writing never fails to its caller: when the descriptor takes no more (disk
 * full, over the size limit) the worker ends by giveup_output.
 */
struct sink;

struct sink *sink_file(struct arena *, int fd);
struct sink *sink_memory(struct arena *);

/*
 * Memory up to LIMIT_LOAD bytes (less in a job that holds much already), from there on
 * the end of the scratch file: *used bytes of it are taken, and *used moves along. fd
 * -1: always memory. Only one such sink may use the file's end at a time: it must be
 * complete before another one begins.
 */
struct sink *sink_scratch(struct arena *, int fd, uint64_t *used);

/* No more than so many bytes in all: what would be beyond them is dropped, with whatever
 * follows it, and sink_is_over says so. */
void sink_bound(struct sink *, uint64_t most);
bool sink_is_over(const struct sink *);

/* Was anything written to a scratch file since this was last asked? */
bool sink_spilled(void);

void sink_write(struct sink *, const void *p, size_t n);
void sink_text(struct sink *, const char *text);
void sink_printf(struct sink *, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));

/* Copy the span, through a small buffer or by the kernel from one file into another,
 * calling progress after some MiB (NULL: no calls). */
void sink_span(struct sink *, struct span, void (*progress)(void *arg), void *arg);

void sink_flush(struct sink *);

/* Bytes written so far. */
uint64_t sink_length(const struct sink *);

/* What was written to a memory or scratch sink so far; valid until the next write. */
struct span sink_bytes(struct sink *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef ZYGOTE_H
#define ZYGOTE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct config;
struct process_ends;

/*
 * A process of the worker's program that has opened what every worker opens first, the
 * converters of all charsets above all, and then makes copies of itself: a worker so
 * started costs a sixth of one started from its file. It sees no message, and is not
 * jailed; its copies are, before they see one.
 *
 * All copies have the memory layout of their zygote, which a copy that was taken over
 * could find out: so it is replaced after ZYGOTE_COPIES of them. It is only ever a
 * shortcut: whatever fails here, workers are started from their file.
 */
enum { ZYGOTE_COPIES = 100 };

struct zygote {
	pid_t pid;  /* 0: none */
	int socket; /* -1: none */
	bool ready;
	unsigned copies;
	uint64_t used;     /* when it was of use last, clock_ms() */
	unsigned failures; /* since it was of use */
};

#define ZYGOTE_NONE ((struct zygote){ .socket = -1 })

/* Start one; ready only later. Not soon after it has failed a few times. */
void zygote_start(struct zygote *, const struct config *, uint64_t now);

bool zygote_is_ready(struct zygote *);

/* Makes a worker with these ends, a child of ours; the zygote must be ready. 0: it
 * failed. Then these ends must not be used again: a worker may have been made all the
 * same, which ends when it finds its orders closed. */
pid_t zygote_copy(struct zygote *, const struct process_ends *, uint64_t now);

/* Kills it; it is still to be reaped, by zygote_reaped or by whoever waits for all
 * children. */
void zygote_end(struct zygote *);

/* False: that was not it. */
bool zygote_reaped(struct zygote *, pid_t);

#endif

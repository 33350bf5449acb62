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
 * Copies have the addresses of their zygote, as messages of one worker have: so it is
 * replaced after ZYGOTE_COPIES of them. It is only ever a shortcut: whatever fails here,
 * workers are started from their file.
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

/* Of one that is ready: a worker with these ends, as a child of ours. 0: it failed. These
 * ends must not be used again then: perhaps there is a worker that was not heard of. It
 * finds its orders closed, and goes. */
pid_t zygote_copy(struct zygote *, const struct process_ends *, uint64_t now);

/* It is to go; reaped by zygote_reaped or by whoever waits for all. */
void zygote_end(struct zygote *);

/* False: that was not it. */
bool zygote_reaped(struct zygote *, pid_t);

#endif

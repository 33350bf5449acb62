/* SPDX-License-Identifier: ISC */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How far a long command has come: one line on standard error, if that is a terminal,
 * written over itself. It is never wider than the terminal is at that moment. Whoever
 * writes something else there clears it first; the next one comes below that.
 */
struct progress {
	bool terminal, shown;
	uint64_t began_ms, told_ms;
};

struct progress_state {
	uint64_t done, failed;
	uint64_t skipped; /* of done: without work, so they tell nothing of the rate */
	uint64_t of;      /* 0: not known yet */
	const char *note; /* instead of the time that is left; NULL: none */
};

/* wanted: false to be silent even on a terminal. */
void progress_begin(struct progress *, bool wanted);
/* Is it time for another line, or was it cleared? For those without a timer. */
bool progress_due(const struct progress *);
void progress_tell(struct progress *, const struct progress_state *);
void progress_clear(struct progress *);

#endif

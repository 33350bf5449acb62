/* SPDX-License-Identifier: ISC */
#ifndef CHAOS_H
#define CHAOS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/convert.pb-c.h"

struct convert;

/*
 * What the chaos worker says on the answer pipe that an honest one never would:
 * chaos_frames.c has the table of wrong frames, each a field with a boundary value.
 */

/* Send the frame of this name, then wait for ever. */
void chaos_frame(struct convert *, const char *name);

/* Say one thing without end: progress, polite (as often as may be), syncing, notes,
 * items, or words on standard error. */
void chaos_flood(struct convert *, const char *kind);

/* Print the names of all wrong frames. Returns 0. */
int chaos_list_frames(void);

/* Any answer as a frame; any bytes as they are. */
void chaos_say(const Bulkhead__Answer *);
void chaos_raw(const void *, size_t n);

/* The job in hand, as the black box has it. */
uint64_t chaos_job(void);

_Noreturn void chaos_silence(void);

#endif

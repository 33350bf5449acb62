/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct timespec;

uint64_t clock_ms(void);     /* milliseconds, monotonic, never 0 */
int64_t clock_wall_ms(void); /* of the wall clock, since the epoch */

/* A time of a file, which may be any number: in ms since the epoch, the last one that
 * there is where it is beyond; and as a number that tells it from other times, no more.
 */
int64_t clock_stamp_ms(const struct timespec *);
int64_t clock_stamp(const struct timespec *);

/* How old a time of the wall clock is, in ms; negative: it is to come. */
int64_t clock_age_ms(const struct timespec *);
int64_t clock_between_ms(const struct timespec *from, const struct timespec *to);

uint64_t clock_us(void); /* microseconds, monotonic */

/* "2026-02-28T23:59:59.123Z" of ms since the epoch; "" where no calendar has it. */
enum { CLOCK_TEXT = 40 };
void clock_text(int64_t wall_ms, char to[CLOCK_TEXT]);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);     /* milliseconds, monotonic, never 0 */
int64_t clock_wall_ms(void); /* of the wall clock, since the epoch */

uint64_t clock_us(void); /* microseconds, monotonic */

#endif

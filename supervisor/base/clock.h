/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void); /* milliseconds, monotonic, never 0 */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef UNITS_H
#define UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers as people write them: 512MiB, 50ms, 10%, 0700. */
enum units {
	UNITS_COUNT,   /* 200 */
	UNITS_SIZE,    /* bytes: 64KiB, 4096 */
	UNITS_TIME,    /* milliseconds: 50ms, 1h; without a unit only 0 */
	UNITS_MODE,    /* octal: 0700 */
	UNITS_PERCENT, /* 10%; without the sign only 0 */
};

enum { UNITS_TEXT = 32 };

/* False when text is none of that kind, or does not fit 64 bits; *value is then as it
 * was. */
bool units_parse(enum units, const char *text, uint64_t *value)
    __attribute__((warn_unused_result));

/* As units_parse reads it back, in the largest unit that gives a whole number. */
void units_format(enum units, uint64_t value, char to[UNITS_TEXT]);

#endif

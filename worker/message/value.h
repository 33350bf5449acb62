/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_VALUE_H
#define MESSAGE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "message/message.h"

/*
 * Values out of the bytes that a container has for them (MS-OXCDATA 2.11.1): the same
 * for every format whose properties are typed.
 */

/* How many bytes a value of this type has; 0: it varies, or the type is unknown. */
unsigned value_size(uint16_t type);

/* Is it a type that the property streams of .msg files and stores may have? */
bool value_known(uint16_t type);

/* The floating-point number that these bits are: of 4 bytes (single), or of 8. */
double value_real(uint64_t bits, bool single);

/* A value of 1, 2, 4 or 8 bytes; bits is little-endian, what is above its size ignored.
 */
void value_fixed(uint16_t type, uint64_t bits, struct prop_value *);

/*
 * A value of any length: texts without the zeroes at their end, Unicode as UTF-8, 8-bit
 * ones as bytes until the code page is settled. A text longer than LIMIT_LOAD stays in
 * bytes where it lies when whole is set (a body), else it is cut and false returned.
 */
bool value_variable(
    struct arena *, uint16_t type, struct span bytes, bool whole, struct prop_value *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

/*
 * A worker serves one message after the other, and the next must find nothing of an
 * earlier one: what libraries free is overwritten as it is freed (free and realloc are
 * the worker's own, before the C library's), the arena clears its blocks, and these
 * clear what is left in static buffers and on the stack.
 */

/* Register a static buffer before it holds bytes of a message; wipe_rest clears the most
 * that was said since the last time. */
void wipe_later(void *buffer, size_t n);

/* Clear those buffers, and the part of the stack below the caller that decoders have
 * used. */
void wipe_rest(void);

#endif

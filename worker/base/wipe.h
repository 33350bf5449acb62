/* SPDX-License-Identifier: ISC */
#ifndef WIPE_H
#define WIPE_H

#include <stddef.h>

/*
 * A worker serves one message after the other, and nothing of one is to be had from the
 * next: what libraries free is overwritten as it is freed (free and realloc are the
 * worker's own, before the C library's), the arena clears its blocks, and these clear
 * what is left in static buffers and on the stack.
 */

/* A static buffer is about to hold bytes of a message: wipe_rest clears it. */
void wipe_later(void *buffer, size_t n);

/* Those buffers, and the part of the stack below the caller that decoders have used. */
void wipe_rest(void);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * An answer's frame on the pipe: its length in four bytes, least significant
 * first, then that many bytes of a packed Answer.
 *
 * A whole frame fits PIPE_BUF, so an honest worker's frame is one atomic write.
 * A length of 0 or above FRAME_MAX is a breach.
 */
enum { FRAME_HEADER = 4, FRAME_MAX = 4096 - FRAME_HEADER };

static inline size_t frame_length(const uint8_t head[FRAME_HEADER])
{
	return head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 |
	       (size_t)head[3] << 24;
}

static inline void frame_put_length(uint8_t head[FRAME_HEADER], size_t n)
{
	for (int i = 0; i < FRAME_HEADER; i++)
		head[i] = (uint8_t)(n >> 8 * i);
}

#endif

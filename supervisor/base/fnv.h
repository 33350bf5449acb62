/* SPDX-License-Identifier: ISC */
#ifndef FNV_H
#define FNV_H

#include <stdint.h>

/* FNV-1a of texts, one after the other: begin with FNV_BASIS. Whoever wants to can find
 * two texts of one hash. */
#define FNV_BASIS 0xcbf29ce484222325U

static inline uint64_t fnv_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	return hash;
}

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_LZFU_H
#define CODEC_LZFU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena;
struct sink;

/*
 * Compressed RTF, the value of PidTagRtfCompressed ([MS-OXRTFCP]): LZFu, and MELA, which
 * is stored. Only reads. The size in the header is not believed: the output is as long
 * as the input makes it, at most LIMIT_RTF. Memory does not grow with it: what was
 * compressed goes to the sink, what was only stored stays where it is.
 */
struct lzfu_result {
	struct span rtf; /* the sink's bytes, or some of the input's */
	bool stored;     /* MELA: was not compressed */
	bool bad_crc;    /* the checksum differs: part of the text may be wrong */
	bool bad_size;   /* the text is not as long as the header says */
	bool truncated;  /* the input ends before the end mark, or LIMIT_RTF was met */
};

/*
 * False when in has no header of compressed RTF. Everything else gives what could be
 * read, and the flags say what was wrong. to is a sink whose bytes can be read again,
 * with nothing in it.
 */
bool lzfu_decode(struct arena *, struct span in, struct sink *to, struct lzfu_result *out)
    __attribute__((warn_unused_result));

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_CHARS_H
#define CODEC_RTF_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum { RTF_RUN = 512 };

/*
 * Bytes in changing code pages and \u numbers, to UTF-8. A character of two bytes
 * may come in pieces: as \'hh and plain text, even with a change of font between.
 */
struct rtf_chars {
	struct arena *aside; /* for the moment of decoding: emptied each time */
	void (*put)(void *arg, const char *s, size_t n);
	void *arg;
	uint8_t run[RTF_RUN]; /* bytes not decoded yet, all in one code page */
	size_t used;
	unsigned codepage; /* of the run */
	bool half;         /* the run ends with the first byte of two */
	uint16_t high;     /* a high surrogate that waits for its low one */
	bool lossy;
};

void rtf_chars_bytes(struct rtf_chars *, unsigned codepage, const uint8_t *p, size_t n);

/* A character, or the half of one in UTF-16. */
void rtf_chars_unicode(struct rtf_chars *, uint32_t u);

/* Put out what waits. A soft one leaves half a character waiting for the other half. */
void rtf_chars_flush(struct rtf_chars *);
void rtf_chars_flush_soft(struct rtf_chars *);

#endif

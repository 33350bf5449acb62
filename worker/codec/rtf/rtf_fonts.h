/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_FONTS_H
#define CODEC_RTF_FONTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * The font table: which code page the bytes of a font are in, and the two fonts
 * whose bytes are no text but pictures of signs.
 */
enum rtf_face { RTF_FACE_TEXT, RTF_FACE_SYMBOL, RTF_FACE_WINGDINGS };

enum rtf_family {
	RTF_FAMILY_NONE,
	RTF_FAMILY_SERIF,
	RTF_FAMILY_SANS,
	RTF_FAMILY_MONO,
	RTF_FAMILY_SCRIPT,
	RTF_FAMILY_DECOR,
};

struct rtf_font {
	uint16_t codepage; /* 0: the document's */
	uint8_t face, family;
	const char *name; /* letters, digits, blanks; NULL: has others, or is long */
};

struct rtf_fonts {
	struct arena *arena;
	struct rtf_font *list;
	size_t capacity;
	uint16_t current; /* being described */
	char name[32];    /* of it, as far as it matters */
	size_t name_len;
	bool odd; /* the name does not fit, or not into HTML */
};

void rtf_fonts_begin(struct rtf_fonts *, int32_t number);
void rtf_fonts_charset(struct rtf_fonts *, int32_t charset);
void rtf_fonts_codepage(struct rtf_fonts *, int32_t codepage);
void rtf_fonts_family(struct rtf_fonts *, enum rtf_family);
void rtf_fonts_name(struct rtf_fonts *, const uint8_t *p, size_t n);

/* All zero when there is no such font. */
struct rtf_font rtf_fonts_get(const struct rtf_fonts *, uint16_t number);

/* The character that byte b is a picture of; 0: none that we know. */
uint32_t rtf_fonts_sign(enum rtf_face, uint8_t b);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_WORDS_H
#define CODEC_RTF_WORDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is known of RTF's control words, and of the numbers it has for character
 * sets. A word without a row is ignored, with \* before it its group is skipped.
 */
enum rtf_action {
	RTF_DO_CHAR,  /* a character: value */
	RTF_DO_DEST,  /* a destination: value; more: enum rtf_aside, else what is lost */
	RTF_DO_EVENT, /* the visitor's: value */
	/* A place in struct rtf_now: value. */
	RTF_DO_FLAG,   /* a byte becomes more, or 0 when the parameter is 0 */
	RTF_DO_SET,    /* a byte becomes more */
	RTF_DO_SHORT,  /* two bytes become the parameter, 0 when it is below that */
	RTF_DO_NUMBER, /* four bytes become the parameter */
	RTF_DO_SELF,   /* the walk's own: value is an enum rtf_self */
};

enum rtf_self {
	RTF_SELF_PLAIN,
	RTF_SELF_PARD,
	RTF_SELF_CODEPAGE, /* the document's: the parameter, or more when set */
	RTF_SELF_DEFAULT_FONT,
	RTF_SELF_FONT,
	RTF_SELF_FONT_CHARSET,
	RTF_SELF_FONT_CODEPAGE,
	RTF_SELF_FONT_FAMILY, /* more: enum rtf_family */
	RTF_SELF_UNICODE,
	RTF_SELF_COLOR,  /* more: the shift of this part in 0xrrggbb */
	RTF_SELF_BORDER, /* the lines of the border being described */
	RTF_SELF_PICT,   /* more: enum rtf_item_kind */
	RTF_SELF_LIST,   /* more: enum rtf_list_word */
	RTF_SELF_PN,     /* more: enum rtf_marker */
	RTF_SELF_PN_FROM,
};

struct rtf_word {
	const char *name;
	uint8_t action; /* enum rtf_action */
	uint16_t value, more;
};

/* NULL: not known. */
const struct rtf_word *rtf_words_find(const char *name, size_t n);

/* All of them, sorted by name. */
const struct rtf_word *rtf_words_list(size_t *count);

/* The code page of a \fcharset number; 0: the document's, RTF_SYMBOL_PAGE: no text. */
enum { RTF_SYMBOL_PAGE = 42 };
unsigned rtf_words_codepage(int32_t charset);

/* Is b the first of two bytes in this code page? */
int rtf_words_is_lead(unsigned codepage, uint8_t b);

#endif

#ifndef CODEC_RTF_WORDS_H
#define CODEC_RTF_WORDS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What is known of RTF's control words, and of the numbers it has for character
 * sets. A word without a row is ignored, with \* before it its group is skipped.
 */
enum rtf_action {
	RTF_DO_CHAR,   /* a character: value */
	RTF_DO_DEST,   /* a destination: value; more set: skipping it loses something */
	RTF_DO_EVENT,  /* the visitor's: value */
	RTF_DO_FLAG,   /* a byte of the state at value: set unless the parameter is 0 */
	RTF_DO_SET,    /* a byte of the state at value becomes more */
	RTF_DO_NUMBER, /* two bytes of the state at value become the parameter */
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
	RTF_SELF_UNICODE,
	RTF_SELF_COLOR, /* more: the shift of this part in 0xrrggbb */
};

struct rtf_word {
	const char *name;
	uint8_t action; /* enum rtf_action */
	uint16_t value, more;
};

/* NULL: not known. */
const struct rtf_word *rtf_words_find(const uint8_t *name, size_t n);

/* All of them, sorted by name. */
const struct rtf_word *rtf_words_list(size_t *count);

/* The code page of a \fcharset number; 0: the document's, RTF_SYMBOL_PAGE: no text. */
enum { RTF_SYMBOL_PAGE = 42 };
unsigned rtf_words_codepage(int32_t charset);

/* Is b the first of two bytes in this code page? */
int rtf_words_is_lead(unsigned codepage, uint8_t b);

#endif

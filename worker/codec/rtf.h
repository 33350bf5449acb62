#ifndef CODEC_RTF_H
#define CODEC_RTF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/*
 * RTF of a message body to HTML and plain text. Most such RTF carries the original
 * HTML or text inside (MS-OXRTFEX): that is taken out again. Genuine RTF, written
 * with an RTF editor, is converted to readable HTML and text.
 *
 * Bad input is never an error: groups left open, unknown words, bytes without
 * meaning and wild numbers give what can be read of them. Time is linear in n, the
 * output is at most RTF_GROWTH times n and a constant. Lines end in CRLF. A charset that
 * the encapsulated HTML declares in itself stays as it is: the caller's header
 * (utf-8) wins over it. Pictures and embedded objects are not taken out.
 */
enum rtf_kind {
	RTF_HTML, /* encapsulated HTML */
	RTF_TEXT, /* encapsulated plain text */
	RTF_GENUINE,
};

enum { RTF_GROWTH = 64 };

struct rtf_body {
	enum rtf_kind kind;
	struct text html; /* .s NULL for RTF_TEXT */
	struct text
	    text;   /* for RTF_HTML: derived from the RTF rendering beside the HTML */
	bool lossy; /* something of the RTF is not in the result */
	unsigned codepage; /* the document's, as declared; 1252 when it is not */
	unsigned pictures; /* placeholders in html and text, one for each picture */
};

/* False: not RTF at all, it does not begin with {\rtf. */
bool rtf_read(struct arena *, const void *rtf, size_t n, struct rtf_body *out)
    __attribute__((warn_unused_result));

#endif

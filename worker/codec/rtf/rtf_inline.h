/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_INLINE_H
#define CODEC_RTF_INLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/rtf/rtf_state.h"

struct rtf_walk;
struct sink;

/*
 * The inside of a paragraph in HTML: text, the elements that shape it, links. What both
 * this text and the one before need stays open.
 */
struct rtf_inline {
	struct sink *out;
	struct rtf_walk *walk;
	struct rtf_looks looks; /* as in the open elements */
	struct rtf_link *link;
	uint16_t font;   /* the document's: no element for that */
	bool blank;      /* the paragraph ends in a space, or has nothing yet */
	uint64_t budget; /* bytes of addresses that may still be written again */
};

/* What is open is that of a paragraph without text. */
void rtf_inline_begin(struct rtf_inline *);
void rtf_inline_text(
    struct rtf_inline *, const struct rtf_state *, const char *s, size_t n);
void rtf_inline_end(struct rtf_inline *);

/* An attribute's value. */
void rtf_inline_value(struct rtf_inline *, const char *s, size_t n);

/* "font-family" of a font by name or family; nothing when neither is known. */
struct rtf_font;
void rtf_inline_family(struct sink *, const struct rtf_font *);

#endif

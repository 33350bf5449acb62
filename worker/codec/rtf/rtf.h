/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_H
#define CODEC_RTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "codec/rtf/rtf_items.h"

struct arena;
struct sink;

/*
 * RTF of a message body to HTML and plain text. Most such RTF carries the original
 * HTML or text inside (MS-OXRTFEX): that is taken out again. Genuine RTF, written
 * with an RTF editor, is converted to readable HTML and text, in which pictures are
 * referred to by addresses that the caller chooses.
 *
 * Bad input is never an error: groups left open, unknown words, bytes without
 * meaning and wild numbers give what can be read of them. Time is linear in the
 * length, the output is at most RTF_GROWTH times that and a constant, and memory does
 * not grow with it. Lines end in CRLF. A charset that the encapsulated HTML declares in
 * itself stays as it is: the caller's header (utf-8) wins over it.
 */
enum rtf_kind {
	RTF_HTML, /* encapsulated HTML */
	RTF_TEXT, /* encapsulated plain text */
	RTF_GENUINE,
};

enum { RTF_GROWTH = 96 };

/* What of the RTF is not in the result. To add one: a bit, and its words in rtf.c. */
enum rtf_lost {
	RTF_LOST_CHARACTERS = 1 << 0,
	RTF_LOST_PICTURES = 1 << 1,
	RTF_LOST_OBJECTS = 1 << 2,
	RTF_LOST_HIDDEN = 1 << 3,
	RTF_LOST_LINKS = 1 << 4,
	RTF_LOST_ASIDES = 1 << 5,
	RTF_LOST_DRAWINGS = 1 << 6,
	RTF_LOST_FORMULAS = 1 << 7,
	RTF_LOST_DEPTH = 1 << 8,
	RTF_LOST_TABLES = 1 << 9,
	RTF_LOST_LISTS = 1 << 10,
	RTF_LOST_BEHIND = 1 << 11,
	RTF_LOST_REST = 1 << 12, /* it would be longer than is wanted */
};

struct rtf_want {
	/* Two sinks with nothing in them, whose bytes can be read again. All of the HTML
	   is written before the first byte of the text. */
	struct sink *html, *text;
	/* Of each so many bytes, and little more: there it ends; 0: however many. */
	uint64_t most;
	/* The address of picture N is url, N, url_end. NULL: "[picture N]" in its place.
	 */
	const char *url, *url_end;
	/* The addresses of what stands where \objattph says, in that order; NULL among
	   them: it is not shown. */
	const char *const *places;
	unsigned place_count;
	/* A sign of life, called often where the RTF is long; NULL: no calls. */
	void (*progress)(void *arg);
	void *arg;
};

struct rtf_body {
	enum rtf_kind kind;
	struct span html;  /* .len 0 for RTF_TEXT */
	struct span text;  /* for RTF_HTML: from the RTF rendering beside the HTML */
	unsigned codepage; /* the document's, as declared; 1252 when it is not */
	unsigned lost;     /* set of enum rtf_lost; 0: all is there */
	/* Of genuine RTF: the pictures that the HTML refers to, and embedded objects. */
	const struct rtf_item *items;
	unsigned item_count;
	unsigned places; /* so many of the places were met */
};

/* False: not RTF at all, it does not begin with {\rtf. */
bool rtf_read(struct arena *, struct span rtf, const struct rtf_want *,
    struct rtf_body *out) __attribute__((warn_unused_result));

/* What was lost, in words for people: "hidden text, a drawing". */
const char *rtf_lost_words(struct arena *, unsigned lost);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_BODY_H
#define MIME_BODY_H

#include "base/span.h"

struct message;
struct out;
struct rtf_item;

/*
 * The bodies of a message object (MS-OXCMAIL 2.1.3.3).
 *
 * Plain text is written in UTF-8; HTML as it is, in its own character set. Where
 * there is no HTML, RTF gives it: the one it encapsulates (MS-OXRTFEX), or a
 * rendering. Without PidTagBody the plain text comes from the RTF, else from the HTML.
 * RTF that has more than could be taken from it is attached as message.rtf.
 *
 * A body may lie in memory, in the input or in the scratch file; .len 0: there is none.
 */
struct body {
	struct span plain; /* in UTF-8 */
	struct span html;
	const char *html_charset; /* MIME name of its charset */
	struct span rtf;          /* decompressed, to be attached */
	const char *rtf_note;     /* what became of it, for people; NULL: all is there */
	const struct rtf_item *items; /* pictures and objects in that RTF */
	unsigned item_count;
	const char *items_id; /* their Content-IDs: "picture-1" and this */
};

struct body body_of(struct out *, const struct message *, const char *part);

#endif

#ifndef MIME_BODY_H
#define MIME_BODY_H

#include "base/text.h"
#include "format/mime/out.h"

struct message;

/*
 * The bodies of a message object (MS-OXCMAIL 2.1.3.3).
 *
 * Plain text is written in UTF-8; HTML as it is, in its own character set; RTF is
 * not taken apart: where it holds more than the plain text, and there is no HTML,
 * it is attached as message.rtf with a note.
 */
struct body {
	struct text plain;        /* .s NULL: none */
	struct span html;         /* in memory; .len 0: none */
	const char *html_charset; /* MIME name of its charset */
	struct span rtf;          /* decompressed; .len 0: none */
	bool rtf_is_text; /* it only wraps the plain text (MS-OXRTFEX 2.1.3.1.2) */
};

struct body body_of(struct out *, const struct message *, const char *part);

/* Does the HTML refer to "cid:" and this id, or to this location? */
bool body_refers(const struct body *, struct text id, bool is_cid);

#endif

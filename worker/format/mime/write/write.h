/* SPDX-License-Identifier: ISC */
#ifndef MIME_WRITE_H
#define MIME_WRITE_H

#include "format/mime/write/out.h"

struct message;

/*
 * A message object as MIME (MS-OXCMAIL 2.1.3); S/MIME by smime.h.
 *
 * The tree, where a level is left out when it would hold one part only:
 *   multipart/mixed
 *     multipart/alternative
 *       text/plain
 *       multipart/related
 *         text/html
 *         what the HTML refers to by Content-ID or Content-Location
 *     attachments; embedded messages as message/rfc822
 *     message.rtf, where RTF has more than the HTML made of it
 *     the original, where its class, or that of a message in it, is not a
 *       mail's, it was damaged, or
 *       nothing else came out
 */
struct write_want {
	/* In a host: what it shows already is not repeated. Plain text in the host
	   leaves our plain text out, HTML leaves all our bodies out. */
	bool host_plain, host_html;
	bool nested;          /* always a multipart, however little it holds */
	bool damaged;         /* reading it lost something: the original is attached */
	bool kept;            /* the original is attached to the message around it */
	struct span original; /* the container's bytes; .len 0: not known */
	const char *part;     /* for notes */
};

/* The whole message: header and body. */
void write_message(struct out *, const struct message *, const struct write_want *);

/* Content header fields, blank line, body. The last line has its line ending, but the
 * end boundary of a nested one has not. */
void write_entity(struct out *, const struct message *, const struct write_want *);

/* format.write */
bool write_mime(struct convert *, const struct message *);

#endif

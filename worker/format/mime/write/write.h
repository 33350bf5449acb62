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
	/* What the mail around it shows to its reader: of the bodies only what says or
	   looks more is written. NULL: nothing. */
	const struct shown *shown;
	bool headed;          /* its own header is written, not another mail's */
	bool nested;          /* always a multipart, however little it holds */
	bool damaged;         /* reading it lost something: the original is attached */
	bool kept;            /* the original is attached to the message around it */
	struct span original; /* the container's bytes; .len 0: not known */
	struct span entity;   /* the part that it came in, header and all, which is passed
				 on where it is more than a mail; .len 0: the original */
	const char *part;     /* for notes */
};

/* The whole message: header and body. */
void write_message(struct out *, const struct message *, const struct write_want *);

/*
 * What goes where, settled before the first byte is written, with its notes. In the
 * arena; *want may go.
 */
struct write_plan *write_plan(
    struct out *, const struct message *, const struct write_want *want);

/* Is there a body or a file in it? The original alone is no gain. */
bool write_gains(const struct write_plan *);
bool write_has_files(const struct write_plan *); /* something else than bodies */
bool write_is_mail(const struct write_plan *);   /* and nothing more than that */

/* Does the mail around it say all that its bodies say? */
bool write_is_said(const struct write_plan *);

/* Will it be written as HTML that says all that is shown? */
bool write_says_all(struct out *, const struct write_plan *);

/* The transfer encoding of all that it stands in: "8bit" or "binary" for what was
 * signed so; NULL: 7bit will do. */
const char *write_needs(const struct write_plan *);

/* Content header fields, blank line, body. The last line has its line ending, but the
 * end boundary of a nested one has not. */
void write_planned(struct out *, struct write_plan *);

/* Nothing of it is written, because the mail around it shows it all: the notes alone.
 * False: it does not, which is a fault of ours and told; the part has to stay. */
bool write_omitted(struct out *, struct write_plan *);

/* format.write */
bool write_mime(struct convert *, const struct message *);

#endif

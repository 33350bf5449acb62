/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_ATTACHED_H
#define MESSAGE_ATTACHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct arena;
struct attachment;
struct body;
struct message;
struct notes;
struct props;

/* What an attachment is called, what it is, and where it lies: one answer for all
 * writers. */

/*
 * A name for people: the long one, else the short, the transport's, the title. The
 * last part of a path, of one line, at most 240 bytes; a message's is its title first,
 * and ends in ".eml". "attachment-3.png" when there is none. It is still the sender's
 * claim: who makes a file of it sees to what file systems forbid.
 */
struct text attached_name(struct arena *, const struct attachment *);

/* The last part of a path, of at most 240 bytes: the beginning and the extension of a
 * longer one; .len 0: nothing that is a name. */
struct text attached_base_name(struct arena *, struct text);

/* Its media type: what PidTagAttachMimeTag says where that can be the type of a file
 * (RFC 2045 5.1; never multipart or message), else what the name's extension announces.
 */
const char *attached_type(struct arena *, const struct attachment *);

/* Any text as a content id without angle brackets, what cannot stand in one as %XX;
 * .len 0: none or not usable. */
struct text attached_id(struct arena *, struct text);

/* PidTagAttachContentId's or the body's. */
struct text attached_content_id(struct arena *, const struct props *, uint16_t id);

/* Where it lies, when only a reference is here ([MS-OXCMSG] 2.2.2.9); .len 0: it is
 * here, or nobody knows. */
struct text attached_reference(struct arena *, const struct attachment *);

/*
 * The place of each attachment. An attachment is within the HTML when the HTML names it
 * (refs.h), when RTF shows it at a place of its own (body_place.h), or when its sender
 * says so by PidTagAttachmentHidden or PidTagAttachFlags. All others lie beside the
 * bodies.
 */
struct attached_view {
	bool shown;     /* within the HTML */
	bool pictured;  /* beside the bodies, and its rendering is within the HTML */
	struct text id; /* the Content-ID by which the HTML shows it or its rendering;
			   .len 0: by Content-Location, or not */
};

/* One for each attachment, in the arena. */
const struct attached_view *attached_shown(
    struct arena *, const struct message *, const struct body *);

/* A note where what is here is not the file itself. */
void attached_note(
    struct arena *, struct notes *, const struct attachment *, const char *part);

#endif

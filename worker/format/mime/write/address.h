/* SPDX-License-Identifier: ISC */
#ifndef MIME_ADDRESS_H
#define MIME_ADDRESS_H

#include "format/mime/write/out.h"
#include "message/person.h"
#include "message/tags.h"

struct message;

/*
 * Mail addresses from properties (MS-OXCMAIL 2.1.3.1). One without an internet
 * address (X500, FAX, ...) is written as an encapsulated one under the top-level
 * name "invalid" (RFC 2606), which can neither be replied to by mistake nor lost,
 * with a note.
 */

/* "Name <a@b>" in the arena, NULL when nothing is known of the person. */
const char *address_text(struct out *, const struct person *, const char *part);

/* The recipients of one kind, comma-separated; NULL: none. */
const char *address_list(struct out *, const struct message *, enum recipient_type);

/* PidTagReplyRecipientEntries (MS-OXCDATA 2.2.5.1 one-off entries); NULL: none. */
const char *address_reply_to(struct out *, const struct message *);

#endif

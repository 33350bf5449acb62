/* SPDX-License-Identifier: ISC */
#ifndef MIME_ADDRESS_H
#define MIME_ADDRESS_H

#include "format/mime/syntax/header_table.h"
#include "format/mime/write/out.h"

struct message;
struct props;

/*
 * Mail addresses from properties (MS-OXCMAIL 2.1.3.1). One without an internet
 * address (X500, FAX, ...) is written as an encapsulated one under the top-level
 * name "invalid" (RFC 2606), which can neither be replied to by mistake nor lost,
 * with a note.
 */

/* "Name <a@b>" in the arena, NULL when the properties hold no address. */
const char *address_from(
    struct out *, const struct props *, const struct address_ids *, const char *part);

/* The recipients of one kind (1 To, 2 Cc, 3 Bcc), comma-separated; NULL: none. */
const char *address_list(struct out *, const struct message *, int64_t kind);

/* PidTagReplyRecipientEntries (MS-OXCDATA 2.2.5.1 one-off entries); NULL: none. */
const char *address_reply_to(struct out *, const struct message *);

#endif

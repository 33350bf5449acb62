/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_TNEF_H
#define MIME_READ_TNEF_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"

struct entity;
struct reading;

/*
 * A part that is TNEF. The first one that is not another mail's becomes part of the
 * message (MS-OXCMAIL 2.2.3): the mail's own header fields win, the attachments stand in
 * the place of the part. Its body is the message's where the mail shows nothing; where
 * the mail says the same in plain text, what is richer is taken; else its text stands
 * below what is shown. One that lost something on its way is attached as well, and any
 * other is an embedded message.
 *
 * False: it cannot be read, and is to be attached.
 */
bool read_tnef(struct reading *, const struct entity *);

/* The same of a file that lies within a part, such as one in uuencode. */
bool read_tnef_file(
    struct reading *, const struct entity *, struct text name, struct span data);

#endif

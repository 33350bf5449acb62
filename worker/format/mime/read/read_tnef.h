/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_TNEF_H
#define MIME_READ_TNEF_H

#include <stdbool.h>

struct entity;
struct reading;

/*
 * A part that is TNEF. The first one that is not another mail's becomes part of the
 * message (MS-OXCMAIL 2.2.3): the mail's own header fields win, its body wins unless
 * that of the TNEF is richer, the attachments stand in the place of the part. One that
 * lost something on its way is attached as well, and any other is an embedded message.
 *
 * False: it cannot be read, and is to be attached.
 */
bool read_tnef(struct reading *, const struct entity *);

#endif

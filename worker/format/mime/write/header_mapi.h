/* SPDX-License-Identifier: ISC */
#ifndef MIME_HEADER_MAPI_H
#define MIME_HEADER_MAPI_H

#include <stddef.h>

#include "format/mime/write/out.h"

struct message;

/*
 * What Outlook knows of a mail and no standard has a field for: a class of somebody's
 * own, voting buttons and the vote, the follow-up flag, reactions. Each goes into a field
 * whose name begins with X-MAPI-, and none into more than one.
 */
enum { HEADER_MAPI_FIELDS = 8 };

/* Write those that the message has; their names into written, and how many. */
size_t header_mapi(
    struct out *, const struct message *, const char *written[HEADER_MAPI_FIELDS]);

/* A class that no structure of a mail says: not a plain mail's, an item's or a report's.
 */
bool header_mapi_has_class(const struct message *);

/* The texts of the voting buttons ([MS-OXOMSG] 2.2.1.74), ";" between; .len 0: none. */
struct text header_mapi_votes(struct arena *, const struct message *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_ITEMS_H
#define MIME_ITEMS_H

#include <stdbool.h>

struct body;
struct out;

/*
 * What genuine RTF holds beside its text, as parts of their own: pictures within the
 * HTML, by Content-ID, and embedded objects as attachments. One at a time is decoded.
 */

/* The end of the Content-IDs of pictures in the next body, unique in the mail. */
const char *items_pictures_id(const struct out *);

/* The first ones for which there is room in the message are kept, the others go. False:
 * some went; a note says from which one on. */
bool items_fit(struct out *, struct body *, const char *part);

/* Each with its delimiter before it. */
void items_write_pictures(struct out *, const struct body *, const char *boundary);
void items_write_objects(
    struct out *, const struct body *, const char *boundary, const char *part);

#endif

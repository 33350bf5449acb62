/* SPDX-License-Identifier: ISC */
#ifndef MIME_ATTACH_H
#define MIME_ATTACH_H

#include <stdint.h>

#include "base/text.h"
#include "format/mime/write/out.h"

struct arena;
struct attachment;
struct props;

/*
 * An attachment as a MIME part (MS-OXCMAIL 2.1.3.4): header fields, blank line,
 * base64; a Macintosh file in two parts, a mere reference as message/external-body. An
 * embedded message is written by write.c, which asks here for its name.
 */

/*
 * A name for people: the long one, else the short, the transport's, the title. The
 * last part of a path, without control characters; "attachment-3.png" when there
 * is none.
 */
struct text attach_name(struct out *, const struct attachment *);

/* The last part of a path, of at most 240 bytes; .len 0: nothing that is a name. */
struct text attach_base_name(struct arena *, struct text);

/* A content id without angle brackets, PidTagAttachContentId's or the body's; .len 0:
 * none or not usable. */
struct text attach_content_id(struct out *, const struct props *, uint16_t id);

void attach_write(
    struct out *, const struct attachment *, const char *part, bool in_line);

/* A part of our own making: the bytes under this type and name. */
void attach_bytes(struct out *, struct span, const char *type, const char *name);

/* A note where what is written is not the file itself. */
void attach_note(struct out *, const struct attachment *, const char *part);

#endif

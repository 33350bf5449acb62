/* SPDX-License-Identifier: ISC */
#ifndef MIME_OLE_H
#define MIME_OLE_H

#include <stdbool.h>

#include "base/text.h"

struct attachment;
struct out;

/*
 * What stands beside an attachment that is an OLE object, or one that Outlook could not
 * name: the file inside of it, out of a package of OLE 1 ([MS-OLEDS] 2.2.5) or out of a
 * compound file's streams "\1Ole10Native", "CONTENTS" or "Package"; and the picture that
 * shows it (attAttachMetaFile). Each a part of its own with its delimiter before it. The
 * compound file itself is passed on, too. pictured: the picture stands elsewhere.
 */
void ole_write_beside(struct out *, const struct attachment *, const char *boundary,
    const char *part, bool pictured);

/* That picture alone: within HTML that shows it by this Content-ID, else, with .len 0, as
 * an attachment. */
void ole_write_picture(
    struct out *, const struct attachment *, const char *part, struct text id);

/* Does what stands beside it hold all of it: its picture where there is nothing else, the
 * file out of OLE 1's frame? Then it is not written itself. ole_is_rendering: there is
 * nothing else than the picture. */
bool ole_is_replaced(struct out *, const struct attachment *);
bool ole_is_rendering(const struct attachment *);

#endif

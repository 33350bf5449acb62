/* SPDX-License-Identifier: ISC */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "base/text.h"
#include "format/format.h"

struct sink;

/*
 * What people and programs take a message object out by: text to read, JSON with
 * everything in it, and its attachments as files. Targets only.
 */
extern const struct format format_text, format_json, format_json_files,
    format_attachments;

/* Every piece of a text of any length, of whole characters where it is UTF-8. */
void export_pieces(struct convert *, struct span utf8,
    void (*put)(void *arg, const char *p, size_t n), void *arg);

/* What the notes call attachment number of the message that they call outer. */
const char *export_part(struct arena *, const char *outer, uint32_t number);

/* Tell that what was written since offset from is a result of its own. */
void export_item(struct convert *, const char *kind, const char *name, uint64_t from);

/* Base64 in one line. */
void export_base64(struct sink *, struct span);

#endif

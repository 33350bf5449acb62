/* SPDX-License-Identifier: ISC */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include "base/text.h"
#include "format/format.h"

struct attachment;
struct message;
struct prop;
struct prop_value;
struct sink;

/*
 * What people and programs take a message object out by: text to read, JSON with
 * everything in it, and its attachments as files. Targets only.
 */
extern const struct format format_text, format_json, format_json_files,
    format_attachments;

/* The bodies as UTF-8; .s NULL: there is none. What only RTF holds is taken out of it. */
struct export_bodies {
	struct text plain, html;
};
struct export_bodies export_bodies(struct convert *, const struct message *);

/* The value of a text property, also one that was too long to load. */
struct text export_text(
    struct arena *, unsigned codepage, const struct prop *, const struct prop_value *);

/* PidTagSubject, or prefix and normalized subject. */
struct text export_subject(struct arena *, const struct message *);

/* What the attachment claims to be called: hostile. "attachment-3.png" when nothing. */
const char *export_name(struct arena *, const struct attachment *);

/* Tell that what was written since offset from is a result of its own. */
void export_item(struct convert *, const char *kind, const char *name, uint64_t from);

/* Base64 in one line. */
void export_base64(struct sink *, struct span);

#endif

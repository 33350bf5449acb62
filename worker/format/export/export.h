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

/* The properties (MS-OXPROPS) that have a place in them. */
enum export_tag {
	EXPORT_MESSAGE_CLASS = 0x001a,
	EXPORT_SUBJECT = 0x0037,
	EXPORT_SUBMIT_TIME = 0x0039,
	EXPORT_SUBJECT_PREFIX = 0x003d,
	EXPORT_REPRESENTING_NAME = 0x0042,
	EXPORT_REPRESENTING_EMAIL = 0x0065,
	EXPORT_RECIPIENT_TYPE = 0x0c15,
	EXPORT_SENDER_NAME = 0x0c1a,
	EXPORT_SENDER_EMAIL = 0x0c1f,
	EXPORT_DELIVERY_TIME = 0x0e06,
	EXPORT_NORMALIZED_SUBJECT = 0x0e1d,
	EXPORT_BODY = 0x1000,
	EXPORT_RTF_COMPRESSED = 0x1009,
	EXPORT_HTML = 0x1013,
	EXPORT_DISPLAY_NAME = 0x3001,
	EXPORT_EMAIL = 0x3003,
	EXPORT_ATTACH_EXTENSION = 0x3703,
	EXPORT_ATTACH_FILENAME = 0x3704,
	EXPORT_ATTACH_LONG_FILENAME = 0x3707,
	EXPORT_ATTACH_PATHNAME = 0x3708,
	EXPORT_ATTACH_TRANSPORT_NAME = 0x370c,
	EXPORT_ATTACH_LONG_PATHNAME = 0x370d,
	EXPORT_SMTP = 0x39fe,
	EXPORT_CODEPAGE = 0x3fde, /* PidTagInternetCodepage */
	EXPORT_SENDER_SMTP = 0x5d01,
	EXPORT_REPRESENTING_SMTP = 0x5d02,
};

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

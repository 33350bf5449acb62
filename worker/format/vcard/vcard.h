/* SPDX-License-Identifier: ISC */
#ifndef VCARD_VCARD_H
#define VCARD_VCARD_H

#include "codec/content_line.h"
#include "message/message.h"

struct convert;

/*
 * Contacts and distribution lists as vCard (RFC 6350; version 3.0 of RFC 2426 by choice)
 * by MS-OXVCARD. Private to this folder; format_vcard and format_vcard3 in registry.c are
 * the ways in.
 */
struct vcard {
	struct convert *c;
	struct arena *a;
	const struct message *m;
	struct content_line l;
	bool old; /* version 3.0 */
};

/* What stands between VERSION and END. */
void vcard_write_contact(struct vcard *);
void vcard_write_list(struct vcard *);

/* A note on properties of the contact that no line of a card says. */
void vcard_note_unwritten(struct vcard *);

/* Is this the picture of a contact, short enough for its card? */
bool vcard_is_photo(const struct attachment *);

/* NAME;TYPE=type:value; nothing of an empty one. type may be NULL. */
void vcard_put(struct vcard *, const char *name, const char *type, struct text value);

/* FN, UID, CATEGORIES, NOTE, REV: what both kinds have. */
void vcard_put_common(struct vcard *, struct text name);

#endif

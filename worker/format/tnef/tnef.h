/* SPDX-License-Identifier: ISC */
#ifndef TNEF_TNEF_H
#define TNEF_TNEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/span.h"
#include "message/message.h"

struct convert;
struct window;

/*
 * One TNEF stream on its way into a message object ([MS-OXTNEF]). Private to this
 * folder; format_tnef in registry.c is the way in.
 *
 * Legacy attributes are gathered apart from encapsulated properties and fill only the
 * gaps at the end, because the encapsulated ones win wherever they stand (2.1.3.4).
 * 8-bit texts stay raw bytes until the whole stream was read and the code page is
 * settled.
 */
struct tnef {
	struct convert *c;
	struct message *m;
	uint32_t oem_codepage; /* attOemCodepage, 0: none seen */
	struct props legacy;   /* of the message */
	struct cursor owner; /* attOwner, which needs the message class; .left 0: none */

	/* The attachment at hand: the last in m->attachments. */
	struct props attach_legacy;
	uint32_t seen;      /* of its attributes: bits of enum attach_seen */
	bool has_object;    /* its PidTagAttachDataObject or PidTagAttachDataBinary */
	struct prop object; /* when has_object */

	uint8_t *buffer; /* of the property list at hand, WINDOW_BUFFER bytes */

	/* Short texts for notes, which copy them. */
	char attach_part[24]; /* "attachment 2" */
	char unknown[24];     /* "attribute 0x12345678" */

	unsigned content; /* attributes that gave something to the message */
	bool facts_sent;
};

enum attach_seen { SEEN_RENDDATA = 1, SEEN_TITLE = 2, SEEN_DATA = 4, SEEN_PROPS = 8 };

/* Where a property list or attribute stands, for notes and crumbs. */
struct place {
	const char *part; /* "message", "recipient 3", "attachment 1" */
	uint32_t number;  /* 0, 3, 1 */
	const char *what; /* the attribute's name */
	uint64_t offset;  /* of its first byte in the stream */
};

/* tnef_attr.c */

/* An attribute's name for notes: "attSubject", or "attribute 0x12345678" until the next.
 */
const char *tnef_attr_name(struct tnef *, uint32_t tag);

/* Which part it belonged to, once it was read: "message", "attachment 2". */
const char *tnef_attr_part(struct tnef *, uint32_t tag);

/* May its data stay in the file? Property lists, bodies, attachment data, and what nobody
 * looks at. Of others what is above LIMIT_LOAD is left out. */
bool tnef_attr_streams(uint32_t tag);

/* Take one attribute; data is in memory unless tnef_attr_streams. */
void tnef_attr_read(
    struct tnef *, uint8_t level, uint32_t tag, struct span data, uint64_t offset);

/* The last attachment has no more attributes: settle it. Also at the end. */
void tnef_attach_end(struct tnef *);

/* attOwner into properties of the sender or the receiver, by the message's class. */
void tnef_attr_owner(struct tnef *);

/* tnef_props.c */

/*
 * A counted list of MAPI properties (2.1.3.4) into to. attach: the object and its
 * picture go into the attachment instead. False, with a note, when the list is damaged:
 * what came before the damage is there.
 */
bool tnef_props_read(struct tnef *, struct props *to, struct window *in,
    const struct place *, bool attach);

/* An attribute whose data may be long, and so may lie in the file: property lists, the
 * attachment's data, its picture. */
void tnef_props_take(struct tnef *, uint32_t tag, struct span data, const struct place *);

/* A property of one value, added to the list. */
void tnef_put(
    struct tnef *, struct props *, uint16_t id, uint16_t type, struct prop_value value);

/* An 8-bit text without its terminating NULs; its characters come later. */
void tnef_put_text(
    struct tnef *, struct props *, uint16_t id, const uint8_t *p, size_t n);

/* tnef_settle.c */

/* Tell whose message it is; only the first call tells. */
void tnef_tell_facts(struct tnef *);

/* All attributes were read: legacy ones fill the gaps, 8-bit texts become UTF-8. */
void tnef_settle(struct tnef *);

#endif

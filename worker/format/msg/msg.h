/* SPDX-License-Identifier: ISC */
#ifndef MSG_MSG_H
#define MSG_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/cfb/cfb.h"
#include "message/message.h"

struct cfb_node;
struct convert;

/*
 * One Outlook message file on its way into a message object ([MS-OXMSG]). Private to this
 * folder; format_msg in registry.c is the way in.
 *
 * A storage is a message, a recipient or an attachment: one stream lists its properties
 * and holds the fixed ones, every other value is a stream named after its property. The
 * streams are found by going through the storage, whatever the list says of them.
 */
struct msg {
	struct convert *c;
	struct cfb *cfb;
	const struct prop_name **names; /* of ids from 0x8000 on; NULL: none */
	uint32_t name_count;
	const struct cfb_node *nameid; /* the storage they are from; NULL: none */

	/* What the storages at hand hold: each one's rows stand behind the outer one's.
	 */
	struct msg_item *items;
	uint32_t item_count, item_capacity;
};

/* What an entry of a storage is for. */
enum msg_role {
	MSG_VALUE, /* __substg1.0_: a value, or the lengths of many */
	MSG_PROPERTIES,
	MSG_RECIPIENT,
	MSG_ATTACHMENT,
	MSG_NAMEID,
	MSG_OTHER,
};

enum { MSG_NO_INDEX = -1 };

struct msg_item {
	enum msg_role role;
	uint32_t tag;   /* of a value */
	uint32_t index; /* of one of many values; number of a recipient or attachment */
	struct cfb_entry entry;
};

/* The rows of one storage. */
struct msg_rows {
	uint32_t first, count;
};

/* Where properties go, and how notes call it. */
struct msg_place {
	struct message *m;
	struct props *to;
	struct attachment *attachment; /* NULL: not one's */
	const char *part;
	uint32_t number; /* of the recipient or attachment, for crumbs */
};

/* msg_storage.c */

/* What a storage holds, sorted by role, tag and index. To be given back. */
struct msg_rows msg_enter(
    struct msg *, const struct cfb_entry *storage, const char *part);
void msg_leave(struct msg *, struct msg_rows);

/* The first row of this role, or of this value; NULL: none. Valid until the next enter.
 */
const struct msg_item *msg_find(const struct msg *, struct msg_rows, enum msg_role);
const struct msg_item *msg_find_value(
    const struct msg *, struct msg_rows, uint16_t id, uint16_t type);

/* msg_names.c */

/* The storage that names properties (2.2.3), for all levels. */
void msg_names_read(struct msg *, const struct cfb_entry *storage);

/* msg_props.c */

/* All properties of a storage into place->to; header: what stands before the list. */
void msg_props_read(
    struct msg *, struct msg_rows, unsigned header, const struct msg_place *);

/* msg_attach.c */

/* One more attachment, and what the storage says of it. */
void msg_attach_read(struct msg *, struct message *, const struct cfb_entry *storage);

/* msg.c */

/* A storage as a message at s->c->depth; top: the file's own. */
struct message *msg_message_read(struct msg *, const struct cfb_entry *storage, bool top);

/* Notes on what is in a storage and has no place in a message. */
void msg_note_others(struct msg *, struct msg_rows, const char *part);

/* Is this a compound file with a message in it? */
bool msg_is_message(struct arena *, struct span);

#endif

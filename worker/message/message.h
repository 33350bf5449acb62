/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_MESSAGE_H
#define MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"
#include "base/when.h"

struct arena;
struct body_want;
struct notes;
struct sink;

/*
 * The Outlook/Exchange message object, the hub of all formats: typed properties
 * (MS-OXPROPS, MS-OXCDATA 2.11), a recipient table, an attachment table whose
 * members may hold a message object again.
 *
 * Everything lives in the job's arena; nothing is freed. Readers fill it,
 * writers only read it.
 */

/* Property types, MS-OXCDATA 2.11.1. PT_MV is a flag. */
enum prop_type {
	PT_UNSPECIFIED = 0x0000,
	PT_NULL = 0x0001,
	PT_SHORT = 0x0002,
	PT_LONG = 0x0003,
	PT_FLOAT = 0x0004,
	PT_DOUBLE = 0x0005,
	PT_CURRENCY = 0x0006,
	PT_APPTIME = 0x0007,
	PT_ERROR = 0x000a,
	PT_BOOLEAN = 0x000b,
	PT_OBJECT = 0x000d,
	PT_I8 = 0x0014,
	PT_STRING8 = 0x001e,
	PT_UNICODE = 0x001f,
	PT_SYSTIME = 0x0040,
	PT_CLSID = 0x0048,
	PT_SVREID = 0x00fb,
	PT_SRESTRICT = 0x00fd,
	PT_ACTIONS = 0x00fe,
	PT_BINARY = 0x0102,
	PT_MV = 0x1000,
};

/* One value. Which member counts follows from the property's type. */
struct prop_value {
	union {
		int64_t number; /* short, long, boolean, error, currency (1/10000), I8 */
		double real;    /* float, double, apptime (days since 1899-12-30) */
		uint64_t filetime;   /* systime */
		const uint8_t *guid; /* clsid: 16 bytes */
	};
	/*
	 * string8 and unicode: UTF-8 once the code page is settled. A body that is too
	 * long to be held has .s NULL and stays in bytes as it came: 8-bit in the
	 * message's code page, or UTF-16LE.
	 */
	struct text text;
	struct span bytes; /* binary, object, and the raw bytes of a string8 */
};

/* The name of a property with an id of 0x8000 or above (MS-OXCDATA 2.6.1). */
struct prop_name {
	const uint8_t *set; /* GUID, 16 bytes as in the file */
	bool is_string;
	uint32_t id;      /* when not is_string */
	struct text name; /* when is_string */
};

struct prop {
	uint16_t id;
	uint16_t type; /* without PT_MV */
	bool multi;
	const struct prop_name *name; /* NULL for a plain property */
	struct prop_value *values;    /* count of them; 1 when not multi */
	uint32_t count;
};

/*
 * A growing list of properties in the order they came; a later property of the same
 * id and name replaces in place.
 */
struct props {
	struct prop *list;
	uint32_t count, capacity;
	unsigned codepage; /* the message's, of texts within binary values; 0: unknown */
	uint32_t *index;   /* hash table of 2 * capacity slots: position in list plus 1, 0
			      empty */
};

struct recipient {
	struct props props;
};

struct attachment {
	struct props props;
	struct span
	    data; /* PidTagAttachDataBinary, or the object's bytes; .len 0: none */
	struct message *embedded; /* PidTagAttachMethod afEmbeddedMessage; NULL: none */
	struct span rendering;    /* attAttachMetaFile / PidTagAttachRendering */
	uint32_t number;          /* from 1, in the order of the file */
};

struct message {
	struct arena *arena;
	struct notes *notes;
	struct props props;
	struct recipient *recipients;
	uint32_t recipient_count, recipient_capacity;
	struct attachment *attachments;
	uint32_t attachment_count, attachment_capacity;
	unsigned codepage; /* settled code page of 8-bit texts, 0 not settled */
	unsigned depth;    /* 0: the message itself */
};

struct message *message_new(struct arena *, struct notes *, unsigned depth);

/* Append an empty one and return it; NULL (and a note) at the limit. Earlier pointers may
 * move. */
struct recipient *message_add_recipient(struct message *);
struct attachment *message_add_attachment(struct message *);

/* Add or replace; NULL (and a note by the caller) at LIMIT_PROPERTIES. */
struct prop *props_put(struct props *, struct arena *, const struct prop *);

/* The same with that note, on this part. attachment NULL: not one's; else its bytes and
 * its rendering go to their places in it. */
void message_put(struct message *, struct attachment *, struct props *,
    const struct prop *, const char *part);

/* By id, whatever the type; or by set and numeric id, or set and name. NULL: not there.
 */
const struct prop *props_get(const struct props *, uint16_t id);
const struct prop *props_get_named(
    const struct props *, const uint8_t set[16], uint32_t id);
const struct prop *props_get_string_named(
    const struct props *, const uint8_t set[16], const char *name);

/* All of them: plain ones by id, named ones behind them by set and name; count pointers.
 */
const struct prop *const *props_sorted(const struct props *, struct arena *);

/* Typed look-ups: the fallback when it is missing or of another type. */
struct text props_text(const struct props *, uint16_t id); /* .s NULL: not there */
int64_t props_number(const struct props *, uint16_t id, int64_t fallback);
/* The first value of one that was looked up (NULL: the fallback). */
int64_t prop_number(const struct prop *, int64_t fallback);
struct when props_when(const struct props *, uint16_t id);
struct span props_bytes(
    const struct props *, uint16_t id); /* .len 0: not there or empty */

/*
 * The canonical name of a property id or named property: "PidTagSubject",
 * "PidLidTaskStatus", else "0x1234", "PSETID_Common:0x8516", "PS_PUBLIC_STRINGS:name".
 */
const char *prop_label(struct arena *, const struct prop *);

/* The specification's name of a type: "PtypString", or "0x00fc". */
const char *prop_type_label(struct arena *, uint16_t type);

/*
 * The canonical dump: every property with name, tag, type and value, recipients,
 * attachments, embedded messages indented. Text; control characters and invalid
 * bytes escaped; binary as length and hex of the first 64 bytes. The golden format of the
 * tests. With bodies also which attachments the HTML shows; NULL: that is left out.
 */
void message_dump(const struct message *, struct sink *, const struct body_want *);

/* The same of a message of which more may come than is wanted: fits is asked before each
 * property, recipient and attachment whether so many bytes may follow; what may not is
 * left out, and told by whoever says so. */
typedef bool dump_fits_fn(void *arg, uint64_t bytes, const char *part, const char *what);
void message_dump_within(const struct message *, struct sink *, const struct body_want *,
    dump_fits_fn *, void *arg);

#endif

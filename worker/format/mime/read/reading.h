/* SPDX-License-Identifier: ISC */
#ifndef MIME_READING_H
#define MIME_READING_H

#include "format/format.h"
#include "format/mime/read/read_body.h"
#include "format/mime/read/read_fields.h"
#include "format/mime/syntax/scan.h"
#include "message/message.h"

/* One mail on its way into a message object. Private to this folder. */
struct reading {
	struct convert *c;
	struct message *m;
	const struct entity *mail; /* the mail itself; its parts follow it */
	struct read_header header; /* of the mail */
	struct bodies bodies;
	bool wide; /* the file was in UTF-16: what is not encoded is UTF-8 now */
	const struct entity *tnef; /* the part that became the message; NULL: none */
	struct message *other;     /* the last one that did not */
};

/*
 * Put a property that has one value; an empty text is none. At LIMIT_PROPERTIES it is
 * left out, with a note.
 */
void reading_text(struct reading *, struct props *, uint16_t id, struct text);
void reading_number(
    struct reading *, struct props *, uint16_t id, enum prop_type, int64_t);
void reading_bytes(struct reading *, struct props *, uint16_t id, struct span);
void reading_named(struct reading *, struct props *, const struct prop_name *,
    const struct prop *values);

/* False, and nothing put: it is no date (RFC 5322 3.3), or none that a property holds. */
bool reading_date(struct reading *, struct props *, uint16_t id, const char *date);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_WRITE_PRIVATE_H
#define MIME_WRITE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "format/mime/write/account.h"
#include "format/mime/write/item.h"
#include "format/mime/write/write.h"
#include "message/attached.h"
#include "message/body.h"

/* The writer's inside: write.c has the bodies and the tree, write_place.c the places of
 * the attachments. */

/* Whether the bodies and attachments of the message have their places: account.h. */
struct write_plan {
	const struct message *m;
	struct write_want want;
	struct body body;
	struct item item;
	const struct notification_kind *notification; /* NULL: it is none */
	uint32_t original_at; /* the attachment that a notification is on, from 1 */
	const char *part;
	bool plain, html, rtf, original;
	const char *needs; /* transfer encoding of what it is written in; NULL: 7bit */
	bool cut;          /* something was left out for its size */
	bool bare, said;   /* said: the mail around it says all that the bodies say */
	bool covered;      /* it has the part for machines already: calendar, report */
	struct write_place *places; /* of each attachment */
	uint32_t *order; /* of the attachments: those that are shown as they are met */
	uint32_t inlined, attached;
	struct account account;
};

enum place { PLACE_NONE, PLACE_INLINE, PLACE_ATTACHED, PLACE_ORIGINAL };

struct write_place {
	enum place place;
	struct attached_view view;
};

/* What a note calls attachment i, from 0. */
const char *write_attachment_part(struct out *, const struct write_plan *, uint32_t i);

/* Settle where each attachment goes, and in which order. */
void write_place_attachments(struct out *, struct write_plan *);

#endif

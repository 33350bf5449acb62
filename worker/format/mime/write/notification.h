/* SPDX-License-Identifier: ISC */
#ifndef MIME_NOTIFICATION_H
#define MIME_NOTIFICATION_H

#include <stdbool.h>

#include "format/mime/write/out.h"

struct message;
struct person;

/*
 * Notifications about another message (classes REPORT.*): what became of it, as machines
 * read it, MS-OXCMAIL 2.1.3.6. Delivery and non-delivery by RFC 3464, receipts by RFC
 * 8098.
 */
struct notification_kind {
	const char *suffix; /* of the class */
	const char *type;   /* of multipart/report */
	const char *action; /* of each recipient, or the disposition */
	const char *status; /* where nothing better is known */
	const char *says;   /* for people: "could not be delivered to" */
};

/* NULL: the message is none. */
const struct notification_kind *notification_of(const struct message *);

/* MS-OXCMAIL 2.1.3.1.1.1: a delivery report's recipients are those it is about. */
bool notification_is_about_recipients(const struct message *);

/* Is this property of one in what is written? */
bool notification_carries(const struct message *, uint16_t id);

/* Who gets it, which is none of its recipients; false: nobody says. */
bool notification_to(struct out *, const struct message *, struct person *);

/* What it says to people, in UTF-8: PidTagReportText, of the report or of its
 * recipients, else words of ours. */
struct span notification_text(struct out *, const struct message *);

/* The part for machines, its header fields first. */
void notification_write_status(struct out *, const struct message *);

#endif

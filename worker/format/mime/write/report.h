/* SPDX-License-Identifier: ISC */
#ifndef MIME_REPORT_H
#define MIME_REPORT_H

#include <stdbool.h>

#include "format/mime/write/out.h"

struct message;
struct person;

/*
 * Reports on another message (classes REPORT.*): what became of it as machines read it,
 * MS-OXCMAIL 2.1.3.6. Delivery and non-delivery by RFC 3464, receipts by RFC 8098.
 */
struct report_kind {
	const char *suffix; /* of the class */
	const char *type;   /* of multipart/report */
	const char *action; /* of each recipient, or the disposition */
	const char *status; /* where nothing better is known */
	const char *says;   /* for people: "could not be delivered to" */
};

/* NULL: the message is no report. */
const struct report_kind *report_of(const struct message *);

/* MS-OXCMAIL 2.1.3.1.1.1: a delivery report's recipients are those it is about. */
bool report_is_about_recipients(const struct message *);

/* Is this property of a report in what is written? */
bool report_carries(const struct message *, uint16_t id);

/* Who gets the report, which is none of its recipients; false: nobody says. */
bool report_to(struct out *, const struct message *, struct person *);

/* What it says to people, in UTF-8: PidTagReportText, of the report or of its
 * recipients, else words of ours. */
struct span report_text(struct out *, const struct message *);

/* The part for machines, its header fields first. */
void report_write_status(struct out *, const struct message *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_SPLICE_PLAN_PRIVATE_H
#define MIME_SPLICE_PLAN_PRIVATE_H

#include <stdbool.h>

#include "format/mime/write/splice_plan.h"

/* The plan's inside: splice_plan.c sees to the parts that are TNEF, splice_encoded.c to
 * mails and files that stand in an encoding within another part. */

/* A message in the mail, and what is known of it once a TNEF of its own was met. */
struct host {
	struct host *next;
	const struct entity *e;
	struct shown shown;
	unsigned streams; /* TNEF parts that it has */
	bool has_own;     /* one of them was taken for its own */
};

struct planning {
	struct out *o;
	const struct entity *first;
	struct host *hosts;
};

/* What is known of the message that the part is in. */
struct host *plan_host(struct planning *, const struct entity *);

/*
 * The part as a message object. When it cannot be read it stays, and one note says
 * so: what the reader lost on its way is not lost then.
 */
struct message *plan_read(struct convert *, const struct entity *, struct span tnef);

/* The message around the part whose signature covers it, or NULL. */
const struct entity *plan_signed_host(const struct entity *);

/* May it be touched? A note says why not. */
bool plan_is_free(struct convert *, const struct entity *);

/* The outermost multipart of its message of which readers show one part only, to go
 * behind it; NULL: there is none. */
const struct entity *plan_around(const struct entity *);

/* splice_encoded.c, each NULL: it stays as it is. */
/* A mail in base64 or quoted-printable in which something is converted. */
struct splice_part *plan_inner(struct planning *, struct entity *);
/* A text with a winmail.dat in uuencode. */
struct splice_part *plan_text(struct planning *, struct entity *);

#endif

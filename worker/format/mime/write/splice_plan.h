/* SPDX-License-Identifier: ISC */
#ifndef MIME_SPLICE_PLAN_H
#define MIME_SPLICE_PLAN_H

#include "format/mime/syntax/shown.h"
#include "format/mime/write/write.h"

struct entity;

/*
 * What becomes of each TNEF part of a mail, all of it settled before the first byte is
 * written.
 *
 * It is the mail's own, or another mail's that somebody forwarded. Keys decide where both
 * have one (MS-OXCMAIL 2.1.3.2.26), else equal message ids, else that the mail shows
 * nothing or the same. What is left is its own when it is its only TNEF, has no key that
 * the mail lacks, and says of itself by its type what it is.
 *
 * Its own: bodies and files are put in its place, of the bodies what is not shown yet.
 * Within multipart/alternative and multipart/related, whose readers show one part, they
 * go behind that multipart, by a multipart/mixed around both; only HTML that says all
 * that the others say stays as the best alternative. With nothing to add the part is
 * taken out, or left when it is more than a mail.
 *
 * Another's: a mail in the mail, message/rfc822, whole.
 *
 * Mails in base64, as message/rfc822 or as .eml, are looked into up to LIMIT_TEXT, and so
 * are texts that hold a file in uuencode.
 */
enum splice_fate {
	SPLICE_REPLACED,
	SPLICE_REMOVED,
	SPLICE_MAIL,
	SPLICE_INNER, /* a mail in an encoding, in which something was converted */
	SPLICE_TEXT,  /* a text, with TNEF in uuencode in it */
};

/* A TNEF in a text: offsets in that. */
struct splice_cut {
	struct splice_cut *next;
	uint64_t from, to;
	struct span tnef;
	struct write_plan *plan;
};

struct splice_part {
	struct splice_part *next; /* in the order of the mail */
	const struct entity *e;
	const struct entity
	    *around; /* the multipart that it goes behind; NULL: in place */
	enum splice_fate fate;
	struct message *m;
	struct span tnef, original; /* as the mail has it where its encoding is damaged */
	bool damaged;
	const char *needs;       /* declared of all that it stands in; NULL: as it was */
	struct write_plan *plan; /* SPLICE_REPLACED */
	struct span inner;       /* SPLICE_INNER: the mail as it is now */
	bool whole;              /* and it is written without an encoding */
	struct span text;        /* SPLICE_TEXT: without its encoding */
	struct splice_cut *cuts; /* and what is taken out of it */
};

/* Those that change; the out is the one that will write them. */
struct splice_part *splice_plan(struct out *, struct entity *first);

#endif

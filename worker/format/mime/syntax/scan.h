/* SPDX-License-Identifier: ISC */
#ifndef MIME_SCAN_H
#define MIME_SCAN_H

#include "format/format.h"

struct message;

/*
 * Where the parts of a mail lie: one pass over the input that keeps offsets, not
 * bytes. Tolerates what mail programs tolerate (LF or CRLF, missing end
 * boundaries, text before the first and behind the last one).
 *
 * At most LIMIT_PARTS parts and LIMIT_DEPTH levels are told apart; what lies
 * beyond is a leaf of its own and a note says so.
 */
struct entity {
	struct entity *next;      /* in the order of the file */
	struct entity *parent;    /* NULL: the mail itself */
	struct entity *host;      /* the message it belongs to; itself when root */
	uint64_t head, body, end; /* end: before the line ending that a boundary owns */
	const char *path;         /* "1.2"; "message" for the mail itself */
	const char *type;         /* "text/plain", lower case; NULL: no Content-Type */
	const char *name;         /* file name, UTF-8; NULL: none */
	const char *boundary;     /* of a multipart */
	const char *shelter; /* type of the signed or encrypted part around it, or NULL */
	int encoding;        /* GMimeContentEncoding */
	unsigned level, parts;
	bool root;       /* its header is that of a message */
	bool mail;       /* it is a mail (message/rfc822) that is not encoded */
	bool attachment; /* Content-Disposition says so */
	bool crlf;       /* the line ending of its header */
	bool text;       /* some line of its body, or behind its parts, is not blank */
	bool unclosed;   /* a multipart: the input ends before its last boundary */
	/* Of a root only: */
	bool mime_version, signed_body;
	bool has_plain, has_html; /* bodies that a reader would show */
	const char *correlator;   /* X-MS-TNEF-Correlator */
};

/* Could it be TNEF, by its type, or by its name where the type says nothing? */
bool scan_may_be_tnef(const struct entity *);

/* MS-OXCMAIL 2.1.3.2.26: does the TNEF, read as this message, belong to another mail? */
bool scan_is_stale(const struct convert *, const struct entity *, const struct message *);

/*
 * All entities, the mail itself first. Tells the facts as soon as the header is read.
 * deep: those of mails in the mail, too; else such a mail is one entity, whatever it
 * holds.
 */
struct entity *scan_mail(struct convert *c, bool deep);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_SCAN_H
#define MIME_SCAN_H

#include "format/format.h"
#include "format/mime/syntax/transfer.h"

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
	struct entity *next;   /* in the order of the file */
	struct entity *parent; /* NULL: the mail itself */
	struct entity *host;   /* the message it belongs to; itself when root */
	/* lead: where its boundary's line begins, with the line ending before it; end:
	   before the line ending that the next boundary owns. */
	uint64_t lead, head, body, end;
	const char *path;     /* "1.2"; "message" for the mail itself */
	const char *type;     /* "text/plain", lower case; NULL: no Content-Type */
	const char *name;     /* file name, UTF-8 in one line; NULL: none */
	const char *charset;  /* of Content-Type; NULL: none */
	const char *boundary; /* of a multipart */
	const char *id;       /* Content-ID, without angle brackets; NULL: none */
	const char *start;    /* of multipart/related: the id of its root; NULL: none */
	struct entity *shown; /* of multipart/related with a start: the part of that id */
	const char *shelter; /* type of the signed or encrypted part around it, or NULL */
	enum transfer encoding;
	uint64_t uu; /* offset of the first line "begin 644 name" in it; 0: none */
	unsigned level, parts;
	const char
	    *raised; /* for who rewrites it: its new transfer encoding; NULL: as it is */
	unsigned gone;   /* for who rewrites it: of its parts, those that are taken out */
	bool taken;      /* so is it itself, or all that it holds */
	bool root;       /* its header is that of a message */
	bool mail;       /* it is a mail (message/rfc822) that is not encoded */
	bool attachment; /* Content-Disposition says so */
	bool tnef;       /* holds a TNEF stream, whatever its header says */
	bool boundary_blanks; /* there were blanks at its end, which are no part of it */
	bool crlf;            /* the line ending of its header */
	bool text;     /* some line of its body, or behind its parts, is not blank */
	bool unclosed; /* a multipart: the input ends before its last boundary */
	/* Of a root only: */
	bool mime_version;
	const char *signed_by; /* the field that signs its body: DKIM, ARC; NULL: none */
	const char *message_id;
	bool has_plain, has_html; /* bodies that a reader would show */
	const char *correlator;   /* X-MS-TNEF-Correlator */
};

/*
 * Does it begin like a TNEF stream (MS-OXTNEF 2.1.3.1)? The bytes decide, for every leaf:
 * programs give it any type, name and transfer encoding. Where the encoding is another
 * than the header says, it is set right.
 */
bool scan_find_tnef(struct convert *, struct entity *);

/* The name of an original that is attached to what was made of it: it is left alone. */
#define SCAN_ORIGINAL "winmail-original.dat"

/* Is it TNEF by its bytes, or said to be by its type or name? */
bool scan_may_be_tnef(const struct entity *);

/* A text that a reader of its message sees. */
bool scan_is_shown(const struct entity *);

/* The part of a multipart/related that is shown (RFC 2387 3.2): the one that its start
 * names, else the first. */
const struct entity *scan_root_of(const struct entity *related);

/* Is it the other one, or inside of it? */
bool scan_is_within(const struct entity *, const struct entity *around);

/* MS-OXCMAIL 2.1.3.2.26: how the keys of the mail and of the TNEF read as this message go
 * together. */
enum scan_keys { KEYS_NONE, KEYS_ONE, KEYS_EQUAL, KEYS_DIFFER };
enum scan_keys scan_keys(
    const struct convert *, const struct entity *, const struct message *);

/* It is another mail's, by its key. */
bool scan_is_stale(const struct convert *, const struct entity *, const struct message *);

/*
 * All entities, the mail itself first. Tells the facts as soon as the header is read.
 * deep: those of mails in the mail, too; else such a mail is one entity, whatever it
 * holds.
 */
struct entity *scan_mail(struct convert *c, bool deep);

#endif

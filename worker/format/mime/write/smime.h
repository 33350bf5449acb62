/* SPDX-License-Identifier: ISC */
#ifndef MIME_SMIME_H
#define MIME_SMIME_H

#include "format/mime/write/out.h"

struct arena;
struct message;

/*
 * A message of class IPM.Note.SMIME holds what was signed or encrypted as its one
 * attachment (MS-OXOSMIME 2.1): the whole multipart/signed entity with its header, or the
 * CMS bytes. Both become the body again, not a byte of the entity's body changed.
 *
 * Writes content fields, blank line and body, and returns true; writes nothing and
 * returns false when the message is no such one, or what it holds could end a multipart
 * around it. What is signed may be 8-bit or binary (RFC 8551 3.1.2 asks for 7-bit, and
 * not all programs listen): the signature is on these bytes, so they stay, and the field
 * says it.
 */
bool smime_write(struct out *, const struct message *, const char *part);

/*
 * What a part with these bytes is declared as, and all that it stands in (RFC 2045 6.2,
 * 6.4): NULL, 7-bit mail with line ends of one kind; "8bit"; "binary", where lines are
 * too long, end in several ways, or hold NUL or a lone CR.
 */
const char *smime_needs_bytes(struct arena *, struct span);

/* The same of the message as it will be written: what is signed in it, or in messages in
 * it, is as it was. Everything else is written in 7 bits. */
const char *smime_needs(struct arena *, const struct message *);

/* The one of both that allows more. */
const char *smime_more(const char *, const char *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_SMIME_H
#define MIME_SMIME_H

#include "format/mime/write/out.h"

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

#endif

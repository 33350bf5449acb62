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
 * returns false when the message is no such one, or what it holds would not be 7-bit
 * mail.
 */
bool smime_write(struct out *, const struct message *, const char *part);

#endif

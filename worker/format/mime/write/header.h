/* SPDX-License-Identifier: ISC */
#ifndef MIME_HEADER_H
#define MIME_HEADER_H

#include "format/mime/write/out.h"

struct message;

/*
 * The header of a message from its properties (MS-OXCMAIL 2.1.3.1, 2.1.3.2),
 * MIME-Version last; the content fields and the blank line are the body's.
 *
 * Properties win over PidTagTransportMessageHeaders, from which only
 * well-formed 7-bit fields are taken: those that properties have no place for, and
 * those whose property is missing.
 */
void header_write(struct out *, const struct message *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_MIME_H
#define MIME_MIME_H

#include "format/format.h"

/*
 * MIME (RFC 2045-2049, RFC 5322): claimed by its header, written from a message
 * object by MS-OXCMAIL 2.1, read into one by 2.2, and rewritten byte for byte but for
 * the TNEF parts that a mail carries.
 */
extern const struct format format_mime;

#endif

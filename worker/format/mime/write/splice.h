/* SPDX-License-Identifier: ISC */
#ifndef MIME_SPLICE_H
#define MIME_SPLICE_H

#include "format/format.h"

/*
 * format.rewrite: the mail byte for byte, with each TNEF part replaced in its
 * place by a multipart/mixed of what it holds. A mail that is TNEF itself keeps its
 * header but the content fields and gets the natural tree of write.h.
 *
 * Which body goes in: none when the host shows HTML; our HTML (or RTF) but no plain
 * text when it shows plain text; all otherwise.
 *
 * Left as they are, with a note: what is signed or encrypted, what cannot be read, and
 * with convert.keep_signed what a DKIM signature covers.
 */
bool splice_mail(struct convert *c);

#endif

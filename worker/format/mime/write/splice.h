/* SPDX-License-Identifier: ISC */
#ifndef MIME_SPLICE_H
#define MIME_SPLICE_H

#include "format/format.h"

/*
 * format.rewrite: the mail byte for byte, with each TNEF part replaced in its place by
 * what it holds that the mail does not show yet (splice_plan.h decides, shown.h
 * compares). A mail that is TNEF itself keeps its header but the content fields and gets
 * the natural tree of write.h.
 *
 * Left as they are, with a note: what is signed or encrypted, what cannot be read, what
 * nothing would be gained from, and with keep_signed what a DKIM signature
 * covers.
 */
bool splice_mail(struct convert *c);

#endif

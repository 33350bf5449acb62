/* SPDX-License-Identifier: ISC */
#ifndef MIME_PROBE_H
#define MIME_PROBE_H

#include "format/format.h"

/*
 * Is this mail? Yes when the lines before the first blank one are header fields
 * and one of them is a field that only mail has; maybe when there are only fields
 * that other files have too ("To:", "Subject:", "X-..."). Arbitrary text is not.
 *
 * Tolerated, as mail programs do: a byte order mark, blank lines at the start, the
 * "From " line of an mbox (also quoted, ">From "), and lines among the header
 * that are none, as long as fields outnumber them.
 */
enum probe probe_mime(struct span head);

/*
 * Fields alone that nobody knows, as far as the head reaches, may be a mail's: its whole
 * header is looked through for one that is known. False, and refused: there is none.
 */
bool probe_confirm(struct convert *);

#endif

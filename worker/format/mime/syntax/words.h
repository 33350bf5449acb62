/* SPDX-License-Identifier: ISC */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include "base/span.h"
#include "base/text.h"

struct arena;

/*
 * Encoded words (RFC 2047), as mail programs read them: also within words and quoted
 * strings, with blanks and raw 8-bit bytes in them (which the word's charset reads
 * first), without the "=" of base64, and with characters or groups of base64 cut in two
 * between two of them. Bytes that are not in an encoded word are guessed (text.h).
 *
 * Every header text comes through here: subjects, names of people and of files, facts.
 * Own code: GMime opens a converter for each charset when it is first seen, which a
 * worker that is locked in cannot, and ends a text at the first "=" of base64.
 */
struct text words_decode(struct arena *, const char *, size_t);

/*
 * Bytes of the encoded word at p, 0: there is none. *none: no word ends ahead, so that
 * the next call need not look.
 */
size_t words_length(const char *p, const char *end, bool *none);

/* Bytes in memory, in a charset by its MIME name: of one that is not known they are
 * guessed. */
struct text words_in(struct arena *, const char *charset, struct span bytes);

#endif

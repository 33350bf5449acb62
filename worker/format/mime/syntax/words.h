/* SPDX-License-Identifier: ISC */
#ifndef MIME_WORDS_H
#define MIME_WORDS_H

#include "base/text.h"

struct arena;

/*
 * Encoded words (RFC 2047), as mail programs read them: also within words and quoted
 * strings, with blanks in them, and with characters cut in two between two of them.
 * Bytes that are neither UTF-8 nor in an encoded word are windows-1252.
 */
struct text words_decode(struct arena *, const char *, size_t);

/*
 * An address field with its encoded words as quoted strings, and semicolons that end no
 * group as the commas they are meant for: ready to be parsed.
 */
const char *words_quote(struct arena *, const char *field);

/* Any bytes as UTF-8: as they are when they are that, else windows-1252. */
struct text words_guess(struct arena *, const char *, size_t);

#endif

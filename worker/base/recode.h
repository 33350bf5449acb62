/* SPDX-License-Identifier: ISC */
#ifndef BASE_RECODE_H
#define BASE_RECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sink;

/*
 * Texts of any length, which need not fit into memory: pieces that can be read by
 * themselves, and the way to UTF-8 through one piece at a time.
 */
enum { RECODE_PIECE = 128 * 1024 };

/*
 * Copy the piece that begins at off into buf of RECODE_PIECE bytes. It never ends within
 * a character of the code page, and behind a line where there is one. Returns its
 * length, 0 at the end of the span.
 */
size_t recode_piece(unsigned codepage, struct span, uint64_t off, uint8_t *buf);

/* The text in UTF-8. What has no meaning becomes U+FFFD: then true is returned. */
bool recode(unsigned codepage, struct span, struct sink *to, void (*progress)(void *arg),
    void *arg);

/* Valid UTF-8, as text_is_utf8? buf is of RECODE_PIECE bytes. */
bool recode_is_utf8(struct span, uint8_t *buf);

#endif

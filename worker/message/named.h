/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_NAMED_H
#define MESSAGE_NAMED_H

#include "message/message.h"
#include "message/tags.h"

struct content_line;

/* Typed look-ups of properties that a set and a number name, as those by id in message.h:
 * the fallback when it is missing or of another type. */
struct text named_text(const struct props *, const uint8_t set[16], uint32_t lid);
int64_t named_number(
    const struct props *, const uint8_t set[16], uint32_t lid, int64_t fallback);
double named_real(
    const struct props *, const uint8_t set[16], uint32_t lid, double fallback);
struct when named_when(const struct props *, const uint8_t set[16], uint32_t lid);
struct span named_bytes(const struct props *, const uint8_t set[16], uint32_t lid);

/* The property with at least one value of this type; NULL: none. */
const struct prop *named_values(
    const struct props *, const uint8_t set[16], uint32_t lid, uint16_t type);

/* The categories: PidNameKeywords of PS_PUBLIC_STRINGS; NULL: none. */
const struct prop *named_keywords(const struct props *);

/* The same as a line CATEGORIES of a calendar or a card; nothing where there are none. */
void named_put_keywords(struct content_line *, const struct props *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

/* Any bytes as a JSON string: what is not UTF-8 or a control character becomes \xNN. The
 * caller owns the value; without memory it is null. */
json_t *json_text_n(const char *text, size_t n);
json_t *json_text(const char *text); /* NULL: null */

#endif

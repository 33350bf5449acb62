/* SPDX-License-Identifier: ISC */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Text of unknown origin, made fit for logs, terminals and YAML. */

/* Bytes of the well-formed UTF-8 character (RFC 3629) at s, of which n are left; 0 when
 * there is none. */
size_t utf8_char(const char *s, size_t n, uint32_t *code);

/* May this character stand in a line for people? Not controls, separators of lines, marks
 * of byte order or direction. */
bool utf8_printable(uint32_t code);

/* Are these n bytes UTF-8 without control characters (C0, DEL, C1): fit for any file or
 * terminal? */
bool utf8_is_clean(const char *s, size_t n);

enum utf8_escape {
	UTF8_ESCAPE_BROKEN, /* each byte of what is no UTF-8 becomes \xNN; the rest stays
			     */
	UTF8_ESCAPE_ODD,    /* also those of what is not printable: text for people */
	UTF8_ESCAPE_QUOTED, /* also " and \ get a \ before: text within quotes */
};

/* Write text, at most limit bytes of it, then "..." when there was more. */
void utf8_put(FILE *, const char *text, size_t limit, enum utf8_escape);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_LANGUAGE_H
#define MIME_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>

/* The language tag (RFC 5646) of a locale number (MS-LCID 2.2); NULL: not known. */
const char *language_tag(int64_t locale);

/* The locale number of the tag of n bytes, in any case; 0: not known. */
int64_t language_locale(const char *tag, size_t n);

#endif

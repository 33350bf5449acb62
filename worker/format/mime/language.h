#ifndef MIME_LANGUAGE_H
#define MIME_LANGUAGE_H

#include <stdint.h>

/* The language tag (RFC 5646) of a locale number (MS-LCID 2.2); NULL: not known. */
const char *language_tag(int64_t locale);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * Character sets. Inside the worker every text is UTF-8, NUL-terminated in the
 * arena, with its length beside it (it may hold NULs).
 *
 * text_init opens one iconv descriptor for each code page and direction and
 * holds it for life, so that nothing is opened once the worker is locked in.
 */
struct text {
	const char *s;
	size_t len;
	bool lossy; /* a byte sequence had no meaning and became U+FFFD */
};

/* Once, before the sandbox. False with the name of the missing converter in *missing. */
bool text_init(const char **missing) __attribute__((warn_unused_result));

/* Is this Windows code page number one we have a converter for? 1200 is UTF-16LE. */
bool text_known(unsigned codepage);

/* The MIME charset name of a code page, or NULL. */
const char *text_charset(unsigned codepage);

/* The code page of a MIME charset name in any case, or 0. */
unsigned text_codepage(const char *charset);

/*
 * Bytes in a code page to UTF-8. An unknown code page is read as windows-1252
 * and marked lossy. What cannot be read becomes U+FFFD, never an error.
 */
struct text text_from(struct arena *, unsigned codepage, const void *bytes, size_t n);

/* UTF-16LE of n bytes (an odd last byte is dropped, lossy). */
struct text text_from_utf16(struct arena *, const void *p, size_t n);

/* UTF-8 for one line: each control character became a blank, blanks at the ends are gone.
 */
struct text text_clean(struct arena *, struct text);

/* Valid UTF-8? (no surrogates, no overlong forms, nothing above U+10FFFF) */
bool text_is_utf8(const void *bytes, size_t n);

#endif

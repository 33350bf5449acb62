/* SPDX-License-Identifier: ISC */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

/*
 * Character sets. Inside the worker every text is UTF-8, NUL-terminated in the
 * arena, with its length beside it (it may hold NULs).
 */
struct text {
	const char *s;
	size_t len;
	bool lossy; /* a byte sequence had no meaning and became U+FFFD */
};

/* Is this Windows code page number one that we read? 1200 is UTF-16LE. */
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

/*
 * Bytes whose code page nobody knows: valid UTF-8 is read as such, every other byte as
 * windows-1252. Nothing is lost, and a text wholly in one of the two is read right.
 */
struct text text_guess(struct arena *, const void *bytes, size_t n);

/*
 * As text_from, for a page that the bytes can prove wrong: 8-bit bytes in us-ascii, or
 * invalid UTF-8 in UTF-8. Then the page is guessed, and *denied is true.
 */
struct text text_claimed(
    struct arena *, unsigned codepage, const void *bytes, size_t n, bool *denied);

/* UTF-16LE of n bytes (an odd last byte is dropped, lossy). */
struct text text_from_utf16(struct arena *, const void *p, size_t n);

/*
 * UTF-8 for one line: each control character became a blank, blanks at the ends are gone,
 * and a byte order mark before it.
 */
struct text text_clean(struct arena *, struct text);

/* Valid UTF-8? (no surrogates, no overlong forms, nothing above U+10FFFF) */
bool text_is_utf8(const void *bytes, size_t n);

/* Is ch one of these characters? NUL never is. */
static inline bool text_among(const char *these, int ch)
{
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): NUL is not to be found */
	return ch != '\0' && memchr(these, ch, strlen(these));
}

#endif

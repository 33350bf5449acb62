/* SPDX-License-Identifier: ISC */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

/*
 * Base64 (RFC 4648 4), sixteen characters at once where the processor can (x86-64 with
 * SSSE3), else two by one look-up. GLib's encoder takes one character at a time, counts
 * line lengths whether lines are asked for or not, and was a third of the time of a mail
 * with a large attachment; its decoder ends at padding. What it gives is the same:
 * tests/unit/worker/test_base64.c.
 */
enum { BASE64_ROW = 57 }; /* bytes that make a line of 76 characters (RFC 2045 6.8) */

/* Characters that n bytes become, padding included. */
static inline size_t base64_length(size_t n)
{
	return (n / 3 + (n % 3 != 0)) * 4;
}

/* Encode n bytes into to, which holds base64_length(n); no NUL is added. Returns
 * the characters written. */
size_t base64_encode(char *to, const void *bytes, size_t n);

/* The same in lines of BASE64_ROW bytes, each ended by eol ("\n" or "\r\n"), the last one
 * too. to holds base64_length(n) + (n / BASE64_ROW + 1) * strlen(eol). */
size_t base64_rows(char *to, const void *bytes, size_t n, const char *eol);

#endif

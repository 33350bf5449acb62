/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char base64_alphabet[64] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The two characters of each number of 12 bits: 8 KiB, which the nearest cache holds. */
static char base64_pairs[4096][2];

__attribute__((constructor)) static void base64_fill_pairs(void)
{
	for (size_t i = 0; i < 4096; i++) {
		base64_pairs[i][0] = base64_alphabet[i >> 6];
		base64_pairs[i][1] = base64_alphabet[i & 63];
	}
}

size_t base64_encode(char *to, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	char *start = to;

	for (; n >= 3; n -= 3, p += 3, to += 4) {
		uint32_t three = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		memcpy(to, base64_pairs[three >> 12], 2);
		memcpy(to + 2, base64_pairs[three & 0xfff], 2);
	}
	if (n > 0) {
		uint32_t rest = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
		memcpy(to, base64_pairs[rest >> 12], 2);
		to[2] = (char)(n == 2 ? base64_alphabet[rest >> 6 & 63] : '=');
		to[3] = '=';
		to += 4;
	}
	return (size_t)(to - start);
}

size_t base64_rows(char *to, const void *bytes, size_t n, const char *eol)
{
	const uint8_t *p = bytes;
	char *start = to;
	size_t end = strlen(eol);

	while (n > 0) {
		size_t row = n < BASE64_ROW ? n : BASE64_ROW;
		to += base64_encode(to, p, row);
		/* Bytes, no string. */
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		memcpy(to, eol, end);
		to += end;
		p += row;
		n -= row;
	}
	return (size_t)(to - start);
}

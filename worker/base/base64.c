/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <sys/platform/x86.h>
#include <tmmintrin.h>
#endif

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

#ifdef __x86_64__

/* Twelve bytes at a time, sixteen of which can be read. The method is W. Mula's and D.
 * Lemire's ("Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018). Returns
 * the bytes taken; of a processor without these instructions none. */
__attribute__((target("ssse3"))) static size_t base64_twelves(
    char *to, const uint8_t *p, size_t n)
{
	enum { TAKEN = 12, READ = 16 };
	/* Each group of three bytes b, a, c, b: both halves of 16 bits hold two numbers.
	 */
	const __m128i spread =
	    _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
	/* From a number to its letter, by its class: 0 is a to z, then ten digits, plus,
	 * slash, and A to Z. */
	const __m128i distance = _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52,
	    '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
	    '+' - 62, '/' - 63, 'A', 0, 0);
	size_t at = 0;

	if (!CPU_FEATURE_ACTIVE(SSSE3))
		return 0;
	for (; n - at >= READ; at += TAKEN, to += READ) {
		__m128i in =
		    _mm_shuffle_epi8(_mm_loadu_si128((const void *)(p + at)), spread);
		/* Products shift each number to a byte of its own. */
		__m128i even =
		    _mm_mulhi_epu16(_mm_and_si128(in, _mm_set1_epi32(0x0fc0fc00)),
			_mm_set1_epi32(0x04000040));
		__m128i odd =
		    _mm_mullo_epi16(_mm_and_si128(in, _mm_set1_epi32(0x003f03f0)),
			_mm_set1_epi32(0x01000010));
		__m128i numbers = _mm_or_si128(even, odd);
		__m128i kind = _mm_subs_epu8(numbers, _mm_set1_epi8(51));
		__m128i capital = _mm_cmpgt_epi8(_mm_set1_epi8(26), numbers);
		kind = _mm_or_si128(kind, _mm_and_si128(capital, _mm_set1_epi8(13)));
		_mm_storeu_si128(
		    (void *)to, _mm_add_epi8(_mm_shuffle_epi8(distance, kind), numbers));
	}
	return at;
}

#else

static size_t base64_twelves(char *to, const uint8_t *p, size_t n)
{
	(void)to;
	(void)p;
	(void)n;
	return 0;
}

#endif

size_t base64_encode(char *to, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	char *start = to;
	size_t quick = base64_twelves(to, p, n);

	to += quick / 3 * 4;
	p += quick;
	n -= quick;
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

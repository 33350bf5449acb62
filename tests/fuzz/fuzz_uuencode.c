/* SPDX-License-Identifier: ISC */
/*
 * Uuencode: any bytes, cut anywhere: what comes out fits and does not depend on the cut;
 * any bytes come back from their lines, also where these have lost the blanks at their
 * ends.
 *
 * Covers: worker/codec/uuencode.c
 */
#include <stdlib.h>
#include <string.h>

#include "codec/uuencode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROW = 45 };

static void must(int ok)
{
	if (!ok)
		abort();
}

static size_t decode(const uint8_t *in, size_t n, size_t cut, uint8_t *out)
{
	struct uuencode u = { 0 };
	size_t k = uuencode_decode(&u, in, cut, out);

	must(k <= UUENCODE_MOST(cut));
	size_t more = uuencode_decode(&u, in + cut, n - cut, out + k);
	must(more <= UUENCODE_MOST(n - cut));
	k += more;
	more = uuencode_finish(&u, out + k);
	must(more <= UUENCODE_ROW);
	return k + more;
}

/* One line, blanks for zeroes, none at its end. */
static size_t encode(const uint8_t *p, size_t n, uint8_t *to)
{
	size_t len = 0;

	to[len++] = (uint8_t)(' ' + n);
	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)p[i] << 16 | (i + 1 < n ? p[i + 1] : 0U) << 8 |
				(i + 2 < n ? p[i + 2] : 0U);
		for (int shift = 18; shift >= 0; shift -= 6)
			to[len++] = (uint8_t)(' ' + (bits >> shift & 0x3f));
	}
	while (to[len - 1] == ' ')
		len--;
	to[len++] = '\n';
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t coded_room = size * 4 / 3 + size / ROW * 8 + 80;
	size_t room = UUENCODE_MOST(coded_room) + 2 * UUENCODE_ROW, len = 0;
	uint8_t *one = malloc(room), *two = malloc(room), *coded = malloc(coded_room);

	must(one && two && coded);
	size_t n = decode(data, size, 0, one);
	must(n == decode(data, size, size ? data[0] % (size + 1) : 0, two));
	must(memcmp(one, two, n) == 0);
	for (size_t i = 0; i < size; i += ROW)
		len += encode(data + i, size - i < ROW ? size - i : ROW, coded + len);
	must(len <= coded_room && decode(coded, len, len / 2, one) == size);
	must(memcmp(one, data, size) == 0);
	free(one);
	free(two);
	free(coded);
	return 0;
}

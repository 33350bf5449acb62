/* SPDX-License-Identifier: ISC */
/*
 * Quoted-printable: any bytes, cut anywhere: what comes out fits and does not depend on
 * the cut; bytes without a "=" come out as they are, and any bytes come back from "=XX".
 *
 * Covers: worker/codec/quoted.c
 */
#include <stdlib.h>
#include <string.h>

#include "codec/quoted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static size_t decode(const uint8_t *in, size_t n, size_t cut, uint8_t *out)
{
	struct quoted q = { 0 };
	size_t k = quoted_decode(&q, in, cut, out);

	must(k <= QUOTED_MOST(cut));
	size_t more = quoted_decode(&q, in + cut, n - cut, out + k);
	must(more <= QUOTED_MOST(n - cut));
	k += more;
	k += quoted_finish(&q, out + k);
	must(k <= n); /* it never grows */
	return k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t room = QUOTED_MOST(3 * size);
	uint8_t *one = malloc(room), *two = malloc(room), *coded = malloc(3 * size + 1);

	must(one && two && coded);
	size_t n = decode(data, size, 0, one);
	must(n == decode(data, size, size ? data[0] % (size + 1) : 0, two));
	must(memcmp(one, two, n) == 0);
	must((size && memchr(data, '=', size)) ||
	     (n == size && memcmp(one, data, n) == 0));
	for (size_t i = 0; i < size; i++) {
		coded[3 * i] = '=';
		coded[3 * i + 1] = (uint8_t)digits[data[i] >> 4];
		coded[3 * i + 2] = (uint8_t)digits[data[i] & 15];
	}
	must(decode(coded, 3 * size, size, one) == size && memcmp(one, data, size) == 0);
	free(one);
	free(two);
	free(coded);
	return 0;
}

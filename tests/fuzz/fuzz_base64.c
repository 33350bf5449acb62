/* SPDX-License-Identifier: ISC */
/*
 * Base64: any bytes, cut anywhere: what comes out fits and does not depend on the cut;
 * the encoding of any bytes comes back.
 *
 * Covers: worker/codec/base64.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static size_t decode(const void *in, size_t n, size_t cut, uint8_t *out)
{
	struct base64 b = { 0 };
	size_t k = base64_decode(&b, in, cut, out);

	must(k <= BASE64_MOST(cut));
	size_t more = base64_decode(&b, (const char *)in + cut, n - cut, out + k);
	must(more <= BASE64_MOST(n - cut));
	k += more;
	return k + base64_finish(&b, out + k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *one = malloc(2 * BASE64_MOST(size)),
		*two = malloc(2 * BASE64_MOST(size));

	must(one && two);
	size_t n = decode(data, size, 0, one);
	must(n == decode(data, size, size ? data[0] % (size + 1) : 0, two));
	must(memcmp(one, two, n) == 0);
	free(one);
	free(two);
	char *text = malloc(base64_length(size) + 1);
	must(text != NULL);
	size_t len = base64_encode(text, data, size);
	one = malloc(BASE64_MOST(len));
	must(one && decode(text, len, 0, one) == size &&
	     (!size || memcmp(one, data, size) == 0));
	free(one);
	free(text);
	return 0;
}

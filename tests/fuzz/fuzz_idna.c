/* SPDX-License-Identifier: ISC */
/*
 * Domains as A-labels: any bytes. What comes out is ASCII in lower case that fits, and
 * becomes itself.
 *
 * Covers: worker/codec/idna.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "codec/idna.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char to[IDNA_MOST], again[IDNA_MOST];
	char *alone = malloc(size ? size : 1);

	must(alone != NULL);
	memcpy(alone, data, size);
	size_t n = idna_ascii(alone, size, to);
	must(n < IDNA_MOST && (n == 0 || to[n] == '\0'));
	for (size_t i = 0; text_is_utf8(alone, size) && i < n; i++)
		must((unsigned char)to[i] > ' ' && (unsigned char)to[i] < 0x7f &&
		     (to[i] < 'A' || to[i] > 'Z'));
	if (text_is_utf8(alone, size) && n > 0)
		must(idna_ascii(to, n, again) == n && memcmp(to, again, n) == 0);
	free(alone);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Dates: any bytes. What is read can be written, and is read again as the same; a comment
 * before it changes nothing.
 *
 * Covers: worker/codec/date.c
 */
#include <stdlib.h>
#include <string.h>

#include "codec/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char comment[] = "(a (\\) comment)) ";
	/* Exactly as long: a byte behind the end is seen. */
	char *alone = malloc(size ? size : 1), *more = malloc(size + sizeof comment);
	char text[40];

	must(alone && more);
	memcpy(alone, data, size);
	memcpy(more, comment, sizeof comment - 1);
	memcpy(more + sizeof comment - 1, data, size);
	struct when w = date_read(alone, size);
	struct when same = date_read(more, size + sizeof comment - 1);
	must(w.valid == same.valid && w.unix_s == same.unix_s && w.ns == 0);
	uint64_t filetime = when_to_filetime(w);
	if (filetime != 0) {
		when_rfc5322(w, text, sizeof text);
		same = date_read(text, strlen(text));
		must(same.valid && same.unix_s == w.unix_s);
	} else
		must(!w.valid || w.unix_s < -11644473600 + 8640000 ||
		     w.unix_s >= 253402300800 - 8640000);
	free(alone);
	free(more);
	return 0;
}

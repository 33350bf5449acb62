/* SPDX-License-Identifier: ISC */
/*
 * Frames of a hostile worker. The first byte chooses what it may say at the beginning.
 *
 * Covers: supervisor/pool/answer.c
 */
#include <stdlib.h>
#include <string.h>

#include "pool/answer.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { INPUT = 1000, OUTPUT_MAX = 100000 };
	const uint64_t job = 0x4142434445464748;
	struct answer_state s = { .ready = false };
	const char *breach = NULL;

	if (size == 0)
		return 0;
	s.ready = data[0] & 1;
	if (data[0] & 2)
		answer_begin(&s, job, INPUT, OUTPUT_MAX);
	for (data++, size--; size >= FRAME_HEADER && !breach;) {
		size_t n = frame_length(data);
		data += FRAME_HEADER;
		size -= FRAME_HEADER;
		if (n > size)
			n = size;
		Bulkhead__Answer *r = answer_read(&s, data, n, &breach);
		if (!r != !!breach)
			abort();
		if (r && r->kind_case == BULKHEAD__ANSWER__KIND_FACTS &&
		    strpbrk(r->facts->subject, "\r\n\t\x1b\x7f"))
			abort();
		if (s.items_end > OUTPUT_MAX || s.progress > INPUT)
			abort();
		bulkhead__answer__free_unpacked(r, NULL);
		data += n;
		size -= n;
	}
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * What the unwinder answered, which has read a hostile stack: no frames, or frames of
 * clean words, which make a report that JSON can hold.
 *
 * Covers: supervisor/attempt/unwind_answer.c
 */
#include <stdlib.h>
#include <string.h>

#include "attempt/document.h"
#include "attempt/outcome.h"
#include "attempt/unwind.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct unwind_answer answer;
	static const struct config config = { .dead.stack = STACK_LEFT_OUT };
	struct autopsy a = { .pid = 1 };
	struct outcome t = { .autopsy = document_autopsy(&a) };
	char *text = strndup((const char *)data, size);

	t.remains = calloc(1, sizeof *t.remains);
	if (!t.autopsy || !text || !t.remains)
		abort();
	t.remains->module_count = BLACKBOX_MODULES / 2;
	answer = (struct unwind_answer){ .failure = NULL };
	unwind_read(&answer, text);
	if (!answer.failure != !!answer.count || answer.count > UNWIND_FRAMES)
		abort();
	for (unsigned i = 0; i < answer.count; i++)
		if (answer.frames[i].module >= BLACKBOX_MODULES ||
		    strpbrk(answer.frames[i].function, "\n\r\t \x1b\x7f"))
			abort();
	document_frames(&t, &answer, &config);
	if (json_array_size(json_object_get(t.autopsy, "frames")) != answer.count)
		abort();
	outcome_clear(&t);
	free(text);
	return 0;
}

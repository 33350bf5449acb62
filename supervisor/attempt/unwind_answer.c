/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/unwind.h"
#include "proto/blackbox.h"

static bool unwind_answer_is_word(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > UNWIND_TEXT)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return false;
	return true;
}

static void keep_word(char to[UNWIND_TEXT + 1], const char *word)
{
	(void)snprintf(to, UNWIND_TEXT + 1, "%s", strcmp(word, "-") == 0 ? "" : word);
}

/* MODULE ADDRESS FUNCTION SOURCE */
static bool read_frame(struct unwind_frame *f, char *line)
{
	char *word[4], *end;

	for (int i = 0; i < 4; i++)
		if (!(word[i] = strsep(&line, " ")) || !unwind_answer_is_word(word[i]))
			return false;
	if (line)
		return false;
	f->module = -1;
	if (strcmp(word[0], "-") != 0) {
		unsigned long n = strtoul(word[0], &end, 10);
		if (*end || n >= BLACKBOX_MODULES)
			return false;
		f->module = (int)n;
	}
	f->address = strtoull(word[1], &end, 16);
	if (*end)
		return false;
	keep_word(f->function, word[2]);
	keep_word(f->source, word[3]);
	return true;
}

void unwind_read(struct unwind_answer *a, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) && text) {
		if (a->count == UNWIND_FRAMES ||
		    !read_frame(&a->frames[a->count], line)) {
			a->count = 0;
			break;
		}
		a->count++;
	}
	if (a->count == 0)
		a->failure = "the unwinder gave no answer that makes sense";
}

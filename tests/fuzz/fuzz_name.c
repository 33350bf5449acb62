/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "files/name.h"
#include "files/naming.h"
#include "spool/settle.h"

static void must(int ok)
{
	if (!ok)
		abort();
}

/* What somebody claims to be a name of an attachment. */
static void claimed(const uint8_t *data, size_t size)
{
	char safe[NAME_SIZE], numbered[NAME_SIZE];
	char *text = strndup((const char *)data, size);

	must(text != NULL);
	naming_safe(text, safe);
	must(*safe && *safe != '.' && strlen(safe) < NAME_SIZE - 8);
	must(!strpbrk(safe, "/\\<>:\"|?*") && safe[strlen(safe) - 1] != ' ');
	naming_number(safe, 1000000, numbered);
	must(strlen(numbered) < NAME_SIZE && *numbered != '.');
	free(text);
}

/*
 * What is read as ours is written back the same; what comes with a message never
 * becomes a mark, a path or an overlong name.
 *
 * Covers: supervisor/files/name.c supervisor/files/naming.c
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[NAME_SIZE], file[NAME_SIZE], again[NAME_SIZE];
	struct claim c = { 0 }, back = { 0 };
	enum stage stage;
	uint64_t id;
	bool cut;

	claimed(data, size);
	size_t n = size < NAME_SIZE - 1 ? size : NAME_SIZE - 1;
	if (n == 0 || memchr(data, '\0', n) || memchr(data, '/', n))
		return 0;
	memcpy(name, data, n);
	name[n] = '\0';
	if (name_parse(name, &c)) {
		name_active(&c, again, &cut);
		must(strcmp(name, again) == 0 && !cut && c.id != 0);
		free(c.name);
	}
	if (settle_parse_stage(name, &id, &stage)) {
		settle_stage_name(id, stage, again);
		must(strcmp(name, again) == 0);
	}
	c = (struct claim){ .id = 1 + data[0], .name = name };
	c.charges.crash = data[n - 1];
	for (c.mark = MARK_NONE; c.mark <= MARK_DEAD; c.mark++) {
		name_active(&c, file, &cut);
		must(name_parse(file, &back));
		must(back.id == c.id && back.mark == c.mark);
		must(cut == (strcmp(back.name, name) != 0));
		free(back.name);
	}
	name_letter(&c, again);
	must(strlen(again) < NAME_SIZE && !strchr(again, '/'));
	name_original(&c, again);
	must(strstr(again, ".unconverted") != NULL);
	naming_result(name, ".eml", again);
	must(strlen(again) < NAME_SIZE && !strchr(again, '/'));
	naming_beside(-1, name, ".eml", again);
	must(
	    strlen(again) < NAME_SIZE && !strchr(again, '/') && strcmp(again, name) != 0);
	name_result(&c, "eml", again);
	must(strcmp(again + strlen(again) - 4, ".eml") == 0);
	(void)name_ignored(name, "*.tmp ~*");
	return 0;
}

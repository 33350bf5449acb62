/* SPDX-License-Identifier: ISC */
/*
 * A dead letter's report as somebody may have changed it: whatever it says, it is shown,
 * listed and grouped, and nothing that a terminal would obey gets out.
 *
 * Covers: supervisor/dead/dead_show.c supervisor/dead/dead_groups.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "dead/dead_groups.h"
#include "dead/dead_return.h"
#include "dead/dead_show.h"

static const struct cli_options options;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* No control character but the line's end. JSON may hold DEL. */
static void check(const char *text, size_t n, bool json)
{
	for (size_t i = 0; i < n; i++)
		must((unsigned char)text[i] >= ' ' ? json || text[i] != 0x7f
						   : text[i] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct config config = { .dead.stack = STACK_LEFT_OUT };
	const struct dead_store store = { .config = &config };
	struct dead_letter l = {
		.id = 1, .sub = "sub", .file = "0000000000000001.m.eml", .name = "m.eml"
	};
	char *text = NULL, address[DEAD_ADDRESS_SIZE], group[DEAD_ID_SIZE];
	size_t n = 0;

	l.report = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(l.report)) {
		json_decref(l.report);
		l.report = NULL;
		l.trouble = "is no report";
	}
	FILE *f = open_memstream(&text, &n);
	struct dead_groups *groups = dead_groups_new();
	must(f && groups && dead_groups_add(groups, &l) && dead_groups_find(groups, &l));
	dead_group(&l, group);
	dead_list_head(f);
	dead_list_row(&l, f);
	dead_show(&store, &l, &options, f);
	must(dead_groups_print(groups, false, f));
	size_t people = (size_t)ftell(f);
	(void)json_print(dead_as_json(&l), JSON_TEXT_LINE, f);
	size_t one = (size_t)ftell(f);
	must(dead_groups_print(groups, true, f));
	(void)fclose(f);
	must(people < one && one < n);
	check(text, people, false);
	check(text + people, n - people, true);
	if (dead_address(dead_said(&l, NULL, "sender"), address))
		must(!strpbrk(address, "\r\n <>") && strchr(address, '@'));
	dead_groups_free(groups);
	json_decref(l.report);
	free(text);
	return 0;
}

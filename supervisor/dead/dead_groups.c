/* SPDX-License-Identifier: ISC */
#include "dead/dead_groups.h"
#include "base/json_text.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dead/dead_show.h"

struct dead_groups {
	void *tree;
	size_t count;
};

static int dead_groups_compare(const void *a, const void *b)
{
	const struct dead_group *x = a, *y = b;
	int order = strcmp(x->signature, y->signature);

	return order != 0 ? order : strcmp(x->verdict, y->verdict);
}

struct dead_groups *dead_groups_new(void)
{
	return calloc(1, sizeof(struct dead_groups));
}

void dead_groups_free(struct dead_groups *g)
{
	if (!g)
		return;
	tdestroy(g->tree, free);
	free(g);
}

static void name_group(const struct dead_letter *l, struct dead_group *to)
{
	dead_group(l, to->signature);
	(void)snprintf(to->verdict, sizeof to->verdict, "%s", dead_verdict(l));
}

struct dead_group *dead_groups_find(struct dead_groups *g, const struct dead_letter *l)
{
	struct dead_group key = { 0 };

	name_group(l, &key);
	struct dead_group **at = tfind(&key, &g->tree, dead_groups_compare);
	return at ? *at : NULL;
}

bool dead_groups_add(struct dead_groups *g, const struct dead_letter *l)
{
	struct dead_group *group = dead_groups_find(g, l);
	uint64_t bytes = (uint64_t)l->st.st_size;

	if (!group) {
		group = calloc(1, sizeof *group);
		if (!group)
			return false;
		name_group(l, group);
		if (!tsearch(group, &g->tree, dead_groups_compare)) {
			free(group);
			return false;
		}
		g->count++;
		group->first_ms = INT64_MAX;
		group->smallest_bytes = UINT64_MAX;
	}
	group->count++;
	group->bytes += bytes;
	if (l->ended_ms < group->first_ms)
		group->first_ms = l->ended_ms;
	if (l->ended_ms > group->last_ms)
		group->last_ms = l->ended_ms;
	if (l->id >= group->latest) {
		group->latest = l->id;
		(void)snprintf(group->sender, sizeof group->sender, "%s",
		    dead_said(l, NULL, "sender"));
		(void)snprintf(group->reason, sizeof group->reason, "%s",
		    dead_said(l, NULL, "reason"));
	}
	if (bytes < group->smallest_bytes) {
		group->smallest_bytes = bytes;
		group->smallest = l->id;
	}
	return true;
}

struct row {
	const struct dead_group *group;
};

static int larger_first(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->group->count != y->group->count)
		return x->group->count < y->group->count ? 1 : -1;
	return dead_groups_compare(x->group, y->group);
}

struct list {
	struct row *at;
	size_t count;
};

static void dead_groups_collect(const void *node, VISIT visit, void *arg)
{
	struct list *list = arg;

	if (visit == postorder || visit == leaf)
		list->at[list->count++].group = *(const struct dead_group *const *)node;
}

static void print_json(const struct dead_group *g, FILE *to)
{
	char first[DEAD_TIME_SIZE], last[DEAD_TIME_SIZE];

	dead_time(g->first_ms, first);
	dead_time(g->last_ms, last);
	json_t *o = json_pack("{s:i, s:s, s:o, s:I, s:I, s:s, s:s, s:I}", "version",
	    JSON_VERSION, "group", g->signature, "verdict", json_text(g->verdict),
	    "count", (json_int_t)g->count, "bytes", (json_int_t)g->bytes, "first", first,
	    "last", last, "smallest_bytes", (json_int_t)g->smallest_bytes);
	(void)json_object_set_new(
	    o, "smallest", json_sprintf("%016" PRIx64, g->smallest));
	(void)json_object_set_new(o, "latest", json_sprintf("%016" PRIx64, g->latest));
	(void)json_object_set_new(o, "sender", json_text(g->sender));
	(void)json_object_set_new(o, "reason", json_text(g->reason));
	(void)json_print(o, JSON_TEXT_LINE, to);
}

bool dead_groups_print(struct dead_groups *g, bool json, FILE *to)
{
	struct list list = { .at = calloc(g->count + 1, sizeof *list.at) };
	char first[DEAD_TIME_SIZE], last[DEAD_TIME_SIZE];

	if (!list.at)
		return false;
	twalk_r(g->tree, dead_groups_collect, &list);
	qsort(list.at, list.count, sizeof *list.at, larger_first);
	if (!json && list.count > 0)
		(void)fprintf(to, "%-16s %8s %-18s %-16s %-16s %-16s %s\n", "GROUP",
		    "COUNT", "VERDICT", "FIRST", "LAST", "SMALLEST", "BYTES");
	for (size_t i = 0; i < list.count; i++) {
		const struct dead_group *e = list.at[i].group;
		if (json) {
			print_json(e, to);
			continue;
		}
		dead_time(e->first_ms, first);
		dead_time(e->last_ms, last);
		(void)fprintf(to, "%-16s %8" PRIu64 " ", e->signature, e->count);
		dead_column(to, e->verdict, 18);
		(void)fprintf(to, " %.16s %.16s %016" PRIx64 " %" PRIu64 "\n", first,
		    last, e->smallest, e->smallest_bytes);
	}
	free(list.at);
	return true;
}

/* SPDX-License-Identifier: ISC */
#include "convert/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

enum summary_key { KEY_RESULT, KEY_VERDICT, KEY_REASON, KEY_FOLDER, KEYS };

static const char *const key_names[KEYS] = { "result", "verdict", "reason", "folder" };

struct summary_row {
	char *text[KEYS];
	uint64_t count;
};

struct summary {
	void *tree;
	size_t rows;
};

static int summary_compare(const void *a, const void *b)
{
	const struct summary_row *x = a, *y = b;
	int order = 0;

	for (int k = 0; k < KEYS && order == 0; k++)
		order = strcmp(x->text[k], y->text[k]);
	return order;
}

static void free_summary_row(void *row)
{
	struct summary_row *r = row;

	for (int k = 0; k < KEYS; k++)
		free(r->text[k]);
	free(r);
}

struct summary *summary_new(void)
{
	return calloc(1, sizeof(struct summary));
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	tdestroy(s->tree, free_summary_row);
	free(s);
}

void summary_add(struct summary *s, const char *result, const char *verdict,
    const char *reason, const char *folder)
{
	static const char others[] = "(others)";
	const char *given[KEYS] = { result, verdict ? verdict : "", reason ? reason : "",
		folder };
	struct summary_row *row = calloc(1, sizeof *row);
	bool ok = row != NULL;

	if (s->rows >= SUMMARY_ROWS_MAX)
		given[KEY_REASON] = given[KEY_FOLDER] = others;
	for (int k = 0; ok && k < KEYS; k++)
		ok = (row->text[k] = strdup(given[k])) != NULL;
	struct summary_row **at = ok ? tsearch(row, &s->tree, summary_compare) : NULL;
	if (at) {
		(*at)->count++;
		s->rows += *at == row;
	}
	if (row && !(at && *at == row))
		free_summary_row(row);
}

/* RFC 4180 section 2: in quotes, those within doubled. */
static void put_csv(FILE *to, const char *text)
{
	(void)fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', to);
		(void)fputc(*text, to);
	}
	(void)fputc('"', to);
}

struct summary_to {
	FILE *csv;
	json_t *json;
};

static void summary_put(const void *node, VISIT visit, void *arg)
{
	const struct summary_row *row = *(const struct summary_row *const *)node;
	struct summary_to *to = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (to->csv) {
		for (int k = 0; k < KEYS; k++) {
			put_csv(to->csv, row->text[k]);
			(void)fputc(',', to->csv);
		}
		(void)fprintf(to->csv, "%" PRIu64 "\r\n", row->count);
		return;
	}
	json_t *o = json_object();
	for (int k = 0; k < KEYS; k++)
		json_set_name(o, key_names[k], row->text[k]);
	(void)json_object_set_new(o, "count", json_integer((json_int_t)row->count));
	(void)json_array_append_new(to->json, o);
}

bool summary_write(
    const struct summary *s, const char *path, const struct tally *t, uint64_t ms)
{
	const char *dot = strrchr(path, '.');
	FILE *f = fopen(path, "we");
	struct summary_to to = { NULL, NULL };
	bool ok = true;

	if (!f)
		return false;
	if (dot && strcmp(dot, ".csv") == 0) {
		to.csv = f;
		(void)fputs("result,verdict,reason,folder,count\r\n", f);
		twalk_r(s->tree, summary_put, &to);
	} else {
		json_t *o = json_object(), *sum = tally_json(t);
		to.json = json_array();
		twalk_r(s->tree, summary_put, &to);
		(void)json_object_set_new(
		    sum, "elapsed_ms", json_integer((json_int_t)ms));
		(void)json_object_set_new(o, "version", json_integer(JSON_VERSION));
		(void)json_object_set_new(o, "summary", sum);
		(void)json_object_set_new(o, "rows", to.json);
		ok = json_print(o, JSON_TEXT_DOCUMENT, f);
	}
	ok = ok && !ferror(f);
	return fclose(f) == 0 && ok;
}

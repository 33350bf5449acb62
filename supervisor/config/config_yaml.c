/* SPDX-License-Identifier: ISC */
#include "config/config_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "config/config.h"

enum {
	DEPTH_MAX = 8,  /* nested groups; the table needs two */
	KEY_SIZE = 160, /* of a whole key; longer ones are cut, and then unknown */
};

struct reader {
	config_item_fn *found;
	void *arg;
	char key[KEY_SIZE];
	size_t prefix[DEPTH_MAX + 1]; /* length of the group's name at each depth */
	size_t depth;                 /* open mappings */
	size_t skip;                  /* open mappings and lists in what is left out */
	bool have_key;                /* a key was read, its value comes next */
	size_t line, column;          /* of the key */
	bool stop;
};

static bool config_yaml_tell(
    struct reader *r, enum config_item_kind kind, const char *value)
{
	struct config_item item = { kind, r->key, value, r->line, r->column };

	if (kind == ITEM_TROUBLE && (r->depth == 0 || r->key[0] == '\0'))
		item.key = NULL; /* it is not about a key */
	return r->found(r->arg, &item);
}

static void config_yaml_trouble(struct reader *r, const char *what)
{
	(void)config_yaml_tell(r, ITEM_TROUBLE, what);
}

/* Trouble after which the shape of the rest is not known. */
static void config_yaml_give_up(struct reader *r, const char *what)
{
	config_yaml_trouble(r, what);
	r->stop = true;
}

static void take_place(struct reader *r, const yaml_event_t *e)
{
	r->line = e->start_mark.line + 1;
	r->column = e->start_mark.column + 1;
}

static void take_key(struct reader *r, const char *name)
{
	size_t at = r->prefix[r->depth];
	(void)snprintf(r->key + at, sizeof r->key - at, "%s%s", at > 0 ? "." : "", name);
	r->have_key = true;
}

static bool is_null(const yaml_event_t *e)
{
	static const char *const nulls[] = { "", "~", "null" };
	const char *text = (const char *)e->data.scalar.value;

	if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
		if (strcmp(text, nulls[i]) == 0)
			return true;
	return false;
}

static void on_scalar(struct reader *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;

	if (r->depth == 0) {
		if (!is_null(e))
			config_yaml_give_up(r, "settings are needed, as KEY: VALUE");
		return;
	}
	if (!r->have_key)
		take_place(r, e);
	bool whole = strlen(text) == e->data.scalar.length;
	if (!r->have_key) {
		take_key(r, text);
		if (!whole)
			config_yaml_give_up(r, "a key must not contain NUL");
		return;
	}
	r->have_key = false;
	if (!whole)
		config_yaml_trouble(r, "a value must not contain NUL");
	else
		(void)config_yaml_tell(r, is_null(e) ? ITEM_EMPTY : ITEM_VALUE, text);
}

static void on_mapping(struct reader *r, const yaml_event_t *e)
{
	if (r->depth > 0 && !r->have_key) {
		take_place(r, e);
		config_yaml_give_up(r, "a key must be a word");
		return;
	}
	if (r->depth == DEPTH_MAX) {
		config_yaml_give_up(r, "nested too deeply");
		return;
	}
	if (r->depth > 0 && !config_yaml_tell(r, ITEM_GROUP, NULL)) {
		r->skip = 1;
		r->have_key = false;
		return;
	}
	r->have_key = false;
	r->depth++;
	r->prefix[r->depth] = r->depth > 1 ? strlen(r->key) : 0;
}

static void config_yaml_on_list(struct reader *r, const yaml_event_t *e)
{
	if (!r->have_key) {
		take_place(r, e);
		config_yaml_give_up(r, "settings are needed, as KEY: VALUE, not a list");
		return;
	}
	config_yaml_trouble(r, "a value is needed, not a list");
	r->have_key = false;
	r->skip = 1;
}

/* What stands in front of a value and is not allowed there. */
static void check_properties(struct reader *r, const yaml_event_t *e)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	}
	if (!r->have_key && (anchor || tag))
		take_place(r, e);
	if (anchor)
		config_yaml_give_up(r, "anchors and aliases are not allowed");
	else if (tag)
		config_yaml_give_up(r, "tags are not allowed");
}

/* Inside something that is left out. The parser itself takes its time over deep nests. */
static void on_skipped(struct reader *r, const yaml_event_t *e)
{
	if (e->type == YAML_MAPPING_START_EVENT || e->type == YAML_SEQUENCE_START_EVENT)
		r->skip++;
	else if (e->type == YAML_MAPPING_END_EVENT || e->type == YAML_SEQUENCE_END_EVENT)
		r->skip--;
	if (r->skip > DEPTH_MAX)
		config_yaml_give_up(r, "nested too deeply");
}

static void config_yaml_on_event(
    struct reader *r, const yaml_event_t *e, unsigned *documents)
{
	if (r->skip > 0) {
		on_skipped(r, e);
		return;
	}
	check_properties(r, e);
	if (r->stop)
		return;
	if (e->type == YAML_DOCUMENT_START_EVENT) {
		take_place(r, e);
		if (++*documents > 1)
			config_yaml_give_up(r, "only one document is allowed");
	} else if (e->type == YAML_SCALAR_EVENT)
		on_scalar(r, e);
	else if (e->type == YAML_MAPPING_START_EVENT)
		on_mapping(r, e);
	else if (e->type == YAML_MAPPING_END_EVENT) {
		r->depth--;
		r->key[r->depth > 0 ? r->prefix[r->depth] : 0] = '\0';
	} else if (e->type == YAML_SEQUENCE_START_EVENT)
		config_yaml_on_list(r, e);
	else if (e->type == YAML_ALIAS_EVENT) {
		if (!r->have_key)
			take_place(r, e);
		config_yaml_give_up(r, "anchors and aliases are not allowed");
	} else if (e->type == YAML_STREAM_END_EVENT)
		r->stop = true;
}

static void config_yaml_parse(struct reader *r, const unsigned char *text, size_t n)
{
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned documents = 0;

	if (!yaml_parser_initialize(&parser)) {
		config_yaml_give_up(r, "no memory");
		return;
	}
	yaml_parser_set_input_string(&parser, text, n);
	while (!r->stop) {
		if (!yaml_parser_parse(&parser, &event)) {
			r->line = parser.problem_mark.line + 1;
			r->column = parser.problem_mark.column + 1;
			r->depth = 0; /* the trouble is not the last key's */
			config_yaml_give_up(
			    r, parser.problem ? parser.problem : "no memory");
			break;
		}
		config_yaml_on_event(r, &event, &documents);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

void config_yaml_read(const char *file, config_item_fn *found, void *arg)
{
	struct reader r = { .found = found, .arg = arg };
	unsigned char *text = NULL;
	size_t n = 0;
	FILE *f = fopen(file, "re");

	if (!f || !(text = malloc(CONFIG_FILE_MAX + 1))) {
		config_yaml_trouble(&r, strerror(errno));
		goto out;
	}
	n = fread(text, 1, CONFIG_FILE_MAX + 1, f);
	if (ferror(f))
		config_yaml_trouble(&r, strerror(errno));
	else if (n > CONFIG_FILE_MAX)
		config_yaml_trouble(&r, "larger than 1 MiB");
	else
		config_yaml_parse(&r, text, n);
out:
	free(text);
	if (f)
		(void)fclose(f);
}

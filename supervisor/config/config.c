/* SPDX-License-Identifier: ISC */
#include "config/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "config/config_hint.h"
#include "config/config_keys.h"
#include "config/config_yaml.h"
#include "config/cpus.h"

enum {
	ERRORS_MAX = 100,   /* told singly; who has more knows enough */
	VALUE_SHOWN = 80,   /* bytes of a wrong value */
	ENV_NAME_SIZE = 64, /* of a variable's name: BULKHEAD_ and a key */
};

static const char env_prefix[] = "BULKHEAD_";

/* Variables of that prefix that are no settings: where the file is, and what the tests
 * and their chaos worker are told. A '*' stands for any end. */
static const char *const env_others[] = { "BULKHEAD_CONFIG", "BULKHEAD_HTTP_TOKEN",
	"BULKHEAD_BUILD", "BULKHEAD_SOURCE", "BULKHEAD_CORPUS", "BULKHEAD_SANITIZE",
	"BULKHEAD_CHAOS_*" };

static const char *const sources[] = {
	[SOURCE_DEFAULT] = "default",
	[SOURCE_FILE] = "from the file",
	[SOURCE_ENVIRONMENT] = "from the environment",
	[SOURCE_FLAG] = "from the command line",
};

struct load {
	struct config *config;
	const char *file;
	FILE *errors;
	unsigned error_count;
	size_t seen[CONFIG_KEYS_MAX]; /* line of the file that set this row, 0 none */
	size_t
	    opened[CONFIG_KEYS_MAX]; /* and that opened the group whose first row it is */
};

/* "PLACE: KEY: `VALUE`: what"; without the parts that are NULL. */
__attribute__((format(printf, 5, 6))) static void config_complain(struct load *l,
    const char *place, const char *key, const char *value, const char *format, ...)
{
	va_list list;

	if (++l->error_count > ERRORS_MAX)
		return;
	utf8_put(l->errors, place, SIZE_MAX, UTF8_ESCAPE_ODD);
	if (key) {
		(void)fputs(": ", l->errors);
		utf8_put(l->errors, key, VALUE_SHOWN, UTF8_ESCAPE_ODD);
	}
	if (value) {
		(void)fputs(": `", l->errors);
		utf8_put(l->errors, value, VALUE_SHOWN, UTF8_ESCAPE_ODD);
		(void)fputc('`', l->errors);
	}
	(void)fputs(": ", l->errors);
	va_start(list, format);
	(void)vfprintf(l->errors, format, list);
	va_end(list);
	(void)fputc('\n', l->errors);
}

static const struct config_key *config_find(const char *name, size_t *index)
{
	const struct config_key *key;
	for (size_t i = 0; (key = config_key_nth(i)); i++)
		if (strcmp(key->name, name) == 0) {
			*index = i;
			return key;
		}
	return NULL;
}

/* Set one row, or say why not. */
static void config_set(struct load *l, size_t index, const char *value, const char *place,
    enum config_source source)
{
	const struct config_key *key = config_key_nth(index);
	char *allowed = NULL;
	size_t n = 0;

	if (config_key_set(key, l->config, value)) {
		l->config->sources[index] = (unsigned char)source;
		return;
	}
	FILE *f = errno == EINVAL ? open_memstream(&allowed, &n) : NULL;
	if (f) {
		config_key_allowed(key, f);
		(void)fclose(f);
	}
	config_complain(l, place, key->name, value ? value : "", "%s%s",
	    allowed ? "allowed: " : "", allowed ? allowed : "no memory");
	free(allowed);
}

static void config_unknown(struct load *l, const char *place, const char *name)
{
	/* Looking for a near key takes a while; it is not done for what is not told. */
	const char *hint = l->error_count < ERRORS_MAX ? config_hint(name) : NULL;
	if (hint)
		config_complain(l, place, name, NULL, "unknown; did you mean %s?", hint);
	else
		config_complain(l, place, name, NULL, "unknown; see bulkhead.yaml(5)");
}

static bool in_group(const struct config_key *key, const char *group)
{
	size_t n = strlen(group);
	return strncmp(key->name, group, n) == 0 && key->name[n] == '.';
}

/* A group was opened: twice is an error, for one of the two would be overlooked. */
static void open_group(struct load *l, const struct config_item *item, const char *place)
{
	for (size_t i = 0; config_key_nth(i); i++) {
		if (!in_group(config_key_nth(i), item->key))
			continue;
		if (l->opened[i] > 0)
			config_complain(l, place, item->key, NULL,
			    "there is such a group already in line %zu", l->opened[i]);
		l->opened[i] = item->line;
		return;
	}
}

static void file_value(struct load *l, const struct config_item *item, const char *place)
{
	size_t index = 0;

	if (!config_find(item->key, &index)) {
		if (!config_is_group(item->key))
			config_unknown(l, place, item->key);
		else if (item->kind == ITEM_VALUE)
			config_complain(l, place, item->key, item->value,
			    "a group of settings is needed, not a value");
		return;
	}
	if (l->seen[index] > 0) {
		config_complain(l, place, item->key, NULL, "was set already in line %zu",
		    l->seen[index]);
		return;
	}
	l->seen[index] = item->line;
	config_set(
	    l, index, item->kind == ITEM_VALUE ? item->value : NULL, place, SOURCE_FILE);
}

static bool file_item(void *arg, const struct config_item *item)
{
	struct load *l = arg;
	size_t index = 0;
	char *place = NULL;
	bool descend = true;

	int n = item->line > 0
		    ? asprintf(&place, "%s:%zu:%zu", l->file, item->line, item->column)
		    : asprintf(&place, "%s", l->file);
	if (n == -1) {
		config_complain(l, l->file, item->key, NULL, "no memory");
		return false;
	}
	switch (item->kind) {
	case ITEM_VALUE:
	case ITEM_EMPTY:
		file_value(l, item, place);
		break;
	case ITEM_GROUP:
		descend = config_is_group(item->key);
		if (descend)
			open_group(l, item, place);
		else if (config_find(item->key, &index))
			config_complain(l, place, item->key, NULL,
			    "a value is needed, not a group of settings");
		else
			config_unknown(l, place, item->key);
		break;
	case ITEM_TROUBLE:
		config_complain(l, place, item->key, NULL, "%s", item->value);
		break;
	}
	free(place);
	return descend;
}

static void env_name(const struct config_key *key, char to[ENV_NAME_SIZE])
{
	(void)snprintf(to, ENV_NAME_SIZE, "%s%s", env_prefix, key->name);
	for (char *p = to; *p; p++)
		*p = (char)(*p == '.' ? '_' : toupper((unsigned char)*p));
}

static bool env_other(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof env_others / sizeof env_others[0]; i++) {
		size_t m = strcspn(env_others[i], "*");
		bool any_end = env_others[i][m] == '*';
		if ((any_end ? n >= m : n == m) && strncmp(env_others[i], name, m) == 0)
			return true;
	}
	return false;
}

static void env_unknown(struct load *l, const char *name)
{
	char variable[ENV_NAME_SIZE];
	size_t index = 0;
	const char *hint = config_hint(name + strlen(env_prefix));
	const struct config_key *key = hint ? config_find(hint, &index) : NULL;

	if (key) {
		env_name(key, variable);
		config_complain(
		    l, "environment", name, NULL, "unknown; did you mean %s?", variable);
	} else
		config_complain(
		    l, "environment", name, NULL, "unknown; see bulkhead.yaml(5)");
}

static void env_setting(struct load *l, const char *setting)
{
	char variable[ENV_NAME_SIZE];
	const struct config_key *key;
	size_t n = strcspn(setting, "=");

	if (env_other(setting, n))
		return;
	char *name = strndup(setting, n);
	if (!name) {
		config_complain(l, "environment", NULL, NULL, "no memory");
		return;
	}
	for (size_t i = 0; (key = config_key_nth(i)); i++) {
		env_name(key, variable);
		if (strcmp(variable, name) == 0) {
			config_set(l, i, setting[n] == '=' ? setting + n + 1 : "", name,
			    SOURCE_ENVIRONMENT);
			break;
		}
	}
	if (!key)
		env_unknown(l, name);
	free(name);
}

/* Leave out of a path what says nothing: "a//./b/" becomes "a/b". */
static char *config_tidy(char *path)
{
	char *to = path, *rest = path;
	bool absolute = *path == '/';

	while (*rest) {
		size_t n = strcspn(rest, "/");
		if (n > 0 && !(n == 1 && *rest == '.')) {
			if (to > path || absolute)
				*to++ = '/';
			memmove(to, rest, n);
			to += n;
		}
		rest += n;
		rest += strspn(rest, "/");
	}
	*to = '\0';
	return path;
}

/* The folder's path, to be freed; NULL without memory. */
static char *config_folder(const struct config *c, const char *path, const char *name)
{
	char *whole = NULL;
	int n = path ? asprintf(&whole, "%s", path)
		     : asprintf(&whole, "%s/%s", c->spool, name);
	return n == -1 ? NULL : config_tidy(whole);
}

/* Is b the folder a, or in it? As the names say; links are not followed. */
static bool config_holds(const char *a, const char *b)
{
	size_t n = strlen(a);
	return strncmp(a, b, n) == 0 && (b[n] == '/' || b[n] == '\0');
}

/* What lies in incoming is converted, so nothing else may lie there; and two folders in
 * one place would mix their files. */
static void check_folders(struct load *l)
{
	const struct config *c = l->config;
	char *paths[] = { config_folder(c, c->folders.incoming, "incoming"),
		config_folder(c, c->folders.outgoing, "outgoing"),
		config_folder(c, c->folders.dead, "dead"),
		config_folder(c, c->folders.reports, "reports") };
	static const char *const names[] = { "folders.incoming", "folders.outgoing",
		"folders.dead", "folders.reports" };
	enum { FOLDERS = sizeof paths / sizeof paths[0] };

	for (size_t i = 0; i < FOLDERS; i++)
		for (size_t k = 0; k < FOLDERS; k++) {
			if (i == k || !paths[i] || !paths[k] ||
			    !config_holds(paths[i], paths[k]))
				continue;
			if (i == 0)
				config_complain(l, "configuration", names[k], paths[k],
				    "must not be in %s", names[i]);
			else if (i < k && config_holds(paths[k], paths[i]))
				config_complain(l, "configuration", names[k], paths[k],
				    "must not be the folder of %s", names[i]);
		}
	for (size_t i = 0; i < FOLDERS; i++)
		free(paths[i]);
}

static void load_all(struct load *l, char *const *environment,
    const struct config_flag *flags, size_t flag_count)
{
	const struct config_key *key;
	size_t index = 0;

	for (size_t i = 0; (key = config_key_nth(i)); i++)
		config_set(l, i, key->fallback, "defaults", SOURCE_DEFAULT);
	if (l->file)
		config_yaml_read(l->file, file_item, l);
	for (char *const *e = environment; e && *e; e++)
		if (strncmp(*e, env_prefix, strlen(env_prefix)) == 0)
			env_setting(l, *e);
	for (size_t i = 0; i < flag_count; i++)
		if (config_find(flags[i].key, &index))
			config_set(l, index, flags[i].value, "command line", SOURCE_FLAG);
		else
			config_unknown(l, "command line", flags[i].key);
	if (l->error_count == 0)
		check_folders(l);
}

struct config *config_load(const char *file, char *const *environment,
    const struct config_flag *flags, size_t flag_count, FILE *errors)
{
	struct load l = { .file = file, .errors = errors };

	l.config = calloc(1, sizeof *l.config);
	if (!l.config) {
		config_complain(&l, "configuration", NULL, NULL, "no memory");
		return NULL;
	}
	load_all(&l, environment, flags, flag_count);
	if (l.error_count == 0)
		return l.config;
	if (l.error_count > ERRORS_MAX)
		(void)fprintf(errors, "and %u more\n", l.error_count - ERRORS_MAX);
	config_free(l.config);
	return NULL;
}

void config_free(struct config *c)
{
	const struct config_key *key;

	for (size_t i = 0; c && (key = config_key_nth(i)); i++)
		if (key->type == KEY_TEXT)
			free(*(char **)(void *)((char *)c + key->slot));
	free(c);
}

static void print_value(const struct config_key *key, const struct config *c, FILE *to)
{
	const char *value = config_key_get(key, c);

	if (!value)
		(void)fputs("null", to);
	else if (key->type != KEY_TEXT || key->choices)
		(void)fputs(value, to);
	else {
		/* Texts hold no controls and are UTF-8, so two escapes are enough. */
		(void)fputc('"', to);
		utf8_put(to, value, SIZE_MAX, UTF8_ESCAPE_QUOTED);
		(void)fputc('"', to);
	}
}

void config_print(const struct config *c, FILE *to)
{
	const struct config_key *key;
	const char *group = "";
	size_t length = 0;

	for (size_t i = 0; (key = config_key_nth(i)); i++) {
		const char *dot = strchr(key->name, '.');
		size_t n = dot ? (size_t)(dot - key->name) : 0;
		if (n != length || strncmp(group, key->name, n) != 0) {
			(void)fprintf(
			    to, "\n%.*s%s", (int)n, key->name, n > 0 ? ":\n" : "");
			group = key->name;
			length = n;
		}
		const char *indent = dot ? "  " : "";
		(void)fprintf(to, "%s# %s\n%s# ", indent, key->help, indent);
		if (key->type != KEY_TEXT || key->choices) {
			config_key_allowed(key, to);
			(void)fputs("; ", to);
		}
		(void)fprintf(to, "%s%s\n%s%s: ", sources[c->sources[i]],
		    key->reload ? "" : "; needs a restart", indent,
		    dot ? dot + 1 : key->name);
		print_value(key, c, to);
		(void)fputc('\n', to);
	}
}

void config_reload(struct config *current, struct config *fresh, FILE *remarks)
{
	const struct config_key *key;

	for (size_t i = 0; (key = config_key_nth(i)); i++)
		if (key->reload) {
			config_key_swap(key, current, fresh);
			current->sources[i] = fresh->sources[i];
		} else if (!config_key_equal(key, current, fresh))
			(void)fprintf(
			    remarks, "%s: takes effect at the next start\n", key->name);
	config_free(fresh);
}

unsigned config_workers(const struct config *c)
{
	if (c->workers > 0)
		return (unsigned)c->workers;
	const unsigned cpus = cpus_available(), more = cpus > 4 ? cpus / 2 : 2;
	return cpus + more < CONFIG_WORKERS_MAX ? cpus + more : CONFIG_WORKERS_MAX;
}

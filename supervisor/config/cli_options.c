/* SPDX-License-Identifier: ISC */
#include "config/cli_options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "base/verdict.h"
#include "config/cli_table.h"
#include "config/roles.h"
#include "proto/formats.h"

/* Where packages and deploy/bulkhead.service have the configuration. */
#define INSTALLED_CONFIG "/etc/bulkhead/bulkhead.yaml"

enum { LONG_FROM = 256 };

static int cli_options_refuse(const char *verb, const char *word, const char *what)
{
	(void)fprintf(stderr, "bulkhead %s: %s: %s; see bulkhead %s --help\n", verb, word,
	    what, verb);
	return ROLE_USAGE;
}

bool cli_options_flag(struct cli_options *o, const char *key, const char *value)
{
	struct config_flag *more =
	    reallocarray(o->flags, o->flag_count + 1, sizeof *o->flags);
	if (!more)
		return false;
	o->flags = more;
	o->flags[o->flag_count++] = (struct config_flag){ key, value };
	return true;
}

/* The verb's row for what getopt found; a name may have one for each verb. */
static const struct cli_option_row *cli_options_find_row(enum cli_verb v, int option)
{
	const struct cli_option_row *named =
	    option >= LONG_FROM ? cli_option_row((unsigned)(option - LONG_FROM)) : NULL;
	const struct cli_option_row *row;

	for (unsigned i = 0; (row = cli_option_row(i)); i++)
		if ((row->verbs & CLI_BIT(v)) &&
		    (named ? strcmp(row->name, named->name) == 0
			   : row->letter && row->letter == option))
			return row;
	return NULL;
}

static bool read_day(const char *text, int64_t *to)
{
	static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%dT%H:%M",
		"%Y-%m-%dT%H:%M:%S" };

	for (size_t k = 0; k < sizeof forms / sizeof forms[0]; k++) {
		struct tm tm = { .tm_mday = 1 };
		const char *end = strptime(text, forms[k], &tm);
		if (!end || *end != '\0')
			continue;
		*to = (int64_t)timegm(&tm);
		return true;
	}
	return false;
}

/* Hex digits, at most 16; written as ids are. */
static bool check_id(char *id)
{
	size_t n = 0;

	for (; id[n]; n++) {
		if (id[n] >= 'A' && id[n] <= 'F')
			id[n] = (char)(id[n] - 'A' + 'a');
		if (!strchr("0123456789abcdef", id[n]))
			return false;
	}
	return n > 0 && n <= 16;
}

static bool cli_options_count(const char *text, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && errno == 0 && *n > 0;
}

/* "50", "50/s", "0.5/s". */
static bool read_rate(const char *text, double *rate)
{
	char *end;

	*rate = strtod(text, &end);
	return end != text && (*end == '\0' || strcmp(end, "/s") == 0) &&
	       isfinite(*rate) && *rate >= 0.001;
}

/* One that a letter can have, or what several begin with. */
static bool is_verdict(const char *text)
{
	size_t n = strlen(text);

	if (strcmp(text, "unknown") == 0)
		return true;
	for (enum verdict v = VERDICT_REFUSED; v < VERDICT_INFRASTRUCTURE; v++) {
		const char *name = verdict_row(v)->name;
		if (strncmp(name, text, n) == 0 && (name[n] == '\0' || name[n] == '-'))
			return n > 0;
	}
	return false;
}

static bool is_target(const char *text)
{
	for (size_t i = 0; formats_targets[i]; i++)
		if (strcmp(formats_targets[i], text) == 0)
			return true;
	return false;
}

static bool take_set(struct cli_options *o, char *text, const char **wrong)
{
	char *equals = strchr(text, '=');

	*wrong = equals ? strerror(ENOMEM) : "KEY=VALUE is needed";
	if (!equals)
		return false;
	*equals = '\0';
	return cli_options_flag(o, text, equals + 1);
}

static bool take_one_more(struct cli_list *list)
{
	const char **more = reallocarray(list->at, list->count + 1, sizeof *more);

	if (!more)
		return false;
	list->at = more;
	list->at[list->count++] = optarg;
	return true;
}

/* What an option's value says. NULL: taken; else what is wrong with it. */
static const char *take_value(struct cli_options *o, const struct cli_option_row *row)
{
	char *slot = (char *)o + row->slot;
	const char *wrong = NULL;

	switch (row->kind) {
	case CLI_HELP:
		break;
	case CLI_YES:
		*(bool *)slot = true;
		break;
	case CLI_VERDICT:
		if (!is_verdict(optarg))
			return "not a verdict of dead letters";
		memcpy(slot, &optarg, sizeof optarg);
		break;
	case CLI_FORMAT:
		if (!is_target(optarg))
			return "no such target";
		__attribute__((fallthrough));
	case CLI_TEXT:
		memcpy(slot, &optarg, sizeof optarg);
		break;
	case CLI_KEY:
		return cli_options_flag(o, row->key ? row->key : row->name, optarg)
			   ? NULL
			   : strerror(ENOMEM);
	case CLI_LIST:
		return take_one_more((struct cli_list *)(void *)slot) ? NULL
								      : strerror(ENOMEM);
	case CLI_SET:
		return take_set(o, optarg, &wrong) ? NULL : wrong;
	case CLI_AGE:
		return units_parse(UNITS_TIME, optarg, (uint64_t *)(void *)slot)
			   ? NULL
			   : "an age such as 30m, 12h or 7d is needed";
	case CLI_DATE:
		return read_day(optarg, (int64_t *)(void *)slot)
			   ? NULL
			   : "a day such as 2024-12-31, or 2024-12-31T23:59, is needed";
	case CLI_ID:
		if (!check_id(optarg) || strlen(optarg) != 16)
			return "a whole id is needed";
		memcpy(slot, &optarg, sizeof optarg);
		break;
	case CLI_COUNT:
		return cli_options_count(optarg, (uint64_t *)(void *)slot)
			   ? NULL
			   : "a number from 1 on is needed";
	case CLI_RATE:
		return read_rate(optarg, (double *)(void *)slot)
			   ? NULL
			   : "a rate such as 10/s is needed";
	}
	return NULL;
}

/* One option: -1 to go on, else the exit code. */
static int cli_options_take(struct cli_options *o, int option, const char *word)
{
	const char *verb = cli_verb_row(o->verb)->name;
	const struct cli_option_row *row = cli_options_find_row(o->verb, option);

	if (option == ':')
		return cli_options_refuse(
		    verb, word, "needs a value (one that begins with - stands behind =)");
	if (!row)
		return cli_options_refuse(verb, word, "unknown option");
	if (row->kind == CLI_HELP) {
		(void)cli_usage(verb, stdout);
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	}
	const char *wrong = take_value(o, row);
	/* Of --set the word was taken apart: the key is what is left of it. */
	return wrong ? cli_options_refuse(verb, optarg, wrong) : -1;
}

static int take_ids(struct cli_options *o, int count, char **operands)
{
	const struct cli_verb_row *v = cli_verb_row(o->verb);
	bool filtered = o->verdict || o->sender || o->group || o->older_ms || o->newer_ms;

	if (v->operands == CLI_FOLDER_AND_IDS) {
		if (count == 0)
			return cli_options_refuse(v->name, "DIR", "is missing");
		o->folder = operands[0];
		operands++;
		count--;
	}
	for (int i = 0; i < count; i++)
		if (!check_id(operands[i]))
			return cli_options_refuse(
			    v->name, operands[i], "not an id, nor the beginning of one");
	if (count > 0 && o->all)
		return cli_options_refuse(v->name, "--all", "not together with ids");
	if (v->needs && count == 0 && !o->all && !filtered)
		return cli_options_refuse(
		    v->name, "[ID]...", "name letters by id or filter, or say --all");
	o->operands = operands;
	o->operand_count = (size_t)count;
	return -1;
}

/* Nothing, "list", or a verb and whole ids. */
static int take_queue_words(struct cli_options *o, int count, char **operands)
{
	static const char *const words[] = { "list", "show", "cat", "hold", "release",
		"remove", "return" };
	size_t known = 0, all = sizeof words / sizeof words[0];

	if (count == 0)
		return -1;
	while (known < all && strcmp(words[known], operands[0]) != 0)
		known++;
	if (known == all)
		return cli_options_refuse("queue", operands[0], "unknown verb");
	if ((count == 1) != (known == 0))
		return cli_options_refuse("queue", operands[0],
		    known ? "name messages by their ids" : "takes no ids");
	for (int i = 1; i < count; i++)
		if (!check_id(operands[i]) || strlen(operands[i]) != 16)
			return cli_options_refuse("queue", operands[i], "not a whole id");
	o->operands = operands;
	o->operand_count = (size_t)count;
	return -1;
}

static int cli_options_take_operands(struct cli_options *o, int count, char **operands)
{
	const struct cli_verb_row *v = cli_verb_row(o->verb);

	if (v->operands == CLI_IDS || v->operands == CLI_FOLDER_AND_IDS)
		return take_ids(o, count, operands);
	if (v->operands == CLI_QUEUE_WORDS)
		return take_queue_words(o, count, operands);
	if (v->operands == CLI_NONE)
		return count == 0
			   ? -1
			   : cli_options_refuse(v->name, operands[0], "not expected");
	if (count == 0 && !o->files_from)
		return cli_options_refuse(v->name, v->operand, "is missing");
	if (count > 0 && o->files_from)
		return cli_options_refuse(
		    v->name, operands[0], "not together with --files-from");
	if (count > 1 && v->operands == CLI_ONE)
		return cli_options_refuse(v->name, operands[1], "not expected");
	o->operands = operands;
	o->operand_count = (size_t)count;
	return -1;
}

/* The verb of argv, and how many of its words that takes. -1: go on; else the exit
 * code. */
static int read_verb(struct cli_options *o, int argc, char **argv, int *words)
{
	const char *second = argc > 1 ? argv[1] : NULL;
	char name[32];

	*words = 1;
	o->verb = cli_verb_named(argv[0]);
	if (o->verb < CLI_VERBS)
		return -1;
	/* The first of two. */
	if (!second || strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0) {
		(void)cli_usage(argv[0], second ? stdout : stderr);
		if (!second)
			return ROLE_USAGE;
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	}
	(void)snprintf(name, sizeof name, "%s %s", argv[0], second);
	o->verb = cli_verb_named(name);
	*words = 2;
	return o->verb < CLI_VERBS ? -1
				   : cli_options_refuse(argv[0], second, "unknown verb");
}

/* The spool that a client means where nobody names one: ./spool, where serve would have
 * it, else that of the installed service. */
static void cli_options_find_spool(struct cli_options *o)
{
	const char *named = getenv("BULKHEAD_SPOOL");
	struct stat st;

	if (!cli_verb_row(o->verb)->client || o->file || (named && *named))
		return;
	for (size_t i = 0; i < o->flag_count; i++)
		if (strcmp(o->flags[i].key, "spool") == 0)
			return;
	if (stat("spool", &st) == 0 && S_ISDIR(st.st_mode))
		return;
	if (access(INSTALLED_CONFIG, F_OK) == 0) {
		o->file = INSTALLED_CONFIG;
		o->found = true;
	}
}

/*
 * Whether the value that getopt found is the next option, as in "--attachments -o out":
 * taken for a folder, "-o" would be made, and "out" be an input.
 */
static bool is_next_option(const char *word)
{
	return optarg && optarg == word && word[0] == '-' && word[1] != '\0';
}

int cli_options_read(struct cli_options *o, int argc, char **argv)
{
	struct option longs[CLI_ROWS_MAX + 1] = { { 0 } };
	const struct cli_option_row *row;
	int option = 0, leave, words, count = 0;

	*o = (struct cli_options){ .file = getenv("BULKHEAD_CONFIG") };
	if (o->file && *o->file == '\0')
		o->file = NULL;
	leave = read_verb(o, argc, argv, &words);
	if (leave != -1)
		return leave;
	argc -= words - 1;
	argv += words - 1;
	for (unsigned i = 0; (row = cli_option_row(i)); i++)
		if (row->verbs & CLI_BIT(o->verb))
			longs[count++] = (struct option){ row->name,
				row->value ? required_argument : no_argument, NULL,
				LONG_FROM + (int)i };
	optind = 0; /* glibc: start anew, whoever read options before */
	while (leave == -1) {
		int at = optind > 0 ? optind : 1;
		option = getopt_long(argc, argv, ":c:o:O:j:0nqvyh", longs, NULL);
		if (option == -1)
			break;
		if (is_next_option(argv[optind - 1]))
			option = ':';
		leave = cli_options_take(o, option, argv[at]);
	}
	if (leave == -1)
		leave = cli_options_take_operands(o, argc - optind, argv + optind);
	if (leave == -1)
		cli_options_find_spool(o);
	else
		cli_options_clear(o);
	return leave;
}

/* A word as a shell reads it. */
static void put_word(FILE *to, const char *word)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@+,%=";

	if (*word && word[strspn(word, plain)] == '\0') {
		(void)fputs(word, to);
		return;
	}
	(void)fputc('\'', to);
	for (; *word; word++)
		if (*word == '\'')
			(void)fputs("'\\''", to);
		else
			(void)fputc(*word, to);
	(void)fputc('\'', to);
}

void cli_options_put_where(const struct cli_options *o, FILE *to)
{
	const char *named = getenv("BULKHEAD_CONFIG");

	/* What the environment or the rule names is found again without a word. */
	if (o->file && !o->found && !(named && strcmp(named, o->file) == 0)) {
		(void)fputs(" -c ", to);
		put_word(to, o->file);
	}
	for (size_t i = 0; i < o->flag_count; i++)
		if (strcmp(o->flags[i].key, "spool") == 0) {
			(void)fputs(" --spool ", to);
			put_word(to, o->flags[i].value);
		} else if (strncmp(o->flags[i].key, "folders.", 8) == 0) {
			(void)fprintf(to, " --set %s=", o->flags[i].key);
			put_word(to, o->flags[i].value);
		}
}

void cli_options_clear(struct cli_options *o)
{
	free(o->flags);
	free(o->include.at);
	free(o->exclude.at);
	free(o->folders.at);
	*o = (struct cli_options){ 0 };
}

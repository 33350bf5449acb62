/* SPDX-License-Identifier: ISC */
#include "dead/cli_dead.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/verdict.h"
#include "config/roles.h"

enum operands { NONE, IDS, FOLDER_AND_IDS };

static const struct verb {
	const char *name;
	enum operands operands;
	bool needs; /* without ids, --all or a filter it refuses */
	const char *about;
} verbs[DEAD_VERBS] = {
	[DEAD_LIST] = { "list", IDS, false, "what lies there, the oldest first" },
	[DEAD_SHOW] = { "show", IDS, true, "all that is known of a letter" },
	[DEAD_GROUPS] = { "groups", IDS, false, "count them by what they died of" },
	[DEAD_RETRY] = { "retry", IDS, true, "back to incoming, with a fresh count" },
	[DEAD_RELEASE] = { "release", IDS, true, "retry those that are held" },
	[DEAD_HOLD] = { "hold", IDS, true, "leave them alone unless named by id" },
	[DEAD_REMOVE] = { "remove", IDS, true, "for good" },
	[DEAD_RETURN] = { "return", IDS, true,
	    "a non-delivery report to the sender; then as remove" },
	[DEAD_EXPORT] = { "export", FOLDER_AND_IDS, true,
	    "copy letters and reports to a folder" },
	[DEAD_EXPIRE] = { "expire", NONE, false,
	    "remove what dead.keep_age and dead.keep_bytes ask for" },
};

#define BIT(verb) (1U << (verb))
enum {
	ANY = (1 << DEAD_VERBS) - 1,
	CHOOSING = ANY & ~(1 << DEAD_EXPIRE),
	MOVING = 1 << DEAD_RETRY | 1 << DEAD_RELEASE | 1 << DEAD_RETURN,
};

enum kind { HELP, FILE_NAME, KEY, SET, TEXT, YES, VERDICT, AGE, RATE };

/* To add an option: its row, and its slot in struct dead_options. */
static const struct row {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* NULL: takes none */
	unsigned verbs;
	enum kind kind;
	size_t slot;
	const char *about;
} rows[] = {
#define SLOT(field) offsetof(struct dead_options, field)
	{ "all", 0, NULL, CHOOSING, YES, SLOT(all), "every letter" },
	{ "verdict", 0, "V", CHOOSING, VERDICT, 0,
	    "that died so: crashed, timed-out, refused ..." },
	{ "sender", 0, "TEXT", CHOOSING, TEXT, SLOT(sender), "whose sender holds this" },
	{ "group", 0, "G", CHOOSING, TEXT, SLOT(group),
	    "of a group, as groups shows it" },
	{ "older", 0, "AGE", CHOOSING, AGE, SLOT(older_ms),
	    "that died longer ago: 30m, 12h, 7d" },
	{ "newer", 0, "AGE", CHOOSING, AGE, SLOT(newer_ms), "that died since" },
	{ "json", 0, NULL, CHOOSING, YES, SLOT(json), "a line of JSON for each" },
	{ "rate", 0, "N/s", MOVING, RATE, SLOT(rate), "at most so many" },
	{ "yes", 'y', NULL, BIT(DEAD_REMOVE), YES, SLOT(yes), "do not ask" },
	{ "keep", 0, NULL, BIT(DEAD_RETURN), YES, SLOT(keep), "keep the letter, held" },
	{ "from", 0, "ADDRESS", BIT(DEAD_RETURN), TEXT, SLOT(from),
	    "whom the report comes from" },
	{ "scrub", 0, NULL, BIT(DEAD_EXPORT), YES, SLOT(scrub),
	    "nothing of people or mail in reports" },
	{ "config", 'c', "FILE", ANY, FILE_NAME, 0, "the service's configuration" },
	{ "spool", 0, "DIR", ANY, KEY, 0, "the same as --set spool=DIR" },
	{ "set", 0, "KEY=VALUE", ANY, SET, 0,
	    "beats the environment, which beats the file" },
	{ "help", 'h', NULL, ANY, HELP, 0, "this text" },
};
enum { ROWS = sizeof rows / sizeof rows[0], LONG_FROM = 256 };

/* All verbs. */
static void put_overview(FILE *to)
{
	(void)fputs("usage: bulkhead dead VERB [OPTION]... [ID]...\n"
		    "\n"
		    "What to do with dead letters, whether the service runs or not.\n"
		    "\n",
	    to);
	for (int i = 0; i < DEAD_VERBS; i++)
		(void)fprintf(to, "  %-8s %s\n", verbs[i].name, verbs[i].about);
	(void)fputs(
	    "\n"
	    "Letters are named by the beginnings of their ids, by --all, or by filters:\n"
	    "--verdict, --sender, --group, --older, --newer. How a verb is used:\n"
	    "bulkhead dead VERB --help. See bulkhead-dead(8).\n",
	    to);
}

void dead_usage(const char *name, FILE *to)
{
	static const char *const operands[] = { "", " [ID]...", " DIR [ID]..." };
	unsigned v = 0;

	while (v < DEAD_VERBS && !(name && strcmp(verbs[v].name, name) == 0))
		v++;
	if (v == DEAD_VERBS) {
		put_overview(to);
		return;
	}
	(void)fprintf(to, "usage: bulkhead dead %s [OPTION]...%s\n\n%s: %s.\n\n", name,
	    operands[verbs[v].operands], name, verbs[v].about);
	for (int i = 0; i < ROWS; i++)
		if (rows[i].verbs & BIT(v))
			cli_put_option(rows[i].letter, rows[i].name, rows[i].value,
			    rows[i].about, to);
	if (verbs[v].needs)
		(void)fputs("\nLetters must be named: by id, by --all, or by filters, "
			    "all of which\nmust be passed.\n",
		    to);
	(void)fputs("\nSee bulkhead-dead(8).\n", to);
}

const char *dead_verb_name(enum dead_verb v)
{
	return verbs[v].name;
}

static int dead_options_refuse(const char *word, const char *what)
{
	(void)fprintf(
	    stderr, "bulkhead dead: %s: %s; see bulkhead dead --help\n", word, what);
	return ROLE_USAGE;
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

static const struct row *dead_options_find_row(int option)
{
	for (int i = 0; i < ROWS; i++)
		if (option == LONG_FROM + i ||
		    (rows[i].letter && option == rows[i].letter))
			return &rows[i];
	return NULL;
}

/* One option: -1 to go on, else the exit code. */
static int dead_options_take(struct dead_options *o, int option, const char *word)
{
	const struct row *row = dead_options_find_row(option);
	char *slot = row ? (char *)o + row->slot : NULL;
	char *equals;

	if (option == ':')
		return dead_options_refuse(word, "needs a value");
	if (!row || !(row->verbs & BIT(o->verb)))
		return dead_options_refuse(word, "unknown option");
	switch (row->kind) {
	case HELP:
		dead_usage(verbs[o->verb].name, stdout);
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	case FILE_NAME:
		o->common.file = optarg;
		return -1;
	case KEY:
		return cli_options_flag(&o->common, row->name, optarg)
			   ? -1
			   : dead_options_refuse(word, strerror(ENOMEM));
	case SET:
		equals = strchr(optarg, '=');
		if (!equals)
			return dead_options_refuse(optarg, "KEY=VALUE is needed");
		*equals = '\0';
		return cli_options_flag(&o->common, optarg, equals + 1)
			   ? -1
			   : dead_options_refuse(word, strerror(ENOMEM));
	case VERDICT:
		if (!is_verdict(optarg))
			return dead_options_refuse(optarg, "no such verdict");
		o->verdict = optarg;
		return -1;
	case TEXT:
		memcpy(slot, &optarg, sizeof optarg);
		return -1;
	case YES:
		*(bool *)slot = true;
		return -1;
	case AGE:
		if (units_parse(UNITS_TIME, optarg, (uint64_t *)(void *)slot))
			return -1;
		return dead_options_refuse(
		    optarg, "an age such as 30m, 12h or 7d is needed");
	case RATE:
		return read_rate(optarg, &o->rate)
			   ? -1
			   : dead_options_refuse(optarg, "a rate such as 10/s is needed");
	}
	return ROLE_USAGE;
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

static int dead_options_take_operands(struct dead_options *o, int count, char **operands)
{
	const struct verb *v = &verbs[o->verb];
	bool filtered = o->verdict || o->sender || o->group || o->older_ms || o->newer_ms;

	if (v->operands == FOLDER_AND_IDS) {
		if (count == 0)
			return dead_options_refuse(v->name, "DIR is missing");
		o->folder = operands[0];
		operands++;
		count--;
	}
	if (v->operands == NONE && count > 0)
		return dead_options_refuse(operands[0], "not expected");
	for (int i = 0; i < count; i++)
		if (!check_id(operands[i]))
			return dead_options_refuse(
			    operands[i], "not an id, nor the beginning of one");
	if (count > 0 && o->all)
		return dead_options_refuse("--all", "not together with ids");
	if (v->needs && count == 0 && !o->all && !filtered)
		return dead_options_refuse(
		    v->name, "name letters by id or filter, or say --all");
	o->ids = operands;
	o->id_count = (size_t)count;
	return -1;
}

int dead_options_read(struct dead_options *o, int argc, char **argv)
{
	struct option longs[ROWS + 1] = { { 0 } };
	const char *name = argc > 1 ? argv[1] : "--help";
	int option, leave = -1;
	unsigned v = 0;

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		dead_usage(NULL, argc > 1 ? stdout : stderr);
		if (argc == 1)
			return ROLE_USAGE;
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	}
	while (v < DEAD_VERBS && strcmp(verbs[v].name, name) != 0)
		v++;
	if (v == DEAD_VERBS)
		return dead_options_refuse(name, "unknown verb");
	*o = (struct dead_options){ .verb = (enum dead_verb)v,
		.common.file = getenv("BULKHEAD_CONFIG") };
	if (o->common.file && *o->common.file == '\0')
		o->common.file = NULL;
	for (int i = 0; i < ROWS; i++)
		longs[i] = (struct option){ rows[i].name,
			rows[i].value ? required_argument : no_argument, NULL,
			LONG_FROM + i };
	argc--;
	argv++;
	optind = 0; /* glibc: start anew, whoever read options before */
	while (leave == -1) {
		int at = optind > 0 ? optind : 1;
		option = getopt_long(argc, argv, ":c:yh", longs, NULL);
		if (option == -1)
			break;
		leave = dead_options_take(o, option, argv[at]);
	}
	if (leave == -1)
		leave = dead_options_take_operands(o, argc - optind, argv + optind);
	if (leave != -1)
		dead_options_clear(o);
	return leave;
}

void dead_options_clear(struct dead_options *o)
{
	cli_options_clear(&o->common);
}

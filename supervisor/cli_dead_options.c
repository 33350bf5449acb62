#include "cli_dead.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "roles.h"
#include "units.h"

enum operands { NONE, IDS, FOLDER_AND_IDS };

static const struct verb {
	const char *name;
	enum operands operands;
	bool
	    needs; /* letters must be chosen: without ids, --all or a filter it refuses */
} verbs[DEAD_VERBS] = {
	[DEAD_LIST] = { "list", IDS, false },
	[DEAD_SHOW] = { "show", IDS, true },
	[DEAD_GROUPS] = { "groups", IDS, false },
	[DEAD_RETRY] = { "retry", IDS, true },
	[DEAD_RELEASE] = { "release", IDS, true },
	[DEAD_HOLD] = { "hold", IDS, true },
	[DEAD_REMOVE] = { "remove", IDS, true },
	[DEAD_RETURN] = { "return", IDS, true },
	[DEAD_EXPORT] = { "export", FOLDER_AND_IDS, true },
	[DEAD_EXPIRE] = { "expire", NONE, false },
};

#define BIT(verb) (1U << (verb))
enum {
	ANY = (1 << DEAD_VERBS) - 1,
	CHOOSING = ANY & ~(1 << DEAD_EXPIRE),
	MOVING = 1 << DEAD_RETRY | 1 << DEAD_RELEASE | 1 << DEAD_RETURN,
};

enum kind { HELP, FILE_NAME, KEY, SET, TEXT, YES, AGE, RATE };

/* To add an option: its row, and its slot in struct dead_options. */
static const struct row {
	const char *name;
	int letter; /* 0: none */
	bool value;
	unsigned verbs;
	enum kind kind;
	size_t slot;
} rows[] = {
#define SLOT(field) offsetof(struct dead_options, field)
	{ "all", 0, false, CHOOSING, YES, SLOT(all) },
	{ "verdict", 0, true, CHOOSING, TEXT, SLOT(verdict) },
	{ "sender", 0, true, CHOOSING, TEXT, SLOT(sender) },
	{ "group", 0, true, CHOOSING, TEXT, SLOT(group) },
	{ "older", 0, true, CHOOSING, AGE, SLOT(older_ms) },
	{ "newer", 0, true, CHOOSING, AGE, SLOT(newer_ms) },
	{ "json", 0, false, CHOOSING, YES, SLOT(json) },
	{ "rate", 0, true, MOVING, RATE, SLOT(rate) },
	{ "yes", 'y', false, BIT(DEAD_REMOVE), YES, SLOT(yes) },
	{ "keep", 0, false, BIT(DEAD_RETURN), YES, SLOT(keep) },
	{ "from", 0, true, BIT(DEAD_RETURN), TEXT, SLOT(from) },
	{ "scrub", 0, false, BIT(DEAD_EXPORT), YES, SLOT(scrub) },
	{ "config", 'c', true, ANY, FILE_NAME, 0 },
	{ "spool", 0, true, ANY, KEY, 0 },
	{ "workers", 0, true, BIT(DEAD_EXPIRE), KEY, 0 },
	{ "set", 0, true, ANY, SET, 0 },
	{ "help", 'h', false, ANY, HELP, 0 },
};
enum { ROWS = sizeof rows / sizeof rows[0], LONG_FROM = 256 };

void dead_usage(FILE *to)
{
	(void)fputs(
	    "usage: bulkhead dead VERB [OPTION]... [ID]...\n"
	    "\n"
	    "What to do with dead letters, whether the service runs or not:\n"
	    "  list        what lies there              groups  by what they died of\n"
	    "  show        all that is known of them    export DIR  copy them, with "
	    "reports\n"
	    "  retry       back to incoming, anew       hold    keep: not --all, not "
	    "expire\n"
	    "  release     retry those that are held    remove  for good\n"
	    "  return      a non-delivery report to the sender; then as remove\n"
	    "  expire      what dead.keep_age and dead.keep_bytes ask for\n"
	    "\n"
	    "Which: the beginning of an ID will do; --all; or what passes all of\n"
	    "      --verdict V    crashed, timed-out, ...\n"
	    "      --sender TEXT  a part of it\n"
	    "      --group G      as groups shows it\n"
	    "      --older AGE, --newer AGE  30m, 12h, 7d\n"
	    "      --json         a line of JSON for each\n"
	    "      --rate N/s     retry, release, return: at most so many\n"
	    "  -y, --yes          remove: do not ask\n"
	    "      --keep         return: keep the letter, held\n"
	    "      --from ADDRESS return: who it comes from\n"
	    "      --scrub        export: nothing of people or mail in reports\n"
	    "  -c, --config FILE, --spool DIR, --set KEY=VALUE  as of serve\n"
	    "\n"
	    "See bulkhead-dead(8).\n",
	    to);
}

const char *dead_verb_name(enum dead_verb v)
{
	return verbs[v].name;
}

static int refuse(const char *word, const char *what)
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

static const struct row *find_row(int option)
{
	for (int i = 0; i < ROWS; i++)
		if (option == LONG_FROM + i ||
		    (rows[i].letter && option == rows[i].letter))
			return &rows[i];
	return NULL;
}

/* One option: -1 to go on, else the exit code. */
static int take(struct dead_options *o, int option, const char *word)
{
	const struct row *row = find_row(option);
	char *slot = row ? (char *)o + row->slot : NULL;
	char *equals;

	if (option == ':')
		return refuse(word, "needs a value");
	if (!row || !(row->verbs & BIT(o->verb)))
		return refuse(word, "unknown option");
	switch (row->kind) {
	case HELP:
		dead_usage(stdout);
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	case FILE_NAME:
		o->common.file = optarg;
		return -1;
	case KEY:
		return cli_options_flag(&o->common, row->name, optarg)
			   ? -1
			   : refuse(word, strerror(ENOMEM));
	case SET:
		equals = strchr(optarg, '=');
		if (!equals)
			return refuse(optarg, "KEY=VALUE is needed");
		*equals = '\0';
		return cli_options_flag(&o->common, optarg, equals + 1)
			   ? -1
			   : refuse(word, strerror(ENOMEM));
	case TEXT:
		memcpy(slot, &optarg, sizeof optarg);
		return -1;
	case YES:
		*(bool *)slot = true;
		return -1;
	case AGE:
		if (units_parse(UNITS_TIME, optarg, (uint64_t *)(void *)slot))
			return -1;
		return refuse(optarg, "an age such as 30m, 12h or 7d is needed");
	case RATE:
		return read_rate(optarg, &o->rate)
			   ? -1
			   : refuse(optarg, "a rate such as 10/s is needed");
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

static int take_operands(struct dead_options *o, int count, char **operands)
{
	const struct verb *v = &verbs[o->verb];
	bool filtered = o->verdict || o->sender || o->group || o->older_ms || o->newer_ms;

	if (v->operands == FOLDER_AND_IDS) {
		if (count == 0)
			return refuse(v->name, "DIR is missing");
		o->folder = operands[0];
		operands++;
		count--;
	}
	if (v->operands == NONE && count > 0)
		return refuse(operands[0], "not expected");
	for (int i = 0; i < count; i++)
		if (!check_id(operands[i]))
			return refuse(operands[i], "not an id, nor the beginning of one");
	if (count > 0 && o->all)
		return refuse("--all", "not together with ids");
	if (v->needs && count == 0 && !o->all && !filtered)
		return refuse(v->name, "name letters by id or filter, or say --all");
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
		dead_usage(argc > 1 ? stdout : stderr);
		return argc > 1 && fflush(stdout) == 0 ? ROLE_FINE : ROLE_USAGE;
	}
	while (v < DEAD_VERBS && strcmp(verbs[v].name, name) != 0)
		v++;
	if (v == DEAD_VERBS)
		return refuse(name, "unknown verb");
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
		leave = take(o, option, argv[at]);
	}
	if (leave == -1)
		leave = take_operands(o, argc - optind, argv + optind);
	if (leave != -1)
		dead_options_clear(o);
	return leave;
}

void dead_options_clear(struct dead_options *o)
{
	cli_options_clear(&o->common);
}

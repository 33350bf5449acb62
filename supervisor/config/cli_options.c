/* SPDX-License-Identifier: ISC */
#include "config/cli_options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "config/roles.h"

enum verb_bit {
	SERVE = 1,
	CHECK = 2,
	DUMP = 4,
	CONVERT = 8,
	FILTER = 16,
	DOCTOR = 32,
	ANY = 63
};

static const struct verb {
	enum verb_bit bit;
	bool many; /* operands */
	const char *name;
	const char *operand; /* NULL: takes none */
	const char *about;
} verbs[] = {
	{ SERVE, false, "serve", NULL,
	    "Convert the messages that come into the spool's incoming folder, until "
	    "told\n"
	    "to stop. Runs in the foreground; the log goes to standard error.\n" },
	{ CHECK, false, "check", NULL,
	    "Read the configuration as serve would, and say what is wrong with it.\n" },
	{ DUMP, false, "dump", "FILE",
	    "Write what a message holds as text to standard output. The message is read\n"
	    "by a sandboxed worker with the limits of the configuration.\n" },
	{ CONVERT, true, "convert", "PATH...",
	    "Convert files, and the files below folders; - is standard input. Results "
	    "are\n"
	    "put beside the inputs, or into a folder that mirrors theirs; a.msg becomes\n"
	    "a.msg.eml. Inputs are never changed. What is there already is skipped, so "
	    "an\n"
	    "interrupted run is resumed by running it again.\n" },
	{ FILTER, false, "filter", NULL,
	    "Convert one message from standard input to standard output, for mail "
	    "systems\n"
	    "that call a program: by the service that runs on the spool, if one does, "
	    "else\n"
	    "by a worker of its own. Exits with 0, 65 (it cannot be converted), 75 (try\n"
	    "again later), 64 (usage) or 78 (configuration).\n" },
	{ DOCTOR, false, "doctor", NULL,
	    "Try in a real worker whatever a worker must not be able to do, and look at\n"
	    "the cgroup, the spool's file systems and the host. A table tells what\n"
	    "stopped each; the exit code is 1 when something is open.\n" },
};

enum kind {
	HELP,
	TEXT, /* kept at slot */
	YES,  /* true at slot */
	KEY,  /* the same as --set NAME=VALUE */
	SET,
};

/* To add an option: its row, and its slot in struct cli_options. */
static const struct option_row {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: takes none */
	unsigned verbs;
	enum kind kind;
	size_t slot;
	const char *about;
} rows[] = {
#define SLOT(field) offsetof(struct cli_options, field)
	{ 'o', "output", "TO", CONVERT, TEXT, SLOT(output),
	    "folder, file or - (standard output) for results" },
	{ 0, "to", "FORMAT", CONVERT, TEXT, SLOT(to),
	    "mime (the default), text or json" },
	{ 0, "attachments", "DIR", CONVERT, TEXT, SLOT(attachments),
	    "extract the attachments there instead; with --to json\n"
	    "the message as well" },
	{ 0, "force", NULL, CONVERT, YES, SLOT(force), "replace results that are there" },
	{ 0, "dead", "DIR", CONVERT, TEXT, SLOT(dead),
	    "copy what failed there, with reports" },
	{ 0, "json", NULL, CONVERT, YES, SLOT(json),
	    "tell of each input as a line of JSON" },
	{ 0, "json", NULL, DUMP, YES, SLOT(json), "as one JSON object" },
	{ 0, "json", NULL, DOCTOR, YES, SLOT(json), "the table as JSON" },
	{ 0, "sync", "WHEN", CONVERT, TEXT, SLOT(sync),
	    "to the disk: none, batch (the default) or each" },
	{ 0, "on-failure", "WHAT", FILTER, TEXT, SLOT(on_failure),
	    "of a message that cannot be converted: passthrough (the\n"
	    "default; it comes out as it came in) or fail" },
	{ 0, "dead", NULL, FILTER, YES, SLOT(keep),
	    "where no dead letter can be kept, exit with 75" },
	{ 'c', "config", "FILE", ANY, TEXT, SLOT(file),
	    "the configuration; without it $BULKHEAD_CONFIG names the\n"
	    "file, without that there is none: defaults are used" },
	{ 0, "spool", "DIR", SERVE | CHECK | DUMP | FILTER | DOCTOR, KEY, 0,
	    "the same as --set spool=DIR" },
	{ 0, "workers", "N", ANY & ~FILTER, KEY, 0,
	    "the same as --set workers=N; N or auto" },
	{ 0, "set", "KEY=VALUE", ANY, SET, 0,
	    "beats the environment, which beats the file" },
	{ 0, "print", NULL, CHECK, YES, SLOT(print),
	    "write the settings in force as YAML" },
	{ 'h', "help", NULL, ANY, HELP, 0, "this text" },
};
enum { ROWS = sizeof rows / sizeof rows[0], LONG_FROM = 256 };

static const char program_usage[] =
    "usage: bulkhead VERB [OPTION]...\n"
    "\n"
    "A mail interchange that one bad message cannot stop.\n"
    "\n"
    "  serve      convert the messages of a spool\n"
    "  check      check the configuration\n"
    "  dump FILE  show what a message holds\n"
    "  convert    convert files and folders\n"
    "  dead VERB  list, show, retry, remove ... dead letters\n"
    "  filter     convert one message from standard input to standard output\n"
    "  doctor     try the sandbox and the machine\n"
    "  help VERB  how a verb is used\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "See bulkhead(8), bulkhead-convert(1), bulkhead-dead(8), bulkhead.yaml(5),\n"
    "bulkhead-events(7).\n";

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

void cli_put_option(
    char letter, const char *name, const char *value, const char *about, FILE *to)
{
	enum { COLUMN = 22 };
	char head[80];
	const char *line = about, *end;

	int n = snprintf(head, sizeof head, "  %s --%s%s%s",
	    letter ? (const char[]){ '-', letter, ',', '\0' } : "   ", name,
	    value ? " " : "", value ? value : "");
	(void)fprintf(to, "%-*s%s", COLUMN - 1, head, n < COLUMN ? " " : "\n");
	if (n >= COLUMN)
		(void)fprintf(to, "%*s", COLUMN, "");
	for (; (end = strchr(line, '\n')); line = end + 1)
		(void)fprintf(to, "%.*s\n%*s", (int)(end - line), line, COLUMN, "");
	(void)fprintf(to, "%s\n", line);
}

bool cli_usage(const char *name, FILE *to)
{
	if (!name) {
		(void)fputs(program_usage, to);
		return true;
	}
	const struct verb *v = find_verb(name);
	if (!v)
		return false;
	(void)fprintf(to, "usage: bulkhead %s [OPTION]...%s%s\n\n%s\n", v->name,
	    v->operand ? " " : "", v->operand ? v->operand : "", v->about);
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].verbs & v->bit)
			cli_put_option(rows[i].letter, rows[i].name, rows[i].value,
			    rows[i].about, to);
	(void)fputs("\nThe keys are in bulkhead.yaml(5).\n", to);
	return true;
}

static int cli_options_refuse(const struct verb *v, const char *word, const char *what)
{
	(void)fprintf(stderr, "bulkhead %s: %s: %s; see bulkhead %s --help\n", v->name,
	    word, what, v->name);
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
static const struct option_row *cli_options_find_row(const struct verb *v, int option)
{
	const char *name = option >= LONG_FROM && option < LONG_FROM + ROWS
			       ? rows[option - LONG_FROM].name
			       : NULL;

	for (size_t i = 0; i < ROWS; i++)
		if ((rows[i].verbs & v->bit) &&
		    (name ? strcmp(rows[i].name, name) == 0
			  : rows[i].letter && rows[i].letter == option))
			return &rows[i];
	return NULL;
}

/* One option: -1 to go on, else the exit code. */
static int cli_options_take(
    struct cli_options *o, const struct verb *v, int option, const char *word)
{
	const struct option_row *row = cli_options_find_row(v, option);
	char *equals;

	if (option == ':')
		return cli_options_refuse(v, word, "needs a value");
	if (!row)
		return cli_options_refuse(v, word, "unknown option");
	switch (row->kind) {
	case HELP:
		(void)cli_usage(v->name, stdout);
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	case TEXT:
		memcpy((char *)o + row->slot, &optarg, sizeof optarg);
		return -1;
	case YES:
		*(bool *)((char *)o + row->slot) = true;
		return -1;
	case KEY:
		return cli_options_flag(o, row->name, optarg)
			   ? -1
			   : cli_options_refuse(v, word, strerror(ENOMEM));
	case SET:
		break;
	}
	equals = strchr(optarg, '=');
	if (!equals)
		return cli_options_refuse(v, optarg, "KEY=VALUE is needed");
	*equals = '\0';
	return cli_options_flag(o, optarg, equals + 1)
		   ? -1
		   : cli_options_refuse(v, word, strerror(ENOMEM));
}

static int cli_options_take_operands(
    struct cli_options *o, const struct verb *v, int count, char **operands)
{
	if (!v->operand)
		return count == 0 ? -1
				  : cli_options_refuse(v, operands[0], "not expected");
	if (count == 0)
		return cli_options_refuse(v, v->operand, "is missing");
	if (count > 1 && !v->many)
		return cli_options_refuse(v, operands[1], "not expected");
	o->operands = operands;
	o->operand_count = (size_t)count;
	return -1;
}

int cli_options_read(struct cli_options *o, int argc, char **argv)
{
	struct option longs[ROWS + 1] = { { 0 } };
	const struct verb *v = find_verb(argv[0]);
	int option = 0, leave = -1, count = 0;

	assert(v);
	for (int i = 0; i < ROWS; i++)
		if (rows[i].verbs & v->bit)
			longs[count++] = (struct option){ rows[i].name,
				rows[i].value ? required_argument : no_argument, NULL,
				LONG_FROM + i };
	*o = (struct cli_options){ .file = getenv("BULKHEAD_CONFIG") };
	if (o->file && *o->file == '\0')
		o->file = NULL;
	optind = 0; /* glibc: start anew, whoever read options before */
	while (leave == -1) {
		int at = optind > 0 ? optind : 1;
		option = getopt_long(argc, argv, ":c:o:h", longs, NULL);
		if (option == -1)
			break;
		leave = cli_options_take(o, v, option, argv[at]);
	}
	if (leave == -1)
		leave = cli_options_take_operands(o, v, argc - optind, argv + optind);
	if (leave != -1)
		cli_options_clear(o);
	return leave;
}

void cli_options_clear(struct cli_options *o)
{
	free(o->flags);
	*o = (struct cli_options){ 0 };
}

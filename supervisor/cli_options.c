#include "cli_options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "roles.h"

static const struct verb {
	const char *name;
	const char *operand; /* NULL: takes none */
	bool print;          /* has --print */
	const char *about;
} verbs[] = {
	{ "serve", NULL, false,
	    "Convert the messages that come into the spool's incoming folder, until "
	    "told\n"
	    "to stop. Runs in the foreground; the log goes to standard error.\n" },
	{ "check", NULL, true,
	    "Read the configuration as serve would, and say what is wrong with it.\n" },
	{ "dump", "FILE", false,
	    "Write what a message holds as text to standard output. The message is read\n"
	    "by a sandboxed worker with the limits of the configuration.\n" },
};

static const char program_usage[] =
    "usage: bulkhead VERB [OPTION]...\n"
    "\n"
    "A mail interchange that one bad message cannot stop.\n"
    "\n"
    "  serve      convert the messages of a spool\n"
    "  check      check the configuration\n"
    "  dump FILE  show what a message holds\n"
    "  help VERB  how a verb is used\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "See bulkhead(8), bulkhead.yaml(5), bulkhead-events(7).\n";

static const char common_usage[] =
    "  -c, --config FILE   the configuration; without it $BULKHEAD_CONFIG names the\n"
    "                      file, without that there is none: defaults are used\n"
    "      --spool DIR     the same as --set spool=DIR\n"
    "      --workers N     the same as --set workers=N; N or auto\n"
    "      --set KEY=VALUE beats the environment, which beats the file\n";

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
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
	(void)fprintf(to, "usage: bulkhead %s [OPTION]...%s%s\n\n%s\n%s", v->name,
	    v->operand ? " " : "", v->operand ? v->operand : "", v->about, common_usage);
	if (v->print)
		(void)fputs(
		    "      --print         write the settings in force as YAML\n", to);
	(void)fputs("  -h, --help          this text\n\n"
		    "The keys are in bulkhead.yaml(5).\n",
	    to);
	return true;
}

static int refuse(const struct verb *v, const char *word, const char *what)
{
	(void)fprintf(stderr, "bulkhead %s: %s: %s; see bulkhead %s --help\n", v->name,
	    word, what, v->name);
	return ROLE_USAGE;
}

static bool add_flag(struct cli_options *o, const char *key, const char *value)
{
	struct config_flag *more =
	    reallocarray(o->flags, o->flag_count + 1, sizeof *o->flags);
	if (!more)
		return false;
	o->flags = more;
	o->flags[o->flag_count++] = (struct config_flag){ key, value };
	return true;
}

enum { OPTION_SPOOL = 256, OPTION_WORKERS, OPTION_SET, OPTION_PRINT };

/* One option: -1 to go on, else the exit code. */
static int take(struct cli_options *o, const struct verb *v, int option, const char *word)
{
	char *equals = NULL;
	bool added = true;

	switch (option) {
	case 'c':
		o->file = optarg;
		break;
	case 'h':
		(void)cli_usage(v->name, stdout);
		return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
	case OPTION_SPOOL:
		added = add_flag(o, "spool", optarg);
		break;
	case OPTION_WORKERS:
		added = add_flag(o, "workers", optarg);
		break;
	case OPTION_SET:
		equals = strchr(optarg, '=');
		if (!equals)
			return refuse(v, optarg, "KEY=VALUE is needed");
		*equals = '\0';
		added = add_flag(o, optarg, equals + 1);
		break;
	case OPTION_PRINT:
		if (!v->print)
			return refuse(v, word, "unknown option");
		o->print = true;
		break;
	case ':':
		return refuse(v, word, "needs a value");
	default:
		return refuse(v, word, "unknown option");
	}
	return added ? -1 : refuse(v, word, strerror(ENOMEM));
}

static int take_operands(
    struct cli_options *o, const struct verb *v, int count, char **operands)
{
	if (!v->operand)
		return count == 0 ? -1 : refuse(v, operands[0], "not expected");
	if (count == 0)
		return refuse(v, v->operand, "is missing");
	if (count > 1)
		return refuse(v, operands[1], "not expected");
	o->operand = operands[0];
	return -1;
}

int cli_options_read(struct cli_options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "spool", required_argument, NULL, OPTION_SPOOL },
		{ "workers", required_argument, NULL, OPTION_WORKERS },
		{ "set", required_argument, NULL, OPTION_SET },
		{ "print", no_argument, NULL, OPTION_PRINT },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const struct verb *v = find_verb(argv[0]);
	int option = 0, leave = -1;

	assert(v);
	*o = (struct cli_options){ .file = getenv("BULKHEAD_CONFIG") };
	if (o->file && *o->file == '\0')
		o->file = NULL;
	optind = 0; /* glibc: start anew, whoever read options before */
	while (leave == -1) {
		int at = optind > 0 ? optind : 1;
		option = getopt_long(argc, argv, ":c:h", longs, NULL);
		if (option == -1)
			break;
		leave = take(o, v, option, argv[at]);
	}
	if (leave == -1)
		leave = take_operands(o, v, argc - optind, argv + optind);
	if (leave != -1)
		cli_options_clear(o);
	return leave;
}

void cli_options_clear(struct cli_options *o)
{
	free(o->flags);
	*o = (struct cli_options){ 0 };
}

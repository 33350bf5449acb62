/* SPDX-License-Identifier: ISC */
#include "config/cli_table.h"

#include <string.h>

#include "proto/formats.h"

static const struct cli_verb_row verbs[CLI_VERBS] = {
	[CLI_SERVE] = { "serve", CLI_NONE, NULL, false, false,
	    "Convert the messages that come into the spool's incoming folder, until "
	    "told\n"
	    "to stop. Runs in the foreground; the log goes to standard error.\n" },
	[CLI_CHECK] = { "check", CLI_NONE, NULL, false, false,
	    "Read the configuration as serve would, and say what is wrong with it.\n" },
	[CLI_DUMP] = { "dump", CLI_ONE, "FILE", false, false,
	    "Write what a message holds as text to standard output. The message is read\n"
	    "by a sandboxed worker with the limits of the configuration.\n" },
	[CLI_STORE] = { "list", CLI_ONE, "STORE", false, false,
	    "List what a store (mbox, PST, archive) holds: its folders, with how many\n"
	    "items each has, or its items. It is read by a sandboxed worker.\n" },
	[CLI_CONVERT] = { "convert", CLI_MANY, "PATH...", false, false,
	    "Convert files, and what lies below folders: beside a.msg comes a.msg.eml,\n"
	    "beside a.eml a.converted.eml. A path of - is standard input: it stands "
	    "alone,\nwithout -o DIR. With -o one folder's content lies directly in DIR; "
	    "of "
	    "several\npaths each keeps its last part, and those must differ (or "
	    "--files-from).\n"
	    "-O, and -o with - or a device, take the result of one file; --attachments "
	    "is\n"
	    "for -o; --json needs standard output. A result of the input's present state "
	    "is\n"
	    "skipped, of an older one made anew; all else by its name is in the way.\n"
	    "A store (mbox, PST, archive) gives a folder, with a result for each "
	    "item.\n" },
	[CLI_FILTER] = { "filter", CLI_NONE, NULL, true, false,
	    "Convert one message from standard input to standard output, for mail "
	    "systems\n"
	    "that call a program: by the service that runs on the spool, if one does, "
	    "else\n"
	    "by a worker of its own. Exits with 0, 65 (it cannot be converted), 75 (try\n"
	    "again later), 64 (usage) or 78 (configuration).\n" },
	[CLI_DOCTOR] = { "doctor", CLI_NONE, NULL, false, false,
	    "Try in a real worker whatever a worker must not be able to do, and look at\n"
	    "the cgroup, the spool's file systems and the host. A table tells what\n"
	    "stopped each; the exit code is 1 when something is open.\n" },
	[CLI_STATUS] = { "status", CLI_NONE, NULL, true, false,
	    "Is mail flowing? What the running service says of itself in one look. The\n"
	    "exit code is 0 when messages are taken, 1 when not (it says why), 3 when "
	    "no\n"
	    "service runs on the spool.\n" },
	[CLI_WORKERS] = { "workers", CLI_NONE, NULL, true, false,
	    "Each worker of the running service: what it has in hand and since when, "
	    "its\n"
	    "processor time and memory.\n" },
	[CLI_QUEUE] = { "queue", CLI_QUEUE_WORDS, "[VERB ID...]", true, false,
	    "The messages that the running service has in hand, and how old they are;\n"
	    "or what to do with some of them, by their ids:\n"
	    "\n"
	    "  list          all of them, as without a verb\n"
	    "  show ID...    what is known of them\n"
	    "  cat ID        the message itself\n"
	    "  hold ID...    make them dead letters that only who names them touches\n"
	    "  release ID... try those again\n"
	    "  remove ID...  remove them for good\n"
	    "  return ID...  send a non-delivery report to the sender; then as "
	    "remove\n" },
	[CLI_TOP] = { "top", CLI_NONE, NULL, true, false,
	    "The same as status and workers, once a second until q or Ctrl-C.\n" },
	[CLI_EVENTS] = { "events", CLI_NONE, NULL, true, false,
	    "What the running service does, as it happens: its log's lines as JSON.\n" },
	[CLI_PAUSE] = { "pause", CLI_NONE, NULL, true, false,
	    "Let the running service take no more messages; what is in hand goes on.\n" },
	[CLI_RESUME] = { "resume", CLI_NONE, NULL, true, false,
	    "Let it take messages again.\n" },
	[CLI_SCALE] = { "scale", CLI_ONE, "N", true, false,
	    "Let it have so many workers, until it ends or reads its configuration "
	    "again.\n" },
	[CLI_KILL] = { "kill", CLI_ONE, "WORKER", true, false,
	    "Kill a worker by its number. It is replaced; its message is charged with a\n"
	    "crash and tried again, or goes to the dead letters.\n" },
	[CLI_RELOAD] = { "reload", CLI_NONE, NULL, true, false,
	    "Let it read its configuration again, as after HUP.\n" },
	[CLI_DRAIN] = { "drain", CLI_NONE, NULL, true, false,
	    "Let it finish what is in hand and end, as after TERM.\n" },
	[CLI_DEAD_LIST] = { "dead list", CLI_IDS, "[ID]...", true, false,
	    "What lies there, the oldest first.\n" },
	[CLI_DEAD_SHOW] = { "dead show", CLI_IDS, "[ID]...", true, true,
	    "All that is known of a letter.\n" },
	[CLI_DEAD_CAT] = { "dead cat", CLI_IDS, "ID", true, true,
	    "Write a letter as it came to standard output.\n" },
	[CLI_DEAD_GROUPS] = { "dead groups", CLI_IDS, "[ID]...", true, false,
	    "Count them by what they died of.\n" },
	[CLI_DEAD_RETRY] = { "dead retry", CLI_IDS, "[ID]...", true, true,
	    "Put them back into incoming, with a fresh count.\n" },
	[CLI_DEAD_RELEASE] = { "dead release", CLI_IDS, "[ID]...", true, true,
	    "Retry those that are held.\n" },
	[CLI_DEAD_HOLD] = { "dead hold", CLI_IDS, "[ID]...", true, true,
	    "Leave them alone unless they are named by id.\n" },
	[CLI_DEAD_REMOVE] = { "dead remove", CLI_IDS, "[ID]...", true, true,
	    "Remove them for good.\n" },
	[CLI_DEAD_RETURN] = { "dead return", CLI_IDS, "[ID]...", true, true,
	    "Send a non-delivery report to the sender; then as remove.\n" },
	[CLI_DEAD_EXPORT] = { "dead export", CLI_FOLDER_AND_IDS, "DIR [ID]...", true,
	    true, "Copy letters and their reports to a folder.\n" },
	[CLI_DEAD_EXPIRE] = { "dead expire", CLI_NONE, NULL, true, false,
	    "Remove what dead.keep_age and dead.keep_bytes ask for.\n" },
};

enum verb_set {
	SERVE = CLI_BIT(CLI_SERVE),
	CHECK = CLI_BIT(CLI_CHECK),
	DUMP = CLI_BIT(CLI_DUMP),
	STORE = CLI_BIT(CLI_STORE),
	CONVERT = CLI_BIT(CLI_CONVERT),
	FILTER = CLI_BIT(CLI_FILTER),
	DOCTOR = CLI_BIT(CLI_DOCTOR),
	LOOKING = CLI_BIT(CLI_STATUS) | CLI_BIT(CLI_WORKERS) | CLI_BIT(CLI_QUEUE),
	ORDERING = CLI_BIT(CLI_PAUSE) | CLI_BIT(CLI_RESUME) | CLI_BIT(CLI_SCALE) |
		   CLI_BIT(CLI_KILL) | CLI_BIT(CLI_RELOAD) | CLI_BIT(CLI_DRAIN),
	LISTING = CLI_BIT(CLI_DEAD_LIST),
	REMOVE = CLI_BIT(CLI_DEAD_REMOVE),
	RETURN = CLI_BIT(CLI_DEAD_RETURN),
	EXPORT = CLI_BIT(CLI_DEAD_EXPORT),
	EXPIRE = CLI_BIT(CLI_DEAD_EXPIRE),
	ANY = CLI_BIT(CLI_VERBS) - 1,
	DEAD = ANY & ~(CLI_BIT(CLI_DEAD_LIST) - 1),
	CHOOSING = DEAD & ~EXPIRE & ~CLI_BIT(CLI_DEAD_CAT),
	MOVING = CLI_BIT(CLI_DEAD_RETRY) | CLI_BIT(CLI_DEAD_RELEASE) | RETURN,
};

static const struct cli_option_row rows[] = {
#define SLOT(field) offsetof(struct cli_options, field)
	{ 'o', "output", "DIR", CONVERT, CLI_TEXT, SLOT(output),
	    "the folder for results; - or a device: written to", NULL },
	{ 'O', "output-file", "FILE", CONVERT, CLI_TEXT, SLOT(output_file),
	    "the name of the one result, no folder", NULL },
	{ 0, "to", "FORMAT", CONVERT, CLI_FORMAT, SLOT(to), NULL, NULL },
	{ 0, "attachments", "DIR", CONVERT, CLI_TEXT, SLOT(attachments),
	    "extract attachments there; with --to json the mail, too", NULL },
	{ 0, "dead", "DIR", CONVERT, CLI_TEXT, SLOT(dead),
	    "copy what failed there, with reports", NULL },
	{ 0, "include", "GLOB", CONVERT, CLI_LIST, SLOT(include),
	    "only names like this; with a slash: paths", NULL },
	{ 0, "exclude", "GLOB", CONVERT, CLI_LIST, SLOT(exclude),
	    "none like this; may be given again", NULL },
	{ 0, "newer", "AGE", CONVERT, CLI_AGE, SLOT(newer_ms),
	    "changed since: 30m, 12h, 7d", NULL },
	{ 0, "older", "AGE", CONVERT, CLI_AGE, SLOT(older_ms), "changed before that",
	    NULL },
	{ 0, "folder", "GLOB", CONVERT | STORE, CLI_LIST, SLOT(folders),
	    "of a store: only its folders like this", NULL },
	{ 0, "since", "DATE", CONVERT | STORE, CLI_DATE, SLOT(since),
	    "of a store: only items of that day (UTC) or later", NULL },
	{ 0, "until", "DATE", CONVERT | STORE, CLI_DATE, SLOT(until),
	    "of a store: only items before that day", NULL },
	{ 0, "layout", "HOW", CONVERT, CLI_TEXT, SLOT(layout),
	    "of a store's results: files, maildir, mbox or lines", NULL },
	{ 0, "dedupe", "BY", CONVERT, CLI_TEXT, SLOT(dedupe),
	    "each message once: by message-id or content", NULL },
	{ 0, "only-failed", NULL, CONVERT, CLI_YES, SLOT(only_failed),
	    "of a store: only items that failed before", NULL },
	{ 0, "associated", NULL, CONVERT | STORE, CLI_YES, SLOT(associated),
	    "of a store: what programs keep in folders, too", NULL },
	{ 0, "files-from", "FILE", CONVERT, CLI_TEXT, SLOT(files_from),
	    "a path on each line; - is standard input", NULL },
	{ '0', "null", NULL, CONVERT, CLI_YES, SLOT(zero), "they end with a zero byte",
	    NULL },
	{ 'n', "dry-run", NULL, CONVERT, CLI_YES, SLOT(dry_run),
	    "only tell what would be done", NULL },
	{ 0, "force", NULL, CONVERT, CLI_YES, SLOT(force),
	    "replace results that are there", NULL },
	{ 0, "mtime", "WHOSE", CONVERT, CLI_TEXT, SLOT(mtime),
	    "of results: input (the default), message or now", NULL },
	{ 0, "sync", "WHEN", CONVERT, CLI_TEXT, SLOT(sync),
	    "to the disk: none, batch (the default) or each", NULL },
	{ 0, "json", NULL, CONVERT, CLI_YES, SLOT(json),
	    "tell of each input as a line of JSON", NULL },
	{ 0, "summary", "FILE", CONVERT, CLI_TEXT, SLOT(summary),
	    "counts by verdict, reason, folder: .json, .csv", NULL },
	{ 'v', "verbose", NULL, CONVERT, CLI_YES, SLOT(verbose), "tell of each input",
	    NULL },
	{ 'q', "quiet", NULL, CONVERT, CLI_YES, SLOT(quiet), "only what failed", NULL },
	{ 0, "items", NULL, STORE, CLI_YES, SLOT(items), "each item on a line", NULL },
	{ 0, "json", NULL, STORE, CLI_YES, SLOT(json), "each line as JSON", NULL },
	{ 0, "json", NULL, DUMP, CLI_YES, SLOT(json), "as one JSON object", NULL },
	{ 0, "json", NULL, DOCTOR, CLI_YES, SLOT(json), "the table as JSON", NULL },
	{ 0, "json", NULL, LOOKING, CLI_YES, SLOT(json),
	    "as one JSON object, as over HTTP", NULL },
	{ 0, "json", NULL, ORDERING, CLI_YES, SLOT(json), "the answer as a line of JSON",
	    NULL },
	{ 0, "json", NULL, CLI_BIT(CLI_TOP), CLI_YES, SLOT(json),
	    "a line of JSON each second, as the API's events", NULL },
	{ 0, "json", NULL, CLI_BIT(CLI_EVENTS), CLI_YES, SLOT(json),
	    "as it is without this option", NULL },
	{ 0, "on-failure", "WHAT", FILTER, CLI_TEXT, SLOT(on_failure),
	    "of a message that cannot be converted: passthrough (the\n"
	    "default; it comes out as it came in) or fail",
	    NULL },
	{ 0, "dead", NULL, FILTER, CLI_YES, SLOT(keep),
	    "where no dead letter can be kept, exit with 75", NULL },
	{ 0, "all", NULL, CHOOSING, CLI_YES, SLOT(all), "every letter", NULL },
	{ 0, "verdict", "V", CHOOSING, CLI_VERDICT, SLOT(verdict),
	    "that died so: crashed, timed-out, refused ...", NULL },
	{ 0, "sender", "TEXT", CHOOSING, CLI_TEXT, SLOT(sender),
	    "whose sender holds this", NULL },
	{ 0, "group", "G", CHOOSING, CLI_TEXT, SLOT(group),
	    "of a group, as groups shows it", NULL },
	{ 0, "older", "AGE", CHOOSING, CLI_AGE, SLOT(older_ms),
	    "that died longer ago: 30m, 12h, 7d", NULL },
	{ 0, "newer", "AGE", CHOOSING, CLI_AGE, SLOT(newer_ms), "that died since", NULL },
	{ 0, "json", NULL, CHOOSING, CLI_YES, SLOT(json), "a line of JSON for each",
	    NULL },
	{ 0, "limit", "N", LISTING, CLI_COUNT, SLOT(limit),
	    "at most so many, the latest first", NULL },
	{ 0, "before", "ID", LISTING, CLI_ID, SLOT(before), "taken before this one",
	    NULL },
	{ 0, "rate", "N/s", MOVING, CLI_RATE, SLOT(rate), "at most so many", NULL },
	{ 'y', "yes", NULL, REMOVE, CLI_YES, SLOT(yes), "do not ask", NULL },
	{ 0, "keep", NULL, RETURN, CLI_YES, SLOT(keep), "keep the letter, held", NULL },
	{ 0, "from", "ADDRESS", RETURN, CLI_TEXT, SLOT(from),
	    "whom the report comes from", NULL },
	{ 0, "scrub", NULL, EXPORT, CLI_YES, SLOT(scrub),
	    "nothing of people or mail in reports", NULL },
	{ 'q', "quiet", NULL, EXPIRE, CLI_YES, SLOT(quiet), "the log alone", NULL },
	{ 'c', "config", "FILE", ANY, CLI_TEXT, SLOT(file),
	    "the configuration; without it $BULKHEAD_CONFIG names it", NULL },
	{ 0, "spool", "DIR", ANY & ~CONVERT, CLI_KEY, 0, "the same as --set spool=DIR",
	    NULL },
	{ 0, "workers", "N", SERVE | CHECK | DUMP | CONVERT | DOCTOR, CLI_KEY, 0,
	    "the same as --set workers=N; N or auto", NULL },
	{ 'j', "jobs", "N", CONVERT, CLI_KEY, 0, "the same", "workers" },
	{ 0, "set", "KEY=VALUE", ANY, CLI_SET, 0,
	    "beats the environment, which beats the file", NULL },
	{ 0, "print", NULL, CHECK, CLI_YES, SLOT(print),
	    "write the settings in force as YAML", NULL },
	{ 'h', "help", NULL, ANY, CLI_HELP, 0, "this text", NULL },
#undef SLOT
};
enum { ROWS = sizeof rows / sizeof rows[0] };
_Static_assert(sizeof rows / sizeof rows[0] < CLI_ROWS_MAX, "an array on a stack");

static const char program_usage[] =
    "usage: bulkhead VERB [OPTION]...\n"
    "\n"
    "A mail interchange that one bad message cannot stop.\n"
    "\n"
    "  serve      convert the messages of a spool\n"
    "  check      check the configuration\n"
    "  dump FILE  show what a message holds\n"
    "  list       tell what a store holds\n"
    "  convert    convert files and folders\n"
    "  dead VERB  list, show, retry, remove ... dead letters\n"
    "  filter     convert one message from standard input to standard output\n"
    "  doctor     try the sandbox and the machine\n"
    "  help VERB  how a verb is used\n"
    "\n"
    "and of a running service:\n"
    "  status, workers, queue, top, events             look at it\n"
    "  pause, resume, scale N, kill N, reload, drain   have it do something\n"
    "\n"
    "  -h, --help     this text\n"
    "  -V, --version  the version\n"
    "\n"
    "See bulkhead(8), bulkhead-convert(1), bulkhead-dead(8), bulkhead.yaml(5),\n"
    "bulkhead-events(7).\n";

const struct cli_verb_row *cli_verb_row(enum cli_verb v)
{
	return &verbs[v];
}

const char *cli_verb_name(enum cli_verb v)
{
	return verbs[v].name;
}

enum cli_verb cli_verb_named(const char *name)
{
	enum cli_verb v = 0;

	while (v < CLI_VERBS && strcmp(verbs[v].name, name) != 0)
		v++;
	return v;
}

const struct cli_option_row *cli_option_row(unsigned i)
{
	return i < ROWS ? &rows[i] : NULL;
}

/* "mime (default), text or json" */
static const char *cli_table_formats(void)
{
	enum { WIDTH = 44 }; /* of a line, so that all fit 80 columns */
	static char text[256];
	size_t n = 0, line = 0;

	for (size_t i = 0; formats_targets[i]; i++) {
		bool turn = n - line + strlen(formats_targets[i]) > WIDTH;
		const char *between = formats_targets[i + 1] ? "," : " or";
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s",
		    i == 0 ? "" : between,
		    i == 0 ? ""
		    : turn ? "\n"
			   : " ",
		    formats_targets[i], i == 0 ? " (default)" : "");
		if (turn)
			line = n;
	}
	return text;
}

/* "  -c, --config FILE   about", its further lines below it. */
static void put_option(const struct cli_option_row *row, FILE *to)
{
	enum { COLUMN = 22 };
	char head[80];
	const char *line = row->kind == CLI_FORMAT ? cli_table_formats() : row->about;
	const char *end;

	int n = snprintf(head, sizeof head, "  %s --%s%s%s",
	    row->letter ? (const char[]){ '-', row->letter, ',', '\0' } : "   ",
	    row->name, row->value ? " " : "", row->value ? row->value : "");
	(void)fprintf(to, "%-*s%s", COLUMN - 1, head, n < COLUMN ? " " : "\n");
	if (n >= COLUMN)
		(void)fprintf(to, "%*s", COLUMN, "");
	for (; (end = strchr(line, '\n')); line = end + 1)
		(void)fprintf(to, "%.*s\n%*s", (int)(end - line), line, COLUMN, "");
	(void)fprintf(to, "%s\n", line);
}

/* All verbs of dead letters. */
static void put_overview(FILE *to)
{
	(void)fputs("usage: bulkhead dead VERB [OPTION]... [ID]...\n"
		    "\n"
		    "What to do with dead letters, whether the service runs or not.\n"
		    "\n",
	    to);
	for (enum cli_verb v = CLI_DEAD_LIST; v <= CLI_DEAD_EXPIRE; v++)
		(void)fprintf(
		    to, "  %-8s %s", verbs[v].name + strlen("dead "), verbs[v].about);
	(void)fputs(
	    "\n"
	    "Letters are named by the beginnings of their ids, by --all, or by filters:\n"
	    "--verdict, --sender, --group, --older, --newer. How a verb is used:\n"
	    "bulkhead dead VERB --help. See bulkhead-dead(8).\n",
	    to);
}

bool cli_usage(const char *name, FILE *to)
{
	enum cli_verb v = name ? cli_verb_named(name) : CLI_VERBS;
	bool dead = name && strcmp(name, "dead") == 0;

	if (!name)
		(void)fputs(program_usage, to);
	else if (dead)
		put_overview(to);
	if (v == CLI_VERBS)
		return !name || dead;
	(void)fprintf(to, "usage: bulkhead %s [OPTION]...%s%s\n\n%s\n", name,
	    verbs[v].operand ? " " : "", verbs[v].operand ? verbs[v].operand : "",
	    verbs[v].about);
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].verbs & CLI_BIT(v))
			put_option(&rows[i], to);
	(void)fputc('\n', to);
	if (verbs[v].needs)
		(void)fputs(
		    "Letters are named by id, by --all, or by filters, each passed.\n",
		    to);
	(void)fputs(verbs[v].client
			? "Without -c and --spool: ./spool where there is one, else that "
			  "of\n/etc/bulkhead/bulkhead.yaml.\n"
			: "The keys are in bulkhead.yaml(5).\n",
	    to);
	return true;
}

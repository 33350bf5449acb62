/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "convert/convert.h"
#include "convert/convert_private.h"
#include "log/log.h"

static bool cli_convert_refuse(const char *what, const char *why)
{
	(void)fprintf(
	    stderr, "bulkhead convert: %s: %s; see bulkhead convert --help\n", what, why);
	return false;
}

static bool read_sync(const char *word, enum convert_sync *to)
{
	static const char *const names[] = { "none", "batch", "each" };

	*to = CONVERT_SYNC_BATCH;
	for (unsigned i = 0; word && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(word, names[i]) == 0) {
			*to = (enum convert_sync)i;
			return true;
		}
	return !word || cli_convert_refuse(word, "--sync is none, batch or each");
}

static bool read_mtime(const char *word, enum convert_mtime *to)
{
	static const char *const names[] = { "input", "message", "now" };

	*to = CONVERT_MTIME_INPUT;
	for (unsigned i = 0; word && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(word, names[i]) == 0) {
			*to = (enum convert_mtime)i;
			return true;
		}
	return !word || cli_convert_refuse(word, "--mtime is input, message or now");
}

static bool read_layout(const char *word, struct convert_options *o)
{
	int k = 0;

	while (word && k < STORE_LAYOUTS && strcmp(word, store_layouts[k]) != 0)
		k++;
	if (k == STORE_LAYOUTS)
		return cli_convert_refuse(
		    word, "--layout is files, maildir, mbox or lines");
	o->layout = (enum store_layout)k;
	if (o->layout == STORE_LINES && !o->named_target)
		o->to = formats_rows[FORMATS_JSON].name;
	if (o->layout == STORE_LINES &&
	    strcmp(o->to, formats_rows[FORMATS_JSON].name) != 0)
		return cli_convert_refuse("--layout lines", "they are of --to json");
	if ((o->layout == STORE_MAILDIR || o->layout == STORE_MBOX) &&
	    strcmp(o->to, formats_rows[FORMATS_MIME].name) != 0)
		return cli_convert_refuse(
		    "--layout", "such a mailbox holds mails: --to mime");
	return o->layout == STORE_FILES || !o->attachments ||
	       cli_convert_refuse("--layout", "does not go with --attachments");
}

static bool read_dedupe(const char *word, struct convert_options *o)
{
	o->dedupe = !word                             ? CONVERT_DEDUPE_NOT
		    : strcmp(word, "message-id") == 0 ? CONVERT_DEDUPE_ID
		    : strcmp(word, "content") == 0    ? CONVERT_DEDUPE_CONTENT
						      : CONVERT_DEDUPE_NOT;
	if (word && o->dedupe == CONVERT_DEDUPE_NOT)
		return cli_convert_refuse(word, "--dedupe is message-id or content");
	return !word || (o->output && !target_is_stream(o->output)) ||
	       cli_convert_refuse("--dedupe", "needs a folder of results: -o DIR");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Results of two inputs never meet: so two paths with one last part are refused. */
static bool paths_differ(const struct convert_options *o)
{
	char **bases = calloc(o->count, sizeof *bases);
	bool differ = true;

	for (size_t i = 0; bases && i < o->count; i++) {
		bases[i] = target_base(o->paths[i]);
		differ = differ && bases[i];
	}
	if (!bases || !differ) {
		differ = cli_convert_refuse("PATH", strerror(ENOMEM));
		goto out;
	}
	qsort(bases, o->count, sizeof *bases, by_text);
	for (size_t i = 1; differ && i < o->count; i++)
		if (strcmp(bases[i - 1], bases[i]) == 0)
			differ = cli_convert_refuse(
			    bases[i], "two paths end so, and their results would meet");
out:
	for (size_t i = 0; bases && i < o->count; i++)
		free(bases[i]);
	free(bases);
	return differ;
}

static bool cli_convert_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Something that is there, but no folder. */
static bool is_other(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* A list of what does not go together. */
/* NOLINTNEXTLINE(readability-function-cognitive-complexity) */
static bool cli_convert_check(const struct convert_options *o)
{
	const char *to = o->output ? o->output : o->output_file;
	bool stream = to && target_is_stream(to);
	bool from_stdin = strcmp(o->paths[0], "-") == 0;

	for (size_t i = 0; o->count > 1 && i < o->count; i++)
		if (strcmp(o->paths[i], "-") == 0)
			return cli_convert_refuse("-", "standard input stands alone");
	if (o->output_file && (o->output || o->attachments || o->listed || o->count > 1 ||
				  cli_convert_is_folder(o->paths[0])))
		return cli_convert_refuse("-O", "takes the result of one file");
	if (o->output_file && cli_convert_is_folder(o->output_file))
		return cli_convert_refuse(
		    o->output_file, "a folder: -o puts results into it");
	if (o->output && !stream && from_stdin)
		return cli_convert_refuse(
		    "-o", "standard input has no name: -O FILE gives its result one");
	if (o->output && !stream && is_other(o->output))
		return cli_convert_refuse(
		    o->output, "no folder: -O FILE names the one result");
	if (o->attachments &&
	    (o->output ||
		(o->named_target && strcmp(o->to, formats_rows[FORMATS_JSON].name) != 0)))
		return cli_convert_refuse(
		    "--attachments", "stands for -o, and goes with --to json only");
	if (stream && (o->count > 1 || cli_convert_is_folder(o->paths[0])))
		return cli_convert_refuse(to, "takes the result of one file");
	if (o->json && ((to && target_standard(to) == STDOUT_FILENO) ||
			   (from_stdin && !to && !o->attachments)))
		return cli_convert_refuse(
		    "--json", "standard output is taken by the result");
	if (o->count > 1 && !o->listed && (o->output || o->attachments || o->dead))
		return paths_differ(o);
	return true;
}

int convert_main(int argc, char **argv)
{
	struct cli_options options;
	struct config *config = NULL;
	char **listed = NULL;
	int code = cli_options_read(&options, argc, argv);

	if (code != -1)
		return code;
	struct convert_options o = { .paths = options.operands,
		.count = options.operand_count,
		.to = options.to ? options.to : formats_targets[0],
		.named_target = options.to != NULL,
		.output = options.output,
		.output_file = options.output_file,
		.summary = options.summary,
		.listed = options.files_from,
		.dry_run = options.dry_run,
		.quiet = options.quiet,
		.verbose = options.verbose,
		.choice = { .include = options.include,
		    .exclude = options.exclude,
		    .folders = options.folders,
		    .associated = options.associated,
		    .since = options.since,
		    .until = options.until },
		.only_failed = options.only_failed,
		.dead = options.dead,
		.attachments = options.attachments,
		.force = options.force,
		.json = options.json };
	int64_t now = clock_wall_ms();
	o.choice.newer_than_ms = options.newer_ms ? now - (int64_t)options.newer_ms : 0;
	o.choice.older_than_ms = options.older_ms ? now - (int64_t)options.older_ms : 0;
	code = ROLE_USAGE;
	if (options.files_from) {
		listed =
		    choice_listed(options.files_from, options.zero, &o.count, stderr);
		if (!listed) {
			cli_options_clear(&options);
			return code;
		}
		o.paths = listed;
	}
	if (read_sync(options.sync, &o.sync) && read_mtime(options.mtime, &o.mtime) &&
	    read_layout(options.layout, &o) && read_dedupe(options.dedupe, &o) &&
	    cli_convert_check(&o))
		config = config_load(
		    options.file, environ, options.flags, options.flag_count, stderr);
	if (config) {
		log_quiet();
		code = convert_run(&o, config);
	}
	config_free(config);
	if (listed)
		free(listed[0]);
	free(listed);
	cli_options_clear(&options);
	return code;
}

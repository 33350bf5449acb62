/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "attempt/limit.h"
#include "base/utf8.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "files/copy.h"
#include "files/finality.h"
#include "filter/filter.h"
#include "log/log.h"

/*
 * One message from standard input to standard output, for mail systems that call a
 * program. They understand exit codes (sysexits.h): all is well, never again, or later.
 * Nothing is written before it is known how the message ended.
 */
struct filter {
	bool fail;      /* rather than let the original pass */
	bool must_keep; /* a dead letter */
	int no_spool;   /* why there is none: errno */
	bool named;     /* the spool, on the command line */
	bool told;      /* that there is none */
	struct filter_message message;
	struct result input;
	struct filter_outcome outcome;
};

static int cli_filter_complain(int code, const char *what, const char *detail)
{
	(void)fprintf(stderr, "bulkhead filter: %s%s", what, detail ? ": " : "");
	if (detail)
		utf8_put(stderr, detail, FILTER_WHY, UTF8_ESCAPE_ODD);
	(void)fputc('\n', stderr);
	return code;
}

/* --- the message --- */

/* A folder in which files can be made, for files without names. */
static struct results *filter_open_results(const char *path, int folder)
{
	struct results *results = NULL;
	int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int scratch = -1;

	if (fd != -1)
		results = results_open(fd);
	if (results)
		scratch = results_scratch(results);
	if (scratch == -1) {
		int saved = errno;
		results_close(results);
		results = NULL;
		errno = saved;
	} else {
		(void)close(scratch);
	}
	if (fd != -1)
		(void)close(fd);
	return results;
}

/* The spool's own, so that its space is what counts; else where temporary files go. */
static bool filter_find_results(struct filter *f)
{
	struct filter_message *m = &f->message;
	const char *const others[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };

	m->spool = open(f->message.config->spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->no_spool = m->spool == -1 ? errno : 0;
	if (m->spool != -1)
		m->results = filter_open_results("tmp", m->spool);
	for (size_t i = 0; !m->results && i < sizeof others / sizeof others[0]; i++)
		if (others[i] && *others[i] == '/')
			m->results = filter_open_results(others[i], AT_FDCWD);
	return m->results != NULL;
}

/* All of standard input, so that it can be read again and passed on. */
static bool take_input(struct filter *f)
{
	static char results[1 << 16];
	ssize_t n;

	if (!result_begin(f->message.results, &f->input))
		return false;
	while ((n = read(STDIN_FILENO, results, sizeof results)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || !copy_put(f->input.fd, results, (size_t)n))
			return false;
	}
	if (finality_check(&f->input.fd, &f->message.bytes, false) == OUTPUT_UNREADABLE)
		return false;
	f->message.input = f->input.fd;
	return true;
}

/* --- its end --- */

static int pass_on(int fd, uint64_t n)
{
	if (!copy_range(fd, 0, n, STDOUT_FILENO) || close(STDOUT_FILENO) == -1)
		return cli_filter_complain(
		    EX_TEMPFAIL, "cannot write to standard output", strerror(errno));
	return EX_OK;
}

/* The mail goes on without, so that a name that is wrong is no reason to lose any. */
static void cli_filter_tell_no_spool(struct filter *f)
{
	char text[FILTER_WHY];

	if (f->no_spool == 0 || f->told)
		return;
	f->told = true;
	(void)snprintf(text, sizeof text,
	    "%s: %s; reports and dead letters are not kept. Make this folder, or name "
	    "the "
	    "right one (--spool, or spool in the configuration)",
	    f->message.config->spool, strerror(f->no_spool));
	(void)cli_filter_complain(0, "there is no spool", text);
}

static int cli_filter_failed(struct filter *f)
{
	const struct filter_outcome *o = &f->outcome;
	char *letter = NULL, limit[LIMIT_SIZE];

	limit_text(f->message.config, o->verdict, limit);
	(void)cli_filter_complain(0, verdict_row(o->verdict)->text,
	    *o->why  ? o->why
	    : *limit ? limit
		     : NULL);
	if (filter_keep(&f->message, o, &letter)) {
		(void)cli_filter_complain(0, "dead letter", letter);
	} else {
		bool nowhere = f->message.spool == -1 && !f->message.config->folders.dead;
		(void)cli_filter_complain(0, "no dead letter could be kept",
		    nowhere ? "there is no spool" : strerror(errno));
		cli_filter_tell_no_spool(f);
		if (f->must_keep)
			return EX_TEMPFAIL;
	}
	free(letter);
	return f->fail ? EX_DATAERR : pass_on(f->message.input, f->message.bytes);
}

/* The message is not held up for want of a place for its report. */
static void cli_filter_notes(struct filter *f)
{
	const struct filter_outcome *o = &f->outcome;
	char *path = NULL, counts[80];

	(void)snprintf(counts, sizeof counts, "kept %u, changed %u, lost %u", o->note[0],
	    o->note[1], o->note[2]);
	(void)cli_filter_complain(0, "converted with notes", counts);
	if (filter_keep_notes(&f->message, o, &path))
		(void)cli_filter_complain(0, "report", path);
	else if (f->message.spool != -1 || f->message.config->folders.reports)
		(void)cli_filter_complain(0, "no report could be kept", strerror(errno));
	else
		cli_filter_tell_no_spool(f);
	free(path);
}

static int cli_filter_conclude(struct filter *f)
{
	const struct filter_outcome *o = &f->outcome;

	if (o->verdict == VERDICT_INFRASTRUCTURE)
		return cli_filter_complain(EX_TEMPFAIL, "try again later", o->why);
	if (!verdict_row(o->verdict)->good)
		return cli_filter_failed(f);
	if (o->report)
		cli_filter_notes(f);
	return pass_on(o->result, o->result_bytes);
}

static int cli_filter_run(struct filter *f)
{
	(void)umask((mode_t)f->message.config->files.umask);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || !filter_find_results(f))
		return cli_filter_complain(
		    EX_TEMPFAIL, "no folder for temporary files", strerror(errno));
	if (f->named)
		cli_filter_tell_no_spool(f);
	if (!take_input(f))
		return cli_filter_complain(
		    EX_TEMPFAIL, "cannot take standard input", strerror(errno));
	if (!filter_ask(&f->message, &f->outcome))
		filter_own(&f->message, &f->outcome);
	return cli_filter_conclude(f);
}

static bool read_on_failure(const char *word, bool *fail)
{
	*fail = word && strcmp(word, "fail") == 0;
	if (!word || *fail || strcmp(word, "passthrough") == 0)
		return true;
	(void)cli_filter_complain(0, "--on-failure is passthrough or fail", word);
	return false;
}

static bool filter_is_set(const struct cli_options *o, const char *key)
{
	for (size_t i = 0; i < o->flag_count; i++)
		if (strcmp(o->flags[i].key, key) == 0)
			return true;
	return false;
}

/* --set of what a service can be asked for, too. */
static void filter_read_wishes(const struct cli_options *o, struct filter_wishes *w)
{
	const struct {
		const char *key;
		bool *to;
	} wishes[] = { { "limits.time", &w->time }, { "limits.output", &w->output },
		{ "limits.memory", &w->memory }, { "convert.to", &w->to },
		{ "reports", &w->notes } };

	for (size_t k = 0; k < sizeof wishes / sizeof wishes[0]; k++)
		*wishes[k].to |= filter_is_set(o, wishes[k].key);
}

int filter_main(int argc, char **argv)
{
	struct cli_options options;
	struct filter f = { .message = { .spool = -1, .input = -1 },
		.input = { .fd = -1 },
		.outcome = { .result = -1 } };
	int code = cli_options_read(&options, argc, argv);

	if (code == ROLE_USAGE)
		return EX_USAGE;
	if (code != -1)
		return code == ROLE_FINE ? EX_OK : EX_TEMPFAIL;
	f.must_keep = options.keep;
	f.named = filter_is_set(&options, "spool");
	filter_read_wishes(&options, &f.message.wishes);
	if (!read_on_failure(options.on_failure, &f.fail)) {
		code = EX_USAGE;
		goto out;
	}
	f.message.config =
	    config_load(options.file, environ, options.flags, options.flag_count, stderr);
	if (!f.message.config) {
		code = EX_CONFIG;
		goto out;
	}
	log_quiet();
	code = cli_filter_run(&f);
out:
	filter_outcome_clear(&f.outcome);
	result_end(&f.input);
	results_close(f.message.results);
	if (f.message.spool != -1)
		(void)close(f.message.spool);
	config_free(f.message.config);
	cli_options_clear(&options);
	return code;
}

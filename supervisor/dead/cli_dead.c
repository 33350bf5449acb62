/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json_text.h"
#include "base/progress.h"
#include "base/utf8.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "dead/dead_expire.h"
#include "dead/dead_groups.h"
#include "dead/dead_move.h"
#include "dead/dead_return.h"
#include "dead/dead_show.h"
#include "dead/dead_walk.h"
#include "files/folder.h"

enum { EXIT_INTERRUPTED = 130 };

struct run {
	const struct cli_options *o;
	struct dead_store store;
	struct ids
	    chosen; /* typed beginnings stand for these, or remove asked about them */
	bool by_id; /* held letters, too */
	uint64_t newest; /* letters taken later are left alone */
	int64_t now_ms;
	int folder; /* export's */
	struct dead_groups *groups;
	struct dead_scribe *scribe; /* return's */
	struct dead_walk walk;
	struct progress progress;
	uint64_t seen, shown, done, failed;
	bool ended; /* an error that ends the walk */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* Why a walk ended. */
static void tell_walk(struct run *r)
{
	int saved = errno;

	progress_clear(&r->progress);
	if (interrupted || ferror(stdout))
		return;
	(void)fputs("bulkhead dead: ", stderr);
	if (*r->walk.at) {
		(void)fputs("folder ", stderr);
		utf8_put(stderr, r->walk.at, PATH_MAX, UTF8_ESCAPE_ODD);
		(void)fputs(": ", stderr);
	}
	(void)fprintf(stderr, "%s\n", strerror(saved));
}

/* "list" */
static const char *cli_dead_verb_name(enum cli_verb v)
{
	return cli_verb_name(v) + strlen("dead ");
}

/* ---- which letters ---- */

static bool cli_dead_wanted(void *arg, uint64_t id)
{
	const struct run *r = arg;

	return r->by_id ? ids_has(&r->chosen, id) && id <= r->newest : id <= r->newest;
}

/* What each typed beginning stands for: slot i of found. 0: nothing yet. */
struct typed {
	const struct cli_options *o;
	uint64_t *found;
	bool *twice;
};

static bool resolve_one(void *arg, uint64_t id)
{
	struct typed *t = arg;
	char hex[DEAD_ID_SIZE];

	(void)snprintf(hex, sizeof hex, "%016" PRIx64, id);
	for (size_t i = 0; i < t->o->operand_count; i++) {
		if (strncmp(hex, t->o->operands[i], strlen(t->o->operands[i])) != 0)
			continue;
		if (t->found[i] != 0 && t->found[i] != id)
			t->twice[i] = true;
		t->found[i] = id;
	}
	return false;
}

/* Ids for what was typed. False: told why. */
static bool cli_dead_resolve(struct run *r)
{
	size_t n = r->o->operand_count;
	struct typed t = { r->o, calloc(n, sizeof *t.found), calloc(n, sizeof *t.twice) };
	bool ok = t.found && t.twice;

	r->walk = (struct dead_walk){ .wanted = resolve_one, .arg = &t };
	ok = ok && dead_walk(&r->store, &r->walk);
	if (!ok)
		tell_walk(r);
	for (size_t i = 0; ok && i < n; i++) {
		if (t.found[i] == 0 || t.twice[i]) {
			(void)fprintf(stderr, "bulkhead dead: %s: %s\n",
			    r->o->operands[i],
			    t.twice[i] ? "several letters begin so"
				       : "there is no such letter");
			ok = false;
		} else if (!ids_has(&r->chosen, t.found[i])) {
			ok = ids_add(&r->chosen, t.found[i]);
			ids_sort(&r->chosen);
		}
	}
	free(t.found);
	free(t.twice);
	r->by_id = true;
	return ok;
}

/* "timed-out" is all verdicts that begin so. */
static bool has_verdict(const struct dead_letter *l, const char *want)
{
	const char *verdict = dead_verdict(l);
	size_t n = strlen(want);

	return strncmp(verdict, want, n) == 0 &&
	       (verdict[n] == '\0' || verdict[n] == '-');
}

static bool cli_dead_passes(const struct run *r, const struct dead_letter *l)
{
	const struct cli_options *o = r->o;
	uint64_t age = l->ended_ms < r->now_ms ? (uint64_t)(r->now_ms - l->ended_ms) : 0;
	char group[DEAD_ID_SIZE];

	if (o->verdict && !has_verdict(l, o->verdict))
		return false;
	if (o->sender && !strcasestr(dead_said(l, NULL, "sender"), o->sender))
		return false;
	if ((o->older_ms && age <= o->older_ms) || (o->newer_ms && age >= o->newer_ms))
		return false;
	if (o->group) {
		dead_group(l, group);
		if (strcmp(group, o->group) != 0)
			return false;
	}
	return true;
}

/* ---- one letter ---- */

/* So many in a second, from now on. */
static void cli_dead_pace(double rate)
{
	struct timespec pause;

	if (rate <= 0)
		return;
	pause.tv_sec = (time_t)(1 / rate);
	pause.tv_nsec = (long)((1 / rate - (double)pause.tv_sec) * 1e9);
	while (nanosleep(&pause, &pause) == -1 && errno == EINTR && !interrupted)
		;
}

/* What became of it: a line. Failures go to standard error. */
static void cli_dead_tell(
    struct run *r, const struct dead_letter *l, bool ok, const struct dead_done *d)
{
	const char *verb = cli_dead_verb_name(r->o->verb);
	FILE *to = ok ? stdout : stderr;

	if (!ok || isatty(STDOUT_FILENO))
		progress_clear(&r->progress);
	if (r->o->json) {
		json_t *o = dead_as_json(l);
		if (ok && r->o->verb == CLI_DEAD_HOLD)
			(void)json_object_set_new(o, "held", json_true());
		(void)json_object_set_new(o, "action", json_string(verb));
		(void)json_object_set_new(o, "ok", json_boolean(ok));
		if (!ok)
			(void)json_object_set_new(o, "error", json_string(d->trouble));
		(void)json_print(o, JSON_TEXT_LINE, stdout);
		return;
	}
	(void)fprintf(to, "%s%016" PRIx64 " ", ok ? "" : "bulkhead dead: ", l->id);
	utf8_put(to, l->name, NAME_SIZE, UTF8_ESCAPE_ODD);
	if (!ok) {
		(void)fprintf(to, ": %s\n", d->trouble);
		return;
	}
	if (*d->to) {
		(void)fputs(" -> ", to);
		utf8_put(to, d->sub, PATH_MAX, UTF8_ESCAPE_ODD);
		if (*d->sub)
			(void)fputc('/', to);
		utf8_put(to, d->to, NAME_SIZE, UTF8_ESCAPE_ODD);
	}
	(void)fputc('\n', to);
}

static bool export_one(struct run *r, const struct dead_letter *l, struct dead_done *d)
{
	return dead_export(&r->store, l, r->folder, r->o->scrub, d);
}

static bool retry_one(struct run *r, const struct dead_letter *l, struct dead_done *d)
{
	return dead_retry(&r->store, l, d);
}

static bool hold_one(struct run *r, const struct dead_letter *l, struct dead_done *d)
{
	return dead_hold(&r->store, l, d);
}

static bool cli_dead_remove_one(
    struct run *r, const struct dead_letter *l, struct dead_done *d)
{
	return dead_remove(&r->store, l, d);
}

static bool return_one(struct run *r, const struct dead_letter *l, struct dead_done *d)
{
	return dead_return(&r->store, l, r->scribe, r->o->from, r->o->keep, d);
}

/* The verbs that do something to each letter. */
static const struct action {
	bool (*run)(struct run *, const struct dead_letter *, struct dead_done *);
	bool changes;     /* one at a time */
	bool leaves_held; /* unless named by id */
	const char *done;
} actions[CLI_VERBS] = {
	[CLI_DEAD_RETRY] = { retry_one, true, true, "moved back to incoming" },
	[CLI_DEAD_RELEASE] = { retry_one, true, false, "released to incoming" },
	[CLI_DEAD_HOLD] = { hold_one, true, false, "held" },
	[CLI_DEAD_REMOVE] = { cli_dead_remove_one, true, true, "removed" },
	[CLI_DEAD_RETURN] = { return_one, true, true, "returned to their senders" },
	[CLI_DEAD_EXPORT] = { export_one, false, false, "exported" },
};

static void cli_dead_tick(struct run *r)
{
	if (progress_due(&r->progress))
		progress_tell(&r->progress,
		    &(struct progress_state){
			.done = r->seen, .of = r->walk.found, .failed = r->failed });
}

static bool cli_dead_act(void *arg, const struct dead_letter *l)
{
	struct run *r = arg;
	const struct action *a = &actions[r->o->verb];
	static struct dead_done d;

	if (interrupted)
		return false;
	r->seen++;
	cli_dead_tick(r);
	if (!cli_dead_passes(r, l) || (l->held && a->leaves_held && !r->by_id) ||
	    (!l->held && r->o->verb == CLI_DEAD_RELEASE))
		return true;
	d = (struct dead_done){ .trouble = NULL };
	bool ok = a->run(r, l, &d);
	if (!ok && d.gone)
		return true;
	cli_dead_tell(r, l, ok, &d);
	r->done += ok;
	r->failed += !ok;
	cli_dead_tick(r);
	cli_dead_pace(r->o->rate);
	return !interrupted;
}

static void show_one(const struct run *r, const struct dead_letter *l)
{
	if (r->o->json) {
		json_t *o = dead_as_json(l);
		if (l->report)
			(void)json_object_set(o, "report", l->report);
		(void)json_print(o, JSON_TEXT_LINE, stdout);
		return;
	}
	if (r->shown > 0)
		(void)fputc('\n', stdout);
	dead_show(&r->store, l, r->o, stdout);
}

static void list_one(const struct run *r, const struct dead_letter *l)
{
	if (r->o->json) {
		(void)json_print(dead_as_json(l), JSON_TEXT_LINE, stdout);
		return;
	}
	if (r->shown == 0)
		dead_list_head(stdout);
	dead_list_row(l, stdout);
}

static bool tell_one(void *arg, const struct dead_letter *l)
{
	struct run *r = arg;

	r->seen++;
	cli_dead_tick(r);
	if (!cli_dead_passes(r, l))
		return true;
	if (r->o->verb == CLI_DEAD_GROUPS && !dead_groups_add(r->groups, l))
		return false;
	if (r->o->verb == CLI_DEAD_SHOW)
		show_one(r, l);
	if (r->o->verb == CLI_DEAD_LIST)
		list_one(r, l);
	if (r->o->verb == CLI_DEAD_CAT && !dead_cat(l, stdout)) {
		r->walk.at[0] = '\0';
		return false;
	}
	r->shown++;
	if (r->o->limit && r->shown == r->o->limit) {
		r->ended = true;
		return false;
	}
	/* Perhaps nobody reads any more. */
	return !ferror(stdout) && !interrupted;
}

/* ---- the verbs ---- */

static bool count_one(void *arg, const struct dead_letter *l)
{
	struct run *r = arg;

	if (!cli_dead_passes(r, l) || (l->held && !r->by_id))
		return true;
	r->shown++;
	/* By id they are chosen already. */
	if (!r->by_id && !ids_add(&r->chosen, l->id))
		r->ended = true;
	return !r->ended;
}

/* For a line at the terminal. False: we were interrupted, be it before the wait began,
 * which a signal that comes only within it would not tell. */
static bool wait_for_line(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t stops, before;
	int found = -1;

	(void)sigemptyset(&stops);
	(void)sigaddset(&stops, SIGINT);
	(void)sigaddset(&stops, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &stops, &before);
	while (!interrupted && found == -1) {
		found = ppoll(&p, 1, NULL, &before);
		if (found == -1 && errno != EINTR)
			break;
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return !interrupted && found == 1;
}

/* Ask before removing; exactly what was counted is removed then. */
static bool cli_dead_confirm(struct run *r)
{
	char answer[16] = "";

	if (r->o->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		(void)fputs("bulkhead dead remove: there is no terminal to ask at; "
			    "--yes removes without asking\n",
		    stderr);
		return false;
	}
	r->walk =
	    (struct dead_walk){ .wanted = cli_dead_wanted, .each = count_one, .arg = r };
	if (!dead_walk(&r->store, &r->walk) || r->ended) {
		tell_walk(r);
		return false;
	}
	if (r->shown == 0)
		return true; /* the sum says so */
	(void)fprintf(
	    stderr, "Remove %" PRIu64 " dead letters for good? [y/N] ", r->shown);
	if (!wait_for_line() || !fgets(answer, sizeof answer, stdin)) {
		(void)fputc('\n', stderr); /* nobody else has ended the line */
		return false;
	}
	if (*answer != 'y' && *answer != 'Y')
		return false;
	ids_sort(&r->chosen);
	r->by_id = true;
	return true;
}

static bool open_export(struct run *r)
{
	if (mkdir(r->o->folder, 0700) == -1 && errno != EEXIST) {
		(void)fprintf(stderr, "bulkhead dead export: %s: %s\n", r->o->folder,
		    strerror(errno));
		return false;
	}
	r->folder = open(r->o->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->folder == -1)
		(void)fprintf(stderr, "bulkhead dead export: %s: %s\n", r->o->folder,
		    strerror(errno));
	return r->folder != -1;
}

static int run_action(struct run *r)
{
	const struct action *a = &actions[r->o->verb];

	if (a->changes && !dead_lock(&r->store)) {
		(void)fprintf(stderr,
		    "bulkhead dead: another bulkhead dead is at work here; try again\n");
		return ROLE_TAKEN;
	}
	if (r->o->verb == CLI_DEAD_REMOVE && !cli_dead_confirm(r))
		return interrupted ? EXIT_INTERRUPTED : ROLE_FAILED;
	if (r->o->verb == CLI_DEAD_EXPORT && !open_export(r))
		return ROLE_FAILED;
	progress_begin(&r->progress, true);
	r->walk = (struct dead_walk){
		.wanted = cli_dead_wanted, .each = cli_dead_act, .arg = r, .clean = true
	};
	bool ok = dead_walk(&r->store, &r->walk);
	progress_clear(&r->progress);
	if (!ok)
		tell_walk(r);
	if (r->o->verb == CLI_DEAD_EXPORT && folder_sync(r->folder) == -1)
		ok = false;
	if (!r->o->json)
		(void)fprintf(stderr, "%" PRIu64 " %s, %" PRIu64 " failed%s\n", r->done,
		    a->done, r->failed, interrupted ? "; interrupted" : "");
	if (interrupted)
		return EXIT_INTERRUPTED;
	return ok && r->failed == 0 ? ROLE_FINE : ROLE_FAILED;
}

static void tell_held_back(const struct dead_store *s)
{
	size_t n = dead_held_back(s);

	if (n > 0)
		(void)fprintf(stderr,
		    "%zu more could not be copied here and lie in active/" DEAD_HELD_BACK
		    ": see event 3306 in bulkhead-events(7)\n",
		    n);
}

/* For people; without a letter JSON has no line. */
static void tell_none(const struct cli_options *o)
{
	if (!o->json)
		(void)fputs("no dead letters\n", stderr);
}

static int run_telling(struct run *r)
{
	r->newest = UINT64_MAX;
	if (r->o->before)
		r->newest = strtoull(r->o->before, NULL, 16) - 1;
	progress_begin(
	    &r->progress, r->o->verb == CLI_DEAD_GROUPS || !isatty(STDOUT_FILENO));
	r->walk = (struct dead_walk){ .wanted = cli_dead_wanted,
		.each = tell_one,
		.arg = r,
		.latest_first = r->o->limit > 0,
		.clean = r->o->verb == CLI_DEAD_LIST };
	bool ok = dead_walk(&r->store, &r->walk) || r->ended;
	progress_clear(&r->progress);
	if (!ok)
		tell_walk(r);
	if (ok && r->o->verb == CLI_DEAD_GROUPS)
		ok = dead_groups_print(r->groups, r->o->json, stdout);
	if (r->walk.cleaned > 0 && !r->o->json)
		(void)fprintf(stderr, "%zu reports without a letter were removed\n",
		    r->walk.cleaned);
	if (ok && r->seen == 0)
		tell_none(r->o);
	else if (ok && r->shown == 0 && !r->o->json)
		(void)fprintf(stderr,
		    "none of the %" PRIu64 " dead letters passes the filters\n", r->seen);
	if (r->o->verb == CLI_DEAD_LIST)
		tell_held_back(&r->store);
	if (interrupted)
		return EXIT_INTERRUPTED;
	return ok && fflush(stdout) == 0 && !ferror(stdout) ? ROLE_FINE : ROLE_FAILED;
}

static void cli_dead_listen_to_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_signal };

	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static int cli_dead_run(const struct cli_options *o, const struct config *c)
{
	struct run r = { .o = o, .folder = -1, .now_ms = clock_wall_ms() };
	int exit = ROLE_FAILED;

	/* name_new_id: ids begin with the time. */
	r.newest = (uint64_t)r.now_ms << 20;
	(void)umask((mode_t)c->files.umask);
	if (!dead_open(&r.store, c, cli_dead_verb_name(o->verb)))
		return ROLE_FAILED;
	if (r.store.dead == -1 && o->operand_count == 0) {
		tell_none(o);
		return ROLE_FINE;
	}
	cli_dead_listen_to_signals();
	r.groups = o->verb == CLI_DEAD_GROUPS ? dead_groups_new() : NULL;
	r.scribe = o->verb == CLI_DEAD_RETURN ? dead_scribe_new(c) : NULL;
	if ((o->verb == CLI_DEAD_GROUPS && !r.groups) ||
	    (o->verb == CLI_DEAD_RETURN && !r.scribe))
		(void)fprintf(stderr, "bulkhead dead: %s\n", strerror(ENOMEM));
	else if (o->operand_count == 0 || cli_dead_resolve(&r))
		exit = actions[o->verb].run ? run_action(&r) : run_telling(&r);
	dead_groups_free(r.groups);
	dead_scribe_free(r.scribe);
	ids_clear(&r.chosen);
	if (r.folder != -1)
		(void)close(r.folder);
	dead_close(&r.store);
	return exit;
}

int dead_main(int argc, char **argv)
{
	struct cli_options o;
	int exit = cli_options_read(&o, argc, argv);

	if (exit != -1)
		return exit;
	struct config *c = config_load(o.file, environ, o.flags, o.flag_count, stderr);
	if (!c)
		exit = ROLE_USAGE;
	else
		exit = o.verb == CLI_DEAD_EXPIRE ? dead_expire(c, o.quiet)
						 : cli_dead_run(&o, c);
	config_free(c);
	cli_options_clear(&o);
	return exit;
}

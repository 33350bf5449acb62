/* SPDX-License-Identifier: ISC */
#include "convert/convert.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/dirstore.h"
#include "base/clock.h"
#include "base/reaper.h"
#include "base/timer.h"
#include "config/roles.h"
#include "convert/convert_private.h"
#include "convert/seen.h"
#include "files/naming.h"
#include "files/sync_aside.h"

enum {
	TURN_MS = 20,  /* what one turn of the loop may take before others get theirs */
	TICK_MS = 200, /* the progress line */
	AHEAD_TURN_MS = 5,      /* counting ahead, each tick */
	EXIT_INTERRUPTED = 130, /* as a shell tells of SIGINT */
};

static bool all_taken(const struct run *r)
{
	return (r->walked && !store_any(r)) || r->draining;
}

/* The next file that is meant. */
static bool next_meant(const struct run *r, struct walk *walk, struct walk_found *found)
{
	while (walk_next(walk, found))
		if (choice_takes(&r->options->choice, found))
			return true;
	return false;
}

/* As many as free workers can have at once. */
static void convert_take(struct run *r)
{
	uint64_t until = clock_ms() + TURN_MS;
	struct walk_found found;

	while (!all_taken(r) && attempts_free_workers(r->attempts) > 0 &&
	       r->count[INPUT_BUSY] < BUSY_MAX) {
		if (clock_ms() > until) {
			run_more(r);
			return;
		}
		if (input_must_wait(r))
			input_flush(r);
		if (input_must_wait(r))
			return;
		if (store_take(r))
			continue;
		if (r->walked)
			return;
		if (next_meant(r, r->walk, &found))
			input_take(r, &found);
		else
			r->walked = true;
	}
}

static void convert_go_on(struct run *r)
{
	convert_take(r);
	if (r->count[INPUT_UNDER_WAY] > 0)
		return;
	if (r->count[INPUT_BUSY] >= BUSY_MAX ||
	    (all_taken(r) && r->count[INPUT_BUSY] > 0)) {
		if (r->draining)
			input_try_again(r);
		else
			input_pause(r);
		return;
	}
	if (!all_taken(r))
		return;
	if (r->count[INPUT_STORING] > 0)
		input_flush(r);
	if (r->count[INPUT_STORING] == 0 && r->count[INPUT_SYNCING] == 0 &&
	    r->count[INPUT_BUSY] == 0)
		(void)event_base_loopbreak(r->base);
}

static void convert_on_more(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	convert_go_on(arg);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	input_flush(arg);
}

static void on_name(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	input_name_some(arg);
}

static void on_busy(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	input_try_again(arg);
}

static void convert_on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;
	uint64_t until = clock_ms() + AHEAD_TURN_MS;
	struct walk_found found;

	(void)fd;
	(void)what;
	while (r->ahead && !r->ahead_done && clock_ms() <= until) {
		if (next_meant(r, r->ahead, &found))
			r->ahead_found++;
		else
			r->ahead_done = true;
	}
	tell_tick(r);
}

static void on_interrupt(evutil_socket_t fd, short what, void *arg)
{
	struct run *r = arg;

	(void)fd;
	(void)what;
	r->exit = EXIT_INTERRUPTED;
	if (!r->draining) {
		r->draining = true;
		store_give_up(r);
		run_more(r);
		return;
	}
	r->stopping = true;
	attempt_queue_drain(r->queue);
	pool_stop(attempts_pool(r->attempts));
}

/* --- from the engine --- */

static void convert_turned(void *arg)
{
	convert_go_on(arg);
}

static void convert_hopeless(void *arg, const char *why)
{
	struct run *r = arg;

	tell_trouble(r, NULL, "no worker would start", why);
	r->exit = ROLE_HOPELESS;
	r->draining = r->stopping = true;
	attempt_queue_drain(r->queue);
	run_more(r);
}

/* --- begin and end --- */

static bool convert_listen_to_signals(struct run *r)
{
	static const struct {
		int number;
		event_callback_fn call;
	} handlers[] = { { SIGINT, on_interrupt }, { SIGTERM, on_interrupt } };

	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
		r->signals[i] =
		    evsignal_new(r->base, handlers[i].number, handlers[i].call, r);
		if (!r->signals[i] || event_add(r->signals[i], NULL) == -1)
			return false;
	}
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

/* With --layout files a folder is walked file by file, and its results mirror it: a
 * Maildir stays one. What is asked for of stores makes it one. */
static bool takes_folders(const struct convert_options *o)
{
	return o->layout != STORE_FILES || o->only_failed ||
	       o->choice.folders.count > 0 || o->choice.since || o->choice.until;
}

static bool convert_start(struct run *r)
{
	static const struct attempts_calls calls = { convert_turned, convert_hopeless };
	const struct convert_options *o = r->options;
	const struct timeval tick = timer_value(TICK_MS);

	r->leave.is_store = takes_folders(o) ? dirstore_is_store : NULL;
	r->base = event_base_new();
	r->walk = walk_new(o->paths, r->standard_input == -1 ? o->count : 0, &r->leave);
	if (!r->base || !r->walk || !convert_listen_to_signals(r))
		return false;
	if (r->progress.terminal)
		r->ahead = walk_new(o->paths, o->count, &r->leave);
	r->more = event_new(r->base, -1, 0, convert_on_more, r);
	r->flush = event_new(r->base, -1, 0, on_flush, r);
	r->name = event_new(r->base, -1, 0, on_name, r);
	r->busy = event_new(r->base, -1, 0, on_busy, r);
	r->tick = event_new(r->base, -1, EV_PERSIST, convert_on_tick, r);
	r->syncing = sync_aside_new(r->base, input_synced, r);
	if (!r->syncing || !r->more || !r->flush || !r->name || !r->busy || !r->tick ||
	    (r->progress.terminal && event_add(r->tick, &tick) == -1))
		return false;
	r->reaper = reaper_new(r->base);
	if (r->reaper)
		r->attempts = attempts_new(r->base, r->config, r->reaper, &calls, r);
	if (!r->attempts)
		return false;
	r->owner = input_owner;
	r->owner.unwinds = r->aside; /* only a report has a place for frames */
	r->queue = attempts_queue(r->attempts, &r->owner);
	return r->queue;
}

static void convert_end(struct run *r)
{
	struct event *events[] = { r->more, r->flush, r->name, r->busy, r->tick,
		r->signals[0], r->signals[1] };

	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		if (events[i])
			event_free(events[i]);
	sync_aside_free(r->syncing);
	reaper_free(r->reaper);
	attempts_free(r->attempts);
	store_give_up(r);
	walk_free(r->walk);
	walk_free(r->ahead);
	if (r->base)
		event_base_free(r->base);
	target_close(r);
	summary_free(r->summary);
	refusals_close(r->refusals);
	seen_close(r->seen);
}

/* One file for each way to compare and to lay results out: another layout makes all anew.
 */
static bool open_seen(struct run *r)
{
	const struct convert_options *o = r->options;
	char name[NAME_SIZE];

	if (o->dedupe == CONVERT_DEDUPE_NOT || o->dry_run)
		return true;
	(void)snprintf(name, sizeof name, NAMING_TEMPORARY "seen-%s-%s-%s",
	    o->dedupe == CONVERT_DEDUPE_ID ? "id" : "content", store_layouts[o->layout],
	    r->target->name);
	r->seen = seen_open(results_root(r->out), name, o->force);
	return r->seen != NULL;
}

/* With --attachments the messages themselves come, too, when that is asked for. */
static const struct formats_row *target_of(const struct convert_options *o)
{
	if (!o->attachments)
		return formats_by_name(o->to);
	return &formats_rows[o->named_target ? FORMATS_JSON_FILES : FORMATS_ATTACHMENTS];
}

/* One message that one worker will have done before others are ready: starting a worker
 * costs more than a small message. */
static bool is_one_small(const struct run *r)
{
	enum { SMALL = 1 << 20 };
	struct stat st;

	if (r->options->count > 1)
		return false;
	if (r->standard_input != -1)
		return fstat(r->standard_input, &st) == 0 && st.st_size <= SMALL;
	return stat(r->options->paths[0], &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size <= SMALL;
}

int convert_run(const struct convert_options *options, struct config *config)
{
	struct run r = { .options = options,
		.config = config,
		.standard_input = -1,
		.stream = -1,
		.began_ms = clock_wall_ms(),
		.exit = ROLE_FAILED,
		.target = target_of(options) };

	r.id = (uint64_t)r.began_ms << 22 | (uint64_t)getpid(); /* no pid is longer */
	r.extension = r.target->extension;
	TAILQ_INIT(&r.stores);
	for (int i = 0; i < INPUT_STATES; i++)
		TAILQ_INIT(&r.in[i]);
	tell_begin(&r);
	if (!target_open(&r))
		goto out;
	r.summary = options->summary ? summary_new() : NULL;
	if (r.out && r.stream == -1 && !r.file_name && !options->dry_run &&
	    !r.leave.extension && !r.leave.folder_extension)
		r.refusals =
		    refusals_open(results_root(r.out), r.target->name, options->force);
	if (is_one_small(&r)) {
		config->workers = 1;
		config->spares = 0;
	}
	if (!open_seen(&r) || !convert_start(&r)) {
		tell_trouble(&r, NULL, "cannot start", strerror(errno));
		goto out;
	}
	r.exit = ROLE_FINE;
	if (r.standard_input != -1)
		input_take(&r, &(struct walk_found){ .whole = true,
				   .root = -1,
				   .folder = -1,
				   .sub = "",
				   .name = "stdin" });
	r.walked = r.standard_input != -1;
	run_more(&r);
	(void)event_base_dispatch(r.base);
	tell_summary(&r);
	if (r.exit == ROLE_FINE && tally_failed(&r.tally) > 0)
		r.exit = ROLE_FAILED;
out:
	convert_end(&r);
	return r.exit;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/clock.h"
#include "base/latency.h"
#include "base/reaper.h"
#include "base/timer.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "door/door.h"
#include "log/log.h"
#include "service/canary.h"
#include "service/expiry.h"
#include "service/gateway_keeper.h"
#include "service/history.h"
#include "service/job.h"
#include "service/look.h"
#include "service/notify.h"
#include "service/readiness.h"
#include "service/ulimits.h"
#include "spool/intake.h"
#include "spool/janitor.h"
#include "spool/spool.h"

/*
 * The supervisor, as one straight story: configuration, spool, janitors, workers,
 * what the last run left, intake, signals, loop; then the way out.
 */
struct service {
	struct cli_options options;
	struct config *config;
	struct event_base *base;
	struct spool *spool;
	struct janitor *settler, *scanner; /* two: a long scan delays no message */
	struct attempts *attempts;
	struct canary *canary;
	struct jobs *jobs;
	struct intake *intake;
	struct expiry *expiry;
	struct history *history;
	struct gateway_keeper *gateway; /* NULL: no HTTP */
	int64_t started_ms;
	struct door *door; /* NULL: not open */
	struct reaper *reaper;
	struct event *tick, *deadline;
	struct event *signals[16];
	bool stopping; /* TERM came */
	bool drained;  /* of the spool's messages */
	bool ready;    /* the first worker was */
	int exit;
};

/* Of limits.stop so much is left for what is asked of workers, then of helpers; what is
 * not settled then is at the next start. */
enum { STOP_SHARE = 8, STOP_RESERVE_MS = 2000 };

static uint64_t stop_reserve(const struct service *s)
{
	uint64_t share = s->config->limits.stop / STOP_SHARE;

	return share < STOP_RESERVE_MS ? share : STOP_RESERVE_MS;
}

static void stop_now(evutil_socket_t fd, short what, void *arg);

static void serve_leave(struct service *s)
{
	(void)event_base_loopbreak(s->base);
}

static void leave_when_drained(struct service *s)
{
	if (s->drained && attempts_in_hand(s->attempts) == 0)
		serve_leave(s);
}

static void serve_drained(void *arg)
{
	struct service *s = arg;

	s->drained = true;
	leave_when_drained(s);
}

static void serve_give_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve_leave(arg);
}

static void alarm_in(struct service *s, event_callback_fn call, uint64_t ms)
{
	if (s->deadline)
		event_free(s->deadline);
	s->deadline = evtimer_new(s->base, call, s);
	if (s->deadline)
		timer_start(s->deadline, ms);
}

/* Finish what is in hand; put the rest back. */
static void serve_drain(struct service *s)
{
	struct jobs_counts c = jobs_counts(s->jobs);

	s->stopping = true;
	notify_stopping();
	if (s->intake)
		intake_stop(s->intake);
	alarm_in(s, stop_now, s->config->limits.stop - 2 * stop_reserve(s));
	if (s->door)
		door_drain(s->door);
	jobs_drain(s->jobs, serve_drained, s);
	/* Whoever waits for this may kill us now: what runs is no suspect any more. */
	log_event(EVENT_DRAIN, LOG_U("running", c.running), LOG_U("settling", c.settling),
	    LOG_U("within_ms", s->config->limits.stop));
}

static void stop_now(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	if (!s->stopping)
		serve_drain(s);
	alarm_in(s, serve_give_up, stop_reserve(s));
	pool_stop(attempts_pool(s->attempts));
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	if (s->stopping)
		stop_now(fd, what, arg);
	else
		serve_drain(s);
}

/* Report each line of text as one event. */
static void log_lines(enum log_number number, char *text)
{
	char *rest = text;
	const char *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			log_event(number, LOG_S("remark", line));
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	char *text = NULL;
	size_t n = 0;
	FILE *remarks = open_memstream(&text, &n);
	struct config *fresh;

	(void)fd;
	(void)what;
	if (!remarks)
		return;
	fresh = config_load(
	    s->options.file, environ, s->options.flags, s->options.flag_count, remarks);
	if (fresh)
		config_reload(s->config, fresh, remarks);
	(void)fclose(remarks);
	log_lines(fresh ? EVENT_CONFIG_LATER : EVENT_CONFIG_BAD, text);
	free(text);
	if (!fresh)
		return;
	log_open(s->config->log.format, s->config->log.level, s->config->log.burst);
	log_event(EVENT_CONFIG_RELOADED, LOG_S("file", s->options.file));
	pool_reload(attempts_pool(s->attempts));
	canary_reload(s->canary);
	intake_kick(s->intake);
}

static void serve_scale(struct service *s, int delta)
{
	struct pool *pool = attempts_pool(s->attempts);

	pool_scale(pool, delta);
	log_event(EVENT_WORKERS_SCALED, LOG_U("workers", pool_workers(pool)));
	intake_kick(s->intake);
}

static struct readiness serve_readiness(const struct service *s)
{
	return (struct readiness){ .started = s->ready,
		.stopping = s->stopping,
		.away = spool_away(s->spool),
		.no_room = s->intake && intake_paused(s->intake),
		.held = canary_holds(s->canary),
		.paused = jobs_held(s->jobs),
		.workerless = pool_without_worker(attempts_pool(s->attempts)),
		.stay = s->intake ? intake_stay(s->intake) : NULL,
		.setback = jobs_setback(s->jobs),
		.late = jobs_counts(s->jobs).late };
}

/* Why the service is not ready; NULL: it is. */
static const char *serve_lacks(const struct service *s, char text[READINESS_SIZE])
{
	const struct readiness r = serve_readiness(s);

	return readiness_lacks(&r, text);
}

/* --- what the door asks --- */

static Bulkhead__Door__State *serve_show(void *arg, const Bulkhead__Door__Look *wanted)
{
	const struct service *s = arg;
	const struct readiness r = serve_readiness(s);

	return look_state(&(struct look_at){ s->config, s->spool, s->attempts, s->canary,
			      s->jobs, s->intake, s->history, &r, s->started_ms },
	    wanted);
}

static bool serve_hold(struct service *s, bool hold, char said[DOOR_SAID])
{
	(void)snprintf(said, DOOR_SAID, "%s",
	    hold == jobs_held(s->jobs)
		? hold ? "intake was paused already" : "intake was not paused"
	    : hold ? "intake is paused; what is in hand goes on"
		   : "intake goes on");
	if (hold != jobs_held(s->jobs))
		log_event(hold ? EVENT_SPOOL_PAUSED : EVENT_SPOOL_RESUMED,
		    LOG_S("by", "command"));
	jobs_hold(s->jobs, hold);
	intake_kick(s->intake);
	return true;
}

static bool serve_scale_to(struct service *s, uint64_t number, char said[DOOR_SAID])
{
	if (number < 1 || number > 1024) {
		(void)snprintf(said, DOOR_SAID, "there are 1 to 1024 workers");
		return false;
	}
	serve_scale(s, (int)number - (int)pool_workers(attempts_pool(s->attempts)));
	(void)snprintf(
	    said, DOOR_SAID, "%u workers", pool_workers(attempts_pool(s->attempts)));
	return true;
}

static bool serve_withdraw(void *arg, uint64_t id)
{
	const struct service *s = arg;

	return jobs_withdraw(s->jobs, id);
}

static int serve_fetch(void *arg, uint64_t id, uint64_t *bytes)
{
	const struct service *s = arg;

	return jobs_fetch(s->jobs, id, bytes);
}

static void serve_buried(
    void *arg, const struct claim *claim, const struct outcome *outcome)
{
	const struct service *s = arg;

	jobs_buried(s->jobs, claim, outcome);
}

static bool serve_kill(struct service *s, uint64_t number, char said[DOOR_SAID])
{
	bool killed = pool_kill_number(attempts_pool(s->attempts), number);

	(void)snprintf(said, DOOR_SAID,
	    killed ? "worker %llu is killed and replaced" : "there is no worker %llu",
	    (unsigned long long)number);
	return killed;
}

static bool serve_command(
    void *arg, Bulkhead__Door__Command__What what, uint64_t number, char said[DOOR_SAID])
{
	struct service *s = arg;

	if (s->stopping && what != BULKHEAD__DOOR__COMMAND__WHAT__KILL) {
		(void)snprintf(said, DOOR_SAID, "the service stops already");
		return false;
	}
	switch (what) {
	case BULKHEAD__DOOR__COMMAND__WHAT__PAUSE:
	case BULKHEAD__DOOR__COMMAND__WHAT__RESUME:
		return serve_hold(s, what == BULKHEAD__DOOR__COMMAND__WHAT__PAUSE, said);
	case BULKHEAD__DOOR__COMMAND__WHAT__SCALE:
		return serve_scale_to(s, number, said);
	case BULKHEAD__DOOR__COMMAND__WHAT__KILL:
		return serve_kill(s, number, said);
	case BULKHEAD__DOOR__COMMAND__WHAT__RELOAD:
		(void)kill(getpid(), SIGHUP);
		(void)snprintf(
		    said, DOOR_SAID, "the configuration is read again; the log says how");
		return true;
	case BULKHEAD__DOOR__COMMAND__WHAT__DRAIN:
		(void)kill(getpid(), SIGTERM);
		(void)snprintf(said, DOOR_SAID,
		    "what is in hand is finished, then the service ends");
		return true;
	case BULKHEAD__DOOR__COMMAND__WHAT__NOTHING:
	case _BULKHEAD__DOOR__COMMAND__WHAT_IS_INT_SIZE:
	default:
		(void)snprintf(said, DOOR_SAID, "the service does not know this command");
		return false;
	}
}

static void serve_on_more(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve_scale(arg, 1);
}

static void on_fewer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	serve_scale(arg, -1);
}

static void log_counts(enum log_number number, const struct service *s)
{
	const struct pool *pool = attempts_pool(s->attempts);
	struct jobs_counts c = jobs_counts(s->jobs);
	struct latency latency = latency_so_far();
	const struct readiness r = serve_readiness(s);
	char text[READINESS_SIZE], held[2][READINESS_SIZE];
	const char *lacks = readiness_lacks(&r, text);
	const bool one = readiness_held_up(&r, 0, held[0]);
	const bool two = readiness_held_up(&r, 1, held[1]);

	log_event(number, LOG_B("ready", lacks == NULL), LOG_S("not_ready", lacks),
	    LOG_S("held_up", one ? held[0] : NULL),
	    LOG_S("also_held_up", two ? held[1] : NULL),
	    LOG_U("workers", pool_workers(pool)), LOG_U("busy", pool_busy(pool)),
	    LOG_U("waiting", c.waiting), LOG_U("running", c.running),
	    LOG_U("paused", c.paused), LOG_U("settling", c.settling),
	    LOG_U("copying", janitor_large(s->settler)), LOG_U("suspects", c.suspects),
	    LOG_U("backlog", s->intake ? intake_backlog(s->intake) : 0),
	    LOG_U("left", r.stay ? r.stay->left : 0),
	    LOG_U("ignored", r.stay ? r.stay->ignored : 0), LOG_U("claimed", c.claimed),
	    LOG_U("converted", c.converted), LOG_U("passed", c.passed),
	    LOG_U("failed", c.failed), LOG_U("retries", c.retries),
	    LOG_U("put_back", c.put_back), LOG_U("kept", c.kept),
	    LOG_U("finished", c.finished),
	    LOG_S("breaker", canary_holds(s->canary) ? "open" : "closed"),
	    LOG_U("turns", latency.counted), LOG_U("turns_over_10ms", latency.over_10ms),
	    LOG_U("turns_over_100ms", latency.over_100ms),
	    LOG_U("longest_turn_us", latency.longest_us));
}

static void on_state(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	log_counts(EVENT_STATE, s);
	pool_log_state(attempts_pool(s->attempts));
}

/* The signals' table; bulkhead(8) and the README have the same. */
static const struct {
	int number;
	event_callback_fn call;
} handlers[] = {
	{ SIGTERM, on_term },
	{ SIGINT, on_term },
	{ SIGQUIT, stop_now },
	{ SIGHUP, on_reload },
	{ SIGTTIN, serve_on_more },
	{ SIGTTOU, on_fewer },
	{ SIGUSR1, on_state },
};

static bool serve_listen_to_signals(struct service *s)
{
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
		s->signals[i] =
		    evsignal_new(s->base, handlers[i].number, handlers[i].call, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) == -1)
			return false;
	}
	return signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

/* Are the spool's folders where they were? */
static void serve_look(struct service *s)
{
	const bool was_away = spool_away(s->spool) != NULL;
	const struct spool_looked looked = spool_look(s->spool);

	if (looked.moved) {
		janitor_replace(s->settler);
		janitor_replace(s->scanner);
	}
	if (s->intake && !s->stopping)
		intake_hold(s->intake, looked.away != NULL, looked.incoming);
	if (!looked.away && (was_away || looked.moved))
		jobs_hurry(s->jobs);
}

static void serve_measure(const struct service *s)
{
	const struct pool *pool = attempts_pool(s->attempts);
	const struct jobs_counts c = jobs_counts(s->jobs);
	uint64_t backlog = s->intake ? intake_backlog(s->intake) : 0;

	history_tick(s->history,
	    &(struct history_gauges){
		.queue = (float)(backlog + c.waiting + c.running + c.paused + c.settling +
				 c.suspects),
		.oldest_s = (float)jobs_oldest_ms(s->jobs) / 1000,
		.busy_ratio = (float)pool_busy(pool) / (float)pool_workers(pool) });
}

static void serve_on_tick(evutil_socket_t fd, short what, void *arg)
{
	const struct service *s = arg;
	char text[READINESS_SIZE];

	(void)fd;
	(void)what;
	log_tick();
	serve_look(arg);
	if (s->history)
		serve_measure(s);
	notify_alive(serve_lacks(s, text));
}

static void serve_hopeless(void *arg, const char *why)
{
	struct service *s = arg;

	log_event(EVENT_CANNOT_START, LOG_S("reason", why));
	s->exit = ROLE_HOPELESS;
	serve_leave(s);
}

static void serve_take_more(void *arg)
{
	struct service *s = arg;

	if (s->intake)
		intake_kick(s->intake);
}

/* Workers were given out, or something has ended. */
static void serve_turned(void *arg)
{
	struct service *s = arg;
	const struct pool *pool = attempts_pool(s->attempts);

	if (!s->ready && pool_has_been_ready(pool)) {
		s->ready = true;
		notify_ready();
		log_event(EVENT_READY, LOG_U("workers", pool_workers(pool)));
	}
	if (jobs_take_more(s->jobs))
		serve_take_more(s);
	leave_when_drained(s);
}

/* The spool, or the reason why not. */
static bool open_spool(struct service *s)
{
	char *error = NULL;

	(void)umask((mode_t)s->config->files.umask);
	s->spool = spool_open(s->config, &error);
	if (s->spool)
		return true;
	s->exit = errno == EWOULDBLOCK ? ROLE_TAKEN : ROLE_FAILED;
	log_event(EVENT_CANNOT_START, LOG_S("reason", error ? error : "out of memory"));
	free(error);
	return false;
}

/* Janitors, workers, and what the last run left. */
static bool serve_start(struct service *s)
{
	static const struct attempts_calls calls = { serve_turned, serve_hopeless };
	static const struct door_answers asked = { serve_show, serve_command,
		serve_withdraw, serve_fetch, serve_buried };
	const struct timeval second = timer_value(1000);

	s->settler = janitor_new(s->base, s->spool);
	s->scanner = janitor_new(s->base, s->spool);
	s->reaper = reaper_new(s->base);
	if (s->reaper)
		s->attempts = attempts_new(s->base, s->config, s->reaper, &calls, s);
	if (s->attempts)
		s->canary = canary_new(s->base, s->config, s->attempts);
	if (s->canary)
		s->jobs = jobs_new(&(struct jobs_with){
		    s->base, s->config, s->spool, s->settler, s->attempts, s->canary });
	s->tick = event_new(s->base, -1, EV_PERSIST, serve_on_tick, s);
	if (!s->settler || !s->scanner || !s->jobs || !s->tick ||
	    event_add(s->tick, &second) == -1) {
		log_event(EVENT_CANNOT_START, LOG_S("reason", "processes"), LOG_E(errno));
		return false;
	}
	reaper_add(s->reaper, log_reaped, NULL);
	reaper_add(s->reaper, janitor_reaped, s->settler);
	reaper_add(s->reaper, janitor_reaped, s->scanner);
	jobs_on_take_more(s->jobs, serve_take_more, s);
	if (!spool_recover(s->spool, jobs_found, s->jobs)) {
		log_event(
		    EVENT_CANNOT_START, LOG_S("reason", "reading active/"), LOG_E(errno));
		return false;
	}
	jobs_recover(s->jobs);
	s->door = door_new(&(struct door_with){ s->base, s->config, s->spool, s->attempts,
	    s->reaper, &s->options, &asked, s });
	if (s->door)
		jobs_on_withdrawn(s->jobs, door_withdrawn, s->door);
	s->intake =
	    intake_new(s->base, s->spool, s->scanner, s->config, jobs_offer, s->jobs);
	if (!s->intake)
		log_event(EVENT_CANNOT_START, LOG_S("reason", "watching incoming/"),
		    LOG_E(errno));
	s->history = history_new();
	s->expiry = expiry_new(s->base, s->config, &s->options);
	if (s->expiry)
		reaper_add(s->reaper, expiry_reaped, s->expiry);
	if (!gateway_keep(
		&s->gateway, s->base, s->config, spool_root(s->spool), s->reaper))
		return false;
	return s->intake && s->expiry && s->history;
}

static void serve_end(struct service *s)
{
	if (s->intake)
		intake_free(s->intake);
	expiry_free(s->expiry);
	history_free(s->history);
	attempts_free(s->attempts); /* before the owners of its messages */
	door_free(s->door);
	gateway_let_go(s->gateway);
	janitor_free(s->settler);
	janitor_free(s->scanner);
	jobs_free(s->jobs);
	canary_free(s->canary);
	spool_close(s->spool);
	for (size_t i = 0; i < sizeof s->signals / sizeof s->signals[0]; i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	reaper_free(s->reaper);
	if (s->tick)
		event_free(s->tick);
	if (s->deadline)
		event_free(s->deadline);
	if (s->base)
		event_base_free(s->base);
	config_free(s->config);
	cli_options_clear(&s->options);
	log_close();
}

int serve_main(int argc, char **argv)
{
	struct service s = { .exit = ROLE_FAILED };
	int exit_now = cli_options_read(&s.options, argc, argv);

	if (exit_now != -1)
		return exit_now;
	s.config = config_load(
	    s.options.file, environ, s.options.flags, s.options.flag_count, stderr);
	if (!s.config) {
		s.exit = ROLE_USAGE;
		goto out;
	}
	log_open(s.config->log.format, s.config->log.level, s.config->log.burst);
	log_stand_alone();
	notify_open();
	s.started_ms = clock_wall_ms();
	s.base = event_base_new();
	if (!s.base || !serve_listen_to_signals(&s) || !open_spool(&s))
		goto out;
	log_event(EVENT_START, LOG_S("version", BULKHEAD_VERSION), LOG_I("pid", getpid()),
	    LOG_S("spool", s.config->spool), LOG_U("workers", config_workers(s.config)),
	    LOG_U("spares", s.config->spares));
	if (!ulimits_raise(s.config) || !serve_start(&s))
		goto out;
	s.exit = ROLE_FINE;
	latency_loop(s.base);
	log_counts(EVENT_STOP, &s);
out:
	serve_end(&s);
	return s.exit;
}

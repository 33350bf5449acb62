/* SPDX-License-Identifier: ISC */
#include "spool/intake.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/latency.h"
#include "base/timer.h"
#include "files/name.h"
#include "log/log.h"
#include "spool/intake_watch.h"
#include "spool/janitor.h"
#include "spool/spool.h"

enum {
	HOT_MAX = 1024,          /* names from inotify; beyond, their folder is scanned */
	LATER_MAX = 256,         /* names that rest; beyond, their folder is scanned */
	CHUNK_BYTES = 40 * 1024, /* of one answer to a scan, copied */
	CHUNK_NAMES = 256,
	TURN = 64, /* names offered before the loop's others have their turn */
	LATER_LEAST_MS = 100,
};

/* A name from inotify, or one that rests: "<sub>\0<name>\0". */
struct hot {
	char *sub, *name;
	bool moved_in;
	uint64_t due; /* when it rests: clock_ms() */
};

struct intake {
	const struct spool *spool;
	struct janitor *janitor;
	const struct config *config;
	intake_offer_fn *offer;
	void *arg;
	struct watch *watch;
	struct event *turn, *full_timer, *later_timer, *space_timer;
	bool full; /* the other side took no more */
	bool low;  /* pausing for lack of space */
	bool held; /* a folder of the spool is away */
	bool stopped;

	struct hot hot[HOT_MAX];
	size_t hot_first, hot_count;
	bool hot_next;               /* whose turn it is: both sources go on under load */
	struct hot later[LATER_MAX]; /* in the order of their time */
	size_t later_first, later_count;
	struct intake_stay stay, staying; /* of the last full scan, of this one */

	/* The scan: one folder, one chunk of its names. */
	char sub[PATH_MAX];
	bool scanning; /* in a folder, sub */
	bool asked;    /* the janitor has to answer */
	bool end;      /* the chunk is the folder's last */
	bool full_scan, full_again;
	char names[CHUNK_BYTES];
	size_t name_at[CHUNK_NAMES];
	size_t chunk_next, chunk_count;
};

static void turn_soon(struct intake *in)
{
	if (!in->stopped && !evtimer_pending(in->turn, NULL))
		timer_start(in->turn, 0);
}

/* Is there room on the disks? Says so once for each change. */
static void check_space(struct intake *in)
{
	const struct config *c = in->config;
	uint64_t bytes = 0, inodes = 0;
	const char *limit = NULL;

	/* Where it cannot be asked nothing is decided by it. */
	if (spool_space(in->spool, &bytes, &inodes)) {
		if (bytes < c->intake.min_free)
			limit = "intake.min_free";
		else if (inodes < c->intake.min_inodes)
			limit = "intake.min_inodes";
	}
	if (limit && !in->low)
		log_event(EVENT_SPOOL_PAUSED, LOG_S("limit", limit),
		    LOG_U("free_bytes", bytes), LOG_U("free_inodes", inodes));
	if (!limit && in->low) {
		log_event(EVENT_SPOOL_RESUMED, LOG_U("free_bytes", bytes),
		    LOG_U("free_inodes", inodes));
		turn_soon(in);
	}
	in->low = limit != NULL;
}

static void on_space(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	check_space(arg);
}

static bool hot_make(struct hot *h, const char *sub, const char *name, bool moved_in)
{
	const size_t a = strlen(sub) + 1, b = strlen(name) + 1;
	char *text = malloc(a + b);

	if (!text)
		return false;
	memcpy(text, sub, a);
	memcpy(text + a, name, b);
	*h = (struct hot){ .sub = text, .name = text + a, .moved_in = moved_in };
	return true;
}

static uint64_t rest_ms(const struct intake *in)
{
	const uint64_t rest = spool_rest_ms(in->spool);

	return rest > LATER_LEAST_MS ? rest : LATER_LEAST_MS;
}

/* A name is busy: look again when it may have rested. */
static void intake_rest_name(struct intake *in, const char *sub, const char *name)
{
	for (size_t i = 0; i < in->later_count; i++) {
		const struct hot *h = &in->later[(in->later_first + i) % LATER_MAX];
		if (strcmp(h->name, name) == 0 && strcmp(h->sub, sub) == 0)
			return;
	}
	struct hot *h = &in->later[(in->later_first + in->later_count) % LATER_MAX];
	if (in->later_count < LATER_MAX && hot_make(h, sub, name, false)) {
		h->due = clock_ms() + rest_ms(in);
		in->later_count++;
	} else {
		watch_mark_later(in->watch, sub);
	}
	if (!evtimer_pending(in->later_timer, NULL))
		timer_start(in->later_timer, rest_ms(in));
}

/* A name of the full scan that may not be taken: error. */
static void intake_left(struct intake *in, int error)
{
	struct intake_stay *stay = &in->staying;

	if (stay->left++ == 0) {
		(void)snprintf(stay->sub, sizeof stay->sub, "%.255s", in->sub);
		stay->error = error;
	}
	if (*in->sub == '\0' &&
	    faccessat(spool_incoming(in->spool), ".", W_OK | X_OK, AT_EACCESS) == -1)
		stay->closed = errno;
}

/* Offer one name. False: keep it, no more are taken now. */
static bool intake_offer(
    struct intake *in, const char *sub, const char *name, bool moved_in)
{
	switch (in->offer(in->arg, sub, name, moved_in)) {
	case OFFER_TAKEN:
		break;
	case OFFER_LATER:
		intake_rest_name(in, sub, name);
		break;
	case OFFER_LEFT:
		if (in->full_scan && sub == in->sub)
			intake_left(in, errno);
		break;
	case OFFER_FULL:
		in->full = true;
		return false;
	}
	return true;
}

static void drop_hot(struct intake *in)
{
	free(in->hot[in->hot_first].sub);
	in->hot_first = (in->hot_first + 1) % HOT_MAX;
	in->hot_count--;
}

static void offer_hot(struct intake *in)
{
	const struct hot *h = &in->hot[in->hot_first];

	if (intake_offer(in, h->sub, h->name, h->moved_in))
		drop_hot(in);
}

static void offer_scanned(struct intake *in)
{
	if (intake_offer(in, in->sub, in->names + in->name_at[in->chunk_next], false))
		in->chunk_next++;
}

static void drop_later(struct intake *in)
{
	free(in->later[in->later_first].sub);
	in->later_first = (in->later_first + 1) % LATER_MAX;
	in->later_count--;
}

/* Those whose time has come go to where inotify's names are. */
static void end_of_rest(struct intake *in)
{
	const uint64_t now = clock_ms();

	while (in->later_count > 0 && in->later[in->later_first].due <= now) {
		struct hot *h = &in->later[in->later_first];
		if (in->hot_count == HOT_MAX) {
			watch_queue(in->watch, h->sub);
			drop_later(in);
			continue;
		}
		in->hot[(in->hot_first + in->hot_count++) % HOT_MAX] = *h;
		h->sub = NULL;
		drop_later(in);
	}
	if (in->later_count > 0) {
		const uint64_t due = in->later[in->later_first].due;
		timer_start(in->later_timer, due > now ? due - now : 1);
	}
	turn_soon(in);
}

static bool intake_ignored(void *arg, const char *name)
{
	const struct intake *in = arg;

	return name_ignored(name, in->config->intake.ignore);
}

static void intake_scanned(
    void *arg, const struct janitor_entry *entries, size_t count, bool end, int error)
{
	struct intake *in = arg;
	size_t used = 0;

	in->asked = false;
	in->end = end;
	in->chunk_next = in->chunk_count = 0;
	if (in->stopped)
		return;
	if (error != 0 && error != ENOENT && error != ENOTDIR && error != ELOOP)
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "scan"),
		    LOG_S("path", spool_path(in->spool)), LOG_S("folder", in->sub),
		    LOG_E(error), LOG_S("next", "the next full scan tries again"));
	for (size_t i = 0; i < count && i < CHUNK_NAMES; i++) {
		size_t n = strlen(entries[i].name) + 1;
		if (intake_ignored(in, entries[i].name)) {
			in->staying.ignored += in->full_scan;
		} else if (entries[i].folder) {
			watch_found(in->watch, in->sub, entries[i].name);
		} else if (n <= sizeof in->names - used) {
			memcpy(in->names + used, entries[i].name, n);
			in->name_at[in->chunk_count++] = used;
			used += n;
		}
	}
	turn_soon(in);
}

/* The chunk is used up: ask for the next, or go to the next folder. False: nothing more
 * to scan now. */
static bool scan_on(struct intake *in)
{
	bool restart = false;

	if (in->asked)
		return false;
	if (in->scanning && in->end)
		in->scanning = false;
	if (!in->scanning) {
		if (!watch_next(in->watch, in->sub, sizeof in->sub)) {
			if (in->full_scan) {
				in->full_scan = false;
				in->stay = in->staying;
				watch_end_full(in->watch);
				timer_start(in->full_timer,
				    in->full_again ? 0 : in->config->intake.scan);
				in->full_again = false;
			}
			return false;
		}
		in->scanning = restart = true;
	}
	in->asked = true;
	in->end = false;
	janitor_scan(in->janitor, in->sub, restart, intake_scanned, in);
	return true;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;

	(void)fd;
	(void)what;
	latency_mark(event_get_base(in->turn));
	for (int i = 0; i < TURN; i++) {
		if (in->stopped || in->held || in->full || in->low)
			return;
		bool hot = in->hot_count > 0, chunk = in->chunk_next < in->chunk_count;
		if (hot && (in->hot_next || !chunk))
			offer_hot(in);
		else if (chunk)
			offer_scanned(in);
		else if (!scan_on(in))
			return;
		in->hot_next = !in->hot_next;
	}
	turn_soon(in);
}

static void on_full(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;

	(void)fd;
	(void)what;
	if (in->full_scan) {
		in->full_again = true;
		return;
	}
	in->full_scan = true;
	in->staying = (struct intake_stay){ 0 };
	watch_begin_full(in->watch);
	turn_soon(in);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct intake *in = arg;

	(void)fd;
	(void)what;
	watch_queue_later(in->watch);
	end_of_rest(in);
}

static void heard_of(void *arg, const char *sub, const char *name, bool moved_in)
{
	struct intake *in = arg;

	if (in->stopped)
		return;
	struct hot *h = &in->hot[(in->hot_first + in->hot_count) % HOT_MAX];
	if (in->hot_count == HOT_MAX || !hot_make(h, sub, name, moved_in)) {
		watch_queue(in->watch, sub);
		return;
	}
	in->hot_count++;
	turn_soon(in);
}

static void intake_queued(void *arg)
{
	turn_soon(arg);
}

static void intake_lost(void *arg)
{
	struct intake *in = arg;

	if (in->full_scan)
		in->full_again = true;
	else if (!in->stopped)
		timer_start(in->full_timer, 0);
}

static const struct watch_calls intake_calls = { heard_of, intake_queued, intake_ignored,
	intake_lost };

static void watch_anew(struct intake *in)
{
	struct watch *fresh = watch_new(event_get_base(in->turn),
	    spool_incoming(in->spool), spool_path(in->spool), &intake_calls, in);

	if (!fresh)
		abort(); /* without memory for a watch nothing can be promised */
	watch_free(in->watch);
	in->watch = fresh;
	/* An answer to a scan of the old one may still come: its names are gone. */
	in->scanning = in->full_scan = false;
	in->chunk_next = in->chunk_count = 0;
}

void intake_hold(struct intake *in, bool hold, bool fresh)
{
	const bool go_on = in->held && !hold;

	in->held = hold;
	if (in->stopped)
		return;
	if (fresh)
		watch_anew(in);
	if (fresh || go_on)
		intake_lost(in);
	if (go_on)
		turn_soon(in);
}

struct intake *intake_new(struct event_base *base, const struct spool *spool,
    struct janitor *janitor, const struct config *config, intake_offer_fn *fn, void *arg)
{
	const struct timeval second = timer_value(1000);
	struct intake *in = calloc(1, sizeof *in);

	if (!in)
		return NULL;
	in->spool = spool;
	in->janitor = janitor;
	in->config = config;
	in->offer = fn;
	in->arg = arg;
	in->turn = evtimer_new(base, on_turn, in);
	in->full_timer = evtimer_new(base, on_full, in);
	in->later_timer = evtimer_new(base, on_later, in);
	in->space_timer = event_new(base, -1, EV_PERSIST, on_space, in);
	in->watch =
	    watch_new(base, spool_incoming(spool), spool_path(spool), &intake_calls, in);
	if (!in->turn || !in->full_timer || !in->later_timer || !in->space_timer ||
	    !in->watch || evtimer_add(in->space_timer, &second) == -1) {
		intake_free(in);
		return NULL;
	}
	check_space(in);
	timer_start(in->full_timer, 0);
	return in;
}

void intake_free(struct intake *in)
{
	if (!in)
		return;
	while (in->hot_count > 0)
		drop_hot(in);
	while (in->later_count > 0)
		drop_later(in);
	struct event *const timers[] = { in->turn, in->full_timer, in->later_timer,
		in->space_timer };
	for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++)
		if (timers[i])
			event_free(timers[i]);
	watch_free(in->watch);
	free(in);
}

void intake_kick(struct intake *in)
{
	if (in->stopped)
		return;
	in->full = false;
	turn_soon(in);
}

void intake_stop(struct intake *in)
{
	in->stopped = true;
	(void)evtimer_del(in->turn);
	(void)evtimer_del(in->full_timer);
	(void)evtimer_del(in->later_timer);
	(void)evtimer_del(in->space_timer);
	while (in->hot_count > 0)
		drop_hot(in);
	while (in->later_count > 0)
		drop_later(in);
	in->chunk_next = in->chunk_count = 0;
}

uint64_t intake_backlog(const struct intake *in)
{
	return in->hot_count + in->later_count + (in->chunk_count - in->chunk_next);
}

const struct intake_stay *intake_stay(const struct intake *in)
{
	return &in->stay;
}

bool intake_paused(const struct intake *in)
{
	return in->low;
}

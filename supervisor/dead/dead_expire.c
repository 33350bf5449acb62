/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/units.h"
#include "config/config.h"
#include "config/roles.h"
#include "dead/dead_expire.h"
#include "dead/dead_groups.h"
#include "dead/dead_move.h"
#include "dead/dead_walk.h"
#include "log/log.h"

/*
 * Keep dead/ within dead.keep_age and dead.keep_bytes: what is too old goes, then the
 * oldest until it is small enough. Held letters stay, and of each group its smallest
 * letter: a bug of which there is but one sample is never forgotten. Where nothing is to
 * be removed ever, it is said when letters came.
 *
 * The service starts this as a process of its own now and then (expiry.h).
 */
struct candidate {
	int64_t ended_ms;
	uint64_t id, bytes;
	const struct dead_group *group;
};

struct expire {
	const struct config *config;
	struct dead_store store;
	struct dead_groups *groups;
	int64_t now_ms;
	uint64_t letters, bytes, fresh; /* fresh: died since the last look */
	struct candidate *candidates;
	size_t count, capacity;
	uint64_t *doomed; /* ids, sorted */
	size_t doomed_count;
	uint64_t removed, removed_bytes;
	bool no_memory;
};

static bool keeps_all(const struct expire *e)
{
	return e->config->dead.keep_age == 0 && e->config->dead.keep_bytes == 0;
}

static bool add_candidate(struct expire *e, const struct dead_letter *l)
{
	if (e->count == e->capacity) {
		size_t capacity = e->capacity ? e->capacity * 2 : 256;
		struct candidate *more =
		    reallocarray(e->candidates, capacity, sizeof *more);
		if (!more)
			return false;
		e->candidates = more;
		e->capacity = capacity;
	}
	e->candidates[e->count++] = (struct candidate){ l->ended_ms, l->id,
		(uint64_t)l->st.st_size, dead_groups_find(e->groups, l) };
	return true;
}

static bool dead_expire_look(void *arg, const struct dead_letter *l)
{
	struct expire *e = arg;

	e->letters++;
	e->bytes += (uint64_t)l->st.st_size;
	/* The looks are not exactly that far apart: rather told twice than never. */
	e->fresh += l->ended_ms > e->now_ms - (int64_t)e->config->dead.scan - 1000;
	if (keeps_all(e))
		return true;
	e->no_memory = !dead_groups_add(e->groups, l) ||
		       (!l->held && l->mark == DEAD_NO_MARK && !add_candidate(e, l));
	return !e->no_memory;
}

static int older_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->ended_ms != y->ended_ms)
		return x->ended_ms < y->ended_ms ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int dead_expire_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Which are to go. */
static bool dead_expire_doom(struct expire *e)
{
	uint64_t age = e->config->dead.keep_age, most = e->config->dead.keep_bytes;
	uint64_t left = e->bytes;

	e->doomed = calloc(e->count + 1, sizeof *e->doomed);
	if (!e->doomed)
		return false;
	if (e->count > 0)
		qsort(e->candidates, e->count, sizeof *e->candidates, older_first);
	for (size_t i = 0; i < e->count; i++) {
		const struct candidate *c = &e->candidates[i];
		bool old = age > 0 && c->ended_ms < e->now_ms - (int64_t)age;
		if (c->id == c->group->smallest || (!old && (most == 0 || left <= most)))
			continue;
		e->doomed[e->doomed_count++] = c->id;
		left -= c->bytes;
	}
	if (e->doomed_count > 0)
		qsort(e->doomed, e->doomed_count, sizeof *e->doomed, dead_expire_compare);
	return true;
}

static bool is_doomed(void *arg, uint64_t id)
{
	const struct expire *e = arg;

	return e->doomed_count > 0 &&
	       bsearch(&id, e->doomed, e->doomed_count, sizeof id, dead_expire_compare);
}

static bool dead_expire_remove_one(void *arg, const struct dead_letter *l)
{
	static struct dead_done d;
	struct expire *e = arg;
	char group[DEAD_ID_SIZE];

	if (l->held)
		return true;
	d = (struct dead_done){ .trouble = NULL };
	if (!dead_remove(&e->store, l, &d)) {
		if (!d.gone)
			log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "remove"),
			    LOG_J(l->id), LOG_S("error", d.trouble));
		return true;
	}
	dead_group(l, group);
	e->removed++;
	e->removed_bytes += (uint64_t)l->st.st_size;
	log_event(EVENT_DEAD_EXPIRED, LOG_J(l->id), LOG_S("verdict", dead_verdict(l)),
	    LOG_S("group", group), LOG_S("folder", l->sub), LOG_S("file", l->name),
	    LOG_U("bytes", (uint64_t)l->st.st_size));
	return true;
}

static bool dead_expire_expire(struct expire *e)
{
	struct dead_walk first = { .each = dead_expire_look, .arg = e };
	struct dead_walk second = { .wanted = is_doomed,
		.each = dead_expire_remove_one,
		.arg = e,
		.clean = true };

	if (!dead_walk(&e->store, &first)) {
		if (e->no_memory)
			errno = ENOMEM;
		return false;
	}
	if (!dead_expire_doom(e) || !dead_walk(&e->store, &second))
		return false;
	uint64_t most = e->config->dead.keep_bytes;
	bool over = most > 0 && e->bytes - e->removed_bytes > most;
	if (over || (keeps_all(e) && e->fresh > 0))
		log_event(EVENT_DEAD_GROWS, LOG_U("letters", e->letters - e->removed),
		    LOG_U("bytes", e->bytes - e->removed_bytes), LOG_U("new", e->fresh),
		    LOG_S("limit", over ? "dead.keep_bytes" : NULL));
	return true;
}

/* What was done, for people. */
static void dead_expire_say(const struct expire *e)
{
	char sizes[2][UNITS_TEXT];

	units_format(UNITS_SIZE, e->removed_bytes, sizes[0]);
	units_format(UNITS_SIZE, e->bytes - e->removed_bytes, sizes[1]);
	(void)printf("%" PRIu64 " of %" PRIu64 " dead letters removed (%s), %" PRIu64
		     " left (%s)%s.\n",
	    e->removed, e->letters, sizes[0], e->letters - e->removed, sizes[1],
	    keeps_all(e) ? ": dead.keep_age and dead.keep_bytes ask for nothing" : "");
}

int dead_expire(const struct config *c, bool quiet)
{
	struct expire e = { .config = c, .groups = dead_groups_new() };
	int exit = ROLE_FAILED;

	e.now_ms = clock_wall_ms();
	log_open(c->log.format, c->log.level, c->log.burst);
	(void)setpriority(PRIO_PROCESS, 0, 10); /* nobody waits for it */
	if (!e.groups || !dead_open(&e.store, c, "expire"))
		goto out;
	if (e.store.dead != -1 && !dead_lock(&e.store)) /* next time */
		exit = ROLE_TAKEN;
	else if (e.store.dead == -1 || dead_expire_expire(&e))
		exit = ROLE_FINE;
	else
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "expire"), LOG_E(errno));
	dead_close(&e.store);
	if (exit == ROLE_FINE && !quiet)
		dead_expire_say(&e);
	else if (exit == ROLE_TAKEN && !quiet)
		(void)fputs("bulkhead dead: another bulkhead dead is at work here; try "
			    "again\n",
		    stderr);
out:
	dead_groups_free(e.groups);
	free(e.candidates);
	free(e.doomed);
	log_close();
	return exit;
}

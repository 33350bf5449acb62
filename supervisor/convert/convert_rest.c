/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "base/clock.h"
#include "base/timer.h"
#include "convert/convert_private.h"
#include "files/lease.h"

/*
 * Inputs that somebody writes. Half a message would pass for the whole one, now and in
 * each later run: so a writer is asked for before an input is read and before its result
 * is published, and what was found busy is tried again when the others are done.
 */

enum {
	TRIES = 4, /* with pauses of 250 ms and twice that each time: 3.75 s in all */
	PAUSE_MS = 250,
	/* Where leases tell nothing: what has not changed for so long counts as whole. */
	BLIND_MS = 2000,
	/* The clock of a server may be ahead of ours by that. */
	CLOCKS_MS = 60 * 1000,
};

/* Is it as it was when i->st was taken? */
static bool is_as_opened(struct input *i)
{
	const struct stamp was = { (uint64_t)i->st.st_size, i->st.st_mtim };
	struct stamp now;

	if (!stamp_take(i->fd, &now))
		return false;
	if (i->stamp_since == 0 || !stamp_same(&now, &i->stamp)) {
		i->stamp = now;
		i->stamp_since = clock_ms();
	}
	return stamp_same(&now, &was);
}

/* Was it changed a moment ago? By the change time, which no sender can set. */
static bool is_fresh_input(const struct input *i)
{
	if (i->tries > 0 && clock_ms() - i->stamp_since >= BLIND_MS)
		return false;
	const int64_t age = clock_age_ms(&i->st.st_ctim);
	return age > -CLOCKS_MS && age < BLIND_MS;
}

bool input_is_busy(struct input *i)
{
	if (i->item) /* its store was looked at */
		return store_changed(i);
	enum lease lease =
	    i->run->standard_input == -1 ? lease_ask_on(i->fd, i->st.st_dev) : LEASE_FREE;

	i->writer = lease == LEASE_WRITER;
	return i->writer || !is_as_opened(i) ||
	       (lease == LEASE_UNKNOWN && is_fresh_input(i));
}

bool input_was_written(struct input *i)
{
	if (i->item)
		return store_changed(i);
	i->writer = i->run->standard_input == -1 && lease_has_writer(i->fd, false);
	return i->writer || !is_as_opened(i);
}

bool input_rest(struct input *i)
{
	struct run *r = i->run;

	if (r->draining || i->tries >= TRIES)
		return false;
	i->tries++;
	result_end(&i->result);
	input_move(i, INPUT_BUSY);
	return true;
}

/* With the state that it has now. */
static void try_again(struct input *i)
{
	const uint64_t place = i->origin.place;

	if (fstat(i->fd, &i->st) == -1) {
		input_end(i, TALLY_UNREADABLE);
		return;
	}
	i->origin = origin_of(0, NULL, &i->st, i->run->id, i->run->target->name);
	i->origin.place = place;
	i->claim.charges = (struct charges){ .crash = 0 };
	input_move(i, INPUT_UNDER_WAY);
	input_begin(i);
}

void input_try_again(struct run *r)
{
	struct input *i, *next;

	for (i = TAILQ_FIRST(&r->in[INPUT_BUSY]); i; i = next) {
		next = TAILQ_NEXT(i, link);
		if (r->draining)
			input_end(i, TALLY_UNREADABLE);
		else
			try_again(i);
	}
}

void input_pause(struct run *r)
{
	const struct input *i;
	unsigned tries = TRIES;

	TAILQ_FOREACH (i, &r->in[INPUT_BUSY], link)
		tries = i->tries < tries ? i->tries : tries;
	if (!event_pending(r->busy, EV_TIMEOUT, NULL))
		timer_start(r->busy, (uint64_t)PAUSE_MS << (tries - 1));
}

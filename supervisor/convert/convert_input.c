/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "base/timer.h"
#include "convert/convert_private.h"
#include "convert/split.h"
#include "files/lease.h"
#include "files/naming.h"

enum {
	BATCH_MAX = 128, /* descriptors that wait for one sync */
	BATCH_MS = 1000,
};

void input_free(struct input *i)
{
	struct run *r = i->run;

	TAILQ_REMOVE(&r->in[i->state], i, link);
	r->count[i->state]--;
	if (i->fd != -1)
		(void)close(i->fd);
	result_end(&i->result);
	results_close(i->results);
	split_free(i->split);
	outcome_clear(&i->outcome);
	free(i->claim.sub);
	free(i->claim.name);
	free(i->path);
	free(i->result_sub);
	free(i);
	run_more(r);
}

void input_end(struct input *i, enum tally_class class)
{
	struct run *r = i->run;

	r->tally.count[class]++;
	if (class >= TALLY_REFUSED && class <= TALLY_VIOLATED && r->aside)
		target_bury(i);
	/* One by a limit is another configuration's tomorrow. */
	if (class == TALLY_REFUSED && !i->remembered && i->outcome.worker != 0)
		refusals_add(i->run->refusals, i->result_sub, i->claim.name, &i->st,
		    outcome_reason(&i->outcome));
	tell_ended(i, class);
	input_free(i);
}

static void end_because(struct input *i, enum tally_class class, const char *reason)
{
	outcome_because(&i->outcome, reason);
	input_end(i, class);
}

static void input_unwritten(struct input *i, const char *call)
{
	char reason[256];

	(void)snprintf(reason, sizeof reason, "%s: %s", call, strerror(errno));
	end_because(i, TALLY_UNWRITTEN, reason);
}

/* --- taking --- */

static struct input *new_input(struct run *r, const struct walk_found *f)
{
	struct input *i = calloc(1, sizeof *i);

	if (!i)
		return NULL;
	*i = (struct input){ .run = r,
		.state = INPUT_UNDER_WAY,
		.claim = { .id = ++r->last_id,
		    .sub = target_sub(r, f),
		    .name = strdup(f->name) },
		.path = walk_path(r->options->paths, f),
		.result_sub = r->out ? target_sub(r, f) : strdup(f->sub),
		.fd = -1,
		.result = { .fd = -1 } };
	TAILQ_INSERT_TAIL(&r->in[INPUT_UNDER_WAY], i, link);
	r->count[INPUT_UNDER_WAY]++;
	target_name(r, f, i->result_name);
	if (i->claim.sub && i->claim.name && i->path && i->result_sub)
		return i;
	input_free(i);
	return NULL;
}

static const char in_the_way[] =
    "what is there by its result's name is not its result, or of an older state of it; "
    "--force replaces it";

/* Why it cannot be read; NULL: it is open. */
static const char *open_input(struct input *i, const struct walk_found *f)
{
	static const char not_regular[] = "not a regular file";
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

	if (f->trouble)
		return f->trouble;
	if (i->run->standard_input != -1)
		i->fd = fcntl(i->run->standard_input, F_DUPFD_CLOEXEC, 0);
	else
		i->fd = openat(f->folder, f->name, flags | (f->whole ? 0 : O_NOFOLLOW));
	if (i->fd == -1 && errno == ENXIO) /* a socket: open(2) */
		return not_regular;
	if (i->fd == -1 || fstat(i->fd, &i->st) == -1)
		return strerror(errno);
	i->opened = true;
	return S_ISREG(i->st.st_mode) ? NULL : not_regular;
}

/* True: ended as it did in an earlier run. */
static bool known_refused(struct input *i)
{
	const char *reason =
	    i->run->options->force
		? NULL
		: refusals_find(i->run->refusals, i->result_sub, i->claim.name, &i->st);

	if (!reason)
		return false;
	i->remembered = true;
	outcome_without_worker(&i->outcome, VERDICT_REFUSED, reason);
	input_end(i, TALLY_REFUSED);
	return true;
}

void input_take(struct run *r, const struct walk_found *f)
{
	enum target_there there = TARGET_FREE;
	const char *why;
	struct input *i;
	int error = 0;

	r->tally.found++;
	i = new_input(r, f);
	if (!i) {
		r->tally.count[TALLY_INTERRUPTED]++;
		tell_trouble(r, f->name, "interrupted", strerror(ENOMEM));
		return;
	}
	if (f->folder != -1 || r->standard_input != -1)
		i->results = target_results(r, f);
	error = errno;
	if (i->results && !f->trouble && !r->options->force)
		there = target_look(r, i, f);
	if (there == TARGET_THERE) {
		end_because(i, TALLY_SKIPPED, "its result is there");
		return;
	}
	if (there == TARGET_IN_THE_WAY) {
		end_because(i, TALLY_IN_THE_WAY, in_the_way);
		return;
	}
	if (f->whole && f->folder != -1 && r->leave.extension &&
	    naming_is_result(f->folder, f->name, r->leave.extension)) {
		end_because(i, TALLY_SKIPPED, "it is the result of the file beside it");
		return;
	}
	why = open_input(i, f);
	if (why) {
		end_because(i, TALLY_UNREADABLE, why);
	} else if (r->options->dry_run) {
		input_end(i, TALLY_PLANNED);
	} else if (known_refused(i)) {
		return;
	} else if (!i->results) {
		errno = error;
		input_unwritten(i, "the folder of results");
	} else if (r->options->force && target_is_input(i)) {
		end_because(i, TALLY_UNWRITTEN, "its result would replace an input");
	} else if (!attempt_add(r->queue, ATTEMPT_NEW, &i->claim, &i->outcome, i)) {
		end_because(i, TALLY_INTERRUPTED, strerror(ENOMEM));
	}
}

/* --- its end --- */

static void input_publish(struct input *i)
{
	if (target_publish(i))
		input_end(i, tally_class_of(i->outcome.verdict));
	else if (errno == EEXIST && !i->run->options->force && target_is_there(i))
		end_because(i, TALLY_SKIPPED, "its result is there by now");
	else if (errno == EEXIST && !i->run->options->force)
		end_because(i, TALLY_IN_THE_WAY, in_the_way);
	else
		input_unwritten(i, "put the result in its place");
}

static void input_converted(struct input *i)
{
	struct run *r = i->run;

	if (r->options->sync != CONVERT_SYNC_BATCH) {
		input_publish(i);
		return;
	}
	(void)close(i->fd); /* a batch is to take few descriptors */
	i->fd = -1;
	input_move(i, INPUT_STORING);
	if (r->count[INPUT_STORING] >= BATCH_MAX)
		input_flush(r);
	else if (!event_pending(r->flush, EV_TIMEOUT, NULL))
		timer_start(r->flush, BATCH_MS);
}

void input_flush(struct run *r)
{
	struct input *i, *next;
	struct results *synced = NULL;
	bool ok = true;

	(void)event_del(r->flush);
	/* First the bytes of all, then their names: a name tells of a whole file. */
	TAILQ_FOREACH (i, &r->in[INPUT_STORING], link) {
		if (i->results != synced)
			ok = syncfs(results_root(i->results)) == 0 && ok;
		synced = i->results;
	}
	int error = errno;
	for (i = TAILQ_FIRST(&r->in[INPUT_STORING]); i; i = next) {
		next = TAILQ_NEXT(i, link);
		errno = error;
		if (ok)
			input_publish(i);
		else
			input_unwritten(i, "write results to the disk");
	}
}

/* --- calls of the engine --- */

/* Has somebody the input open for writing? Then there may be more of it to come. */
static bool is_being_written(const struct input *i)
{
	return i->run->standard_input == -1 && lease_has_writer(i->fd);
}

static enum attempt_opened input_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct input *i = arg;
	const struct run *r = i->run;

	split_free(i->split);
	i->split = NULL;
	if (is_being_written(i))
		return ATTEMPT_CHANGED;
	order->to = r->target->name;
	order->input_size = (uint64_t)i->st.st_size;
	order->sync_from =
	    r->options->sync == CONVERT_SYNC_EACH && !(r->target->can & FORMATS_SPLIT);
	return descriptors_results(order, why, i->fd, i->results, &i->result);
}

/* A result of half a file would pass for the whole one's, now and in each later run. */
static bool input_changed(void *arg, int input)
{
	const struct input *i = arg;
	struct stat now;

	(void)input; /* a copy of ours */
	return is_being_written(i) || fstat(i->fd, &now) == -1 ||
	       now.st_size != i->st.st_size ||
	       now.st_mtim.tv_sec != i->st.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != i->st.st_mtim.tv_nsec;
}

static void input_item(void *arg, const Bulkhead__Item *item)
{
	struct input *i = arg;

	if (i->run->target->can & FORMATS_SPLIT)
		split_add(&i->split, item);
}

static bool input_space(void *arg, uint64_t *bytes, uint64_t *inodes)
{
	struct input *i = arg;

	result_end(&i->result);
	return results_space(i->results, bytes, inodes);
}

static void input_ended(void *arg, int *output)
{
	struct input *i = arg;
	const struct outcome *o = &i->outcome;

	if (verdict_row(o->verdict)->good) {
		i->result.fd = *output;
		*output = -1;
		input_converted(i);
	} else if (o->verdict != VERDICT_INFRASTRUCTURE) {
		input_end(i, tally_class_of(o->verdict));
	} else if (o->trouble == TROUBLE_CHANGED) {
		input_end(i, TALLY_UNREADABLE);
	} else if (i->run->stopping) {
		end_because(i, TALLY_INTERRUPTED, "interrupted");
	} else {
		input_end(
		    i, o->trouble == TROUBLE_FILES ? TALLY_UNWRITTEN : TALLY_INTERRUPTED);
	}
}

/* Our own trouble is never charged, but a terminal does not wait for ever; and where one
 * result cannot be written, others can. */
const struct attempt_owner input_owner = {
	.source = "convert",
	.patience = { .files = 0, .workers = 10, .first_ms = 100, .most_ms = 10000 },
	.open = input_open,
	.changed = input_changed,
	.item = input_item,
	.space = input_space,
	.ended = input_ended,
};

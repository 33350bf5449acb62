/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "attempt/dead.h"
#include "attempt/judge.h"
#include "base/units.h"
#include "convert/convert_private.h"
#include "convert/split.h"
#include "files/naming.h"

enum {
	BATCH_MAX = 128, /* descriptors that wait for one sync */
	BATCH_MS = 1000,
	LATE_FIRST_MS = 100,
	LATE_MOST_MS = 10000,
	LATE_TRIES = 10,
};

static void input_close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

void input_free(struct input *i)
{
	struct run *r = i->run;

	TAILQ_REMOVE(&r->in[i->state], i, link);
	r->count[i->state]--;
	if (i->timer)
		event_free(i->timer);
	input_close_fd(&i->fd);
	input_close_fd(&i->scratch);
	unwind_forget(i->unwind);
	result_end(&i->result);
	results_close(i->results);
	split_free(i->split);
	told_clear(&i->told);
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
	tell_ended(i, class);
	input_free(i);
}

static void end_because(struct input *i, enum tally_class class, const char *reason)
{
	told_because(&i->told, reason);
	input_end(i, class);
}

static void input_unwritten(struct input *i, const char *call)
{
	char reason[256];

	(void)snprintf(reason, sizeof reason, "%s: %s", call, strerror(errno));
	end_because(i, TALLY_UNWRITTEN, reason);
}

/* --- taking --- */

static void wait_again(evutil_socket_t fd, short what, void *arg)
{
	struct input *i = arg;

	(void)fd;
	(void)what;
	input_move(i, INPUT_WAITING);
}

static struct input *new_input(struct run *r, const struct walk_found *f)
{
	struct input *i = calloc(1, sizeof *i);

	if (!i)
		return NULL;
	*i = (struct input){ .run = r,
		.state = INPUT_WAITING,
		.claim = { .id = ++r->last_id,
		    .sub = target_sub(r, f),
		    .name = strdup(f->name) },
		.path = walk_path(r->options->paths, f),
		.result_sub = r->out ? target_sub(r, f) : strdup(f->sub),
		.fd = -1,
		.scratch = -1,
		.result = { .fd = -1 } };
	i->timer = evtimer_new(r->base, wait_again, i);
	TAILQ_INSERT_TAIL(&r->in[INPUT_WAITING], i, link);
	r->count[INPUT_WAITING]++;
	if (r->file_name)
		(void)snprintf(i->result_name, NAME_ROOM, "%s", r->file_name);
	else
		naming_result(f->name, r->extension, i->result_name);
	if (i->claim.sub && i->claim.name && i->path && i->result_sub && i->timer)
		return i;
	input_free(i);
	return NULL;
}

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

/* True: ended. */
static bool refuse_too_large(struct input *i)
{
	uint64_t most = i->run->config->limits.input;
	char reason[96], limit[UNITS_ROOM];

	if (!most || (uint64_t)i->st.st_size <= most)
		return false;
	units_format(UNITS_SIZE, most, limit);
	(void)snprintf(
	    reason, sizeof reason, "is larger than limits.input allows, %s", limit);
	told_without_worker(&i->told, VERDICT_REFUSED, reason);
	input_end(i, TALLY_REFUSED);
	return true;
}

void input_take(struct run *r, const struct walk_found *f)
{
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
	if (i->results && !f->trouble && !r->options->force && target_has(r, i)) {
		end_because(i, TALLY_SKIPPED, "its result is there");
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
	} else if (refuse_too_large(i)) {
		return;
	} else if (!i->results) {
		errno = error;
		input_unwritten(i, "the folder of results");
	} else if (r->options->force && target_is_input(i)) {
		end_because(i, TALLY_UNWRITTEN, "its result would replace an input");
	} else {
		(void)input_start(i); /* when no worker takes it, it waits */
	}
}

/* --- running --- */

bool input_start(struct input *i)
{
	struct run *r = i->run;

	result_end(&i->result);
	input_close_fd(&i->scratch);
	if (!result_begin(i->results, &i->result)) {
		input_unwritten(i, "make a file for the result");
		return true;
	}
	i->scratch = results_scratch(i->results);
	if (i->scratch == -1) {
		input_unwritten(i, "make a file for scratch");
		return true;
	}
	struct pool_order order = {
		.job = i->claim.id,
		.to = r->target->order,
		.input_size = (uint64_t)i->st.st_size,
		.input = i->fd,
		.output = i->result.fd,
		.scratch = i->scratch,
		.fresh = charge_needs_fresh(&i->claim.charges),
		.sync_from = r->options->sync == CONVERT_SYNC_EACH && !r->target->split,
	};
	if (!pool_give(r->pool, &order))
		return false;
	told_begin(&i->told);
	split_free(i->split);
	i->split = NULL;
	input_move(i, INPUT_RUNNING);
	return true;
}

static struct input *input_running(struct run *r, uint64_t id)
{
	struct input *i;

	TAILQ_FOREACH (i, &r->in[INPUT_RUNNING], link)
		if (i->claim.id == id)
			return i;
	return NULL;
}

void input_report(struct run *r, uint64_t id, const Bulkhead__Report *report)
{
	struct input *i = input_running(r, id);

	if (!i)
		return;
	told_report(&i->told, report);
	if (report->kind_case == BULKHEAD__REPORT__KIND_ITEM && r->target->split)
		split_add(&i->split, report->item);
}

static void pause_for(struct input *i, uint64_t ms)
{
	struct timeval wait = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	input_move(i, INPUT_PAUSED);
	(void)event_add(i->timer, &wait);
}

/* Our own trouble is never charged, but a terminal does not wait for ever. */
static void input_late(struct input *i)
{
	uint64_t ms = (uint64_t)LATE_FIRST_MS << (i->late < 7 ? i->late : 7);

	if (++i->late > LATE_TRIES)
		end_because(i, TALLY_INTERRUPTED, "workers could not take it");
	else
		pause_for(i, ms < LATE_MOST_MS ? ms : LATE_MOST_MS);
}

static void input_publish(struct input *i)
{
	if (target_publish(i))
		input_end(i, tally_class_of(i->told.verdict));
	else if (errno == EEXIST && !i->run->options->force)
		end_because(i, TALLY_SKIPPED, "its result is there by now");
	else
		input_unwritten(i, "put the result in its place");
}

/* A result of half a file would pass for the whole one's, now and in each later run. */
static bool has_changed(const struct input *i)
{
	struct stat now;

	return fstat(i->fd, &now) == -1 || now.st_size != i->st.st_size ||
	       now.st_mtim.tv_sec != i->st.st_mtim.tv_sec ||
	       now.st_mtim.tv_nsec != i->st.st_mtim.tv_nsec;
}

static void input_converted(struct input *i)
{
	struct run *r = i->run;
	struct timeval wait = { .tv_sec = BATCH_MS / 1000 };

	if (has_changed(i)) {
		end_because(i, TALLY_UNREADABLE, "changed while it was read");
		return;
	}
	if (r->options->sync != CONVERT_SYNC_BATCH) {
		input_publish(i);
		return;
	}
	input_close_fd(&i->fd); /* a batch is to take few descriptors */
	input_close_fd(&i->scratch);
	input_move(i, INPUT_STORING);
	if (r->count[INPUT_STORING] >= BATCH_MAX)
		input_flush(r);
	else if (!event_pending(r->flush, EV_TIMEOUT, NULL))
		(void)event_add(r->flush, &wait);
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

static void input_unwound(void *arg, const struct unwind_answer *answer)
{
	struct input *i = arg;

	i->unwind = NULL;
	dead_frames(&i->told, answer, i->run->config);
	input_end(i, tally_class_of(i->told.verdict));
}

/* Only a report has a place for frames. False: there is nothing to wait for. */
static bool input_unwind(struct input *i)
{
	if (!i->run->aside || !i->told.remains)
		return false;
	i->unwind = unwinds_ask(i->run->unwinds, i->told.remains, input_unwound, i);
	if (i->unwind)
		input_move(i, INPUT_UNWINDING);
	return i->unwind != NULL;
}

void input_ended(struct run *r, uint64_t id, const struct pool_end *end)
{
	struct input *i = input_running(r, id);

	if (!i)
		return;
	told_ended(&i->told, end);
	if (end->done)
		i->told.verdict =
		    judge_output(result_seal(&i->result, &i->told.output_size), end,
			r->pool, &i->told);
	if (verdict_row(i->told.verdict)->good) {
		input_converted(i);
	} else if (i->told.verdict == VERDICT_INFRASTRUCTURE && r->stopping) {
		end_because(i, TALLY_INTERRUPTED, "interrupted");
	} else if (i->told.verdict == VERDICT_INFRASTRUCTURE) {
		input_late(i);
	} else if (end->autopsy && end->autopsy->output_errno && target_is_full(i)) {
		errno = ENOSPC;
		input_unwritten(i, "write the result");
	} else if (charge_add(
		       &i->claim.charges, i->told.verdict, i->told.used, r->config)) {
		pause_for(i, r->config->retry.delay);
	} else if (!input_unwind(i)) {
		input_end(i, tally_class_of(i->told.verdict));
	}
}

void input_interrupt_all(struct run *r)
{
	static const enum input_state states[] = { INPUT_WAITING, INPUT_PAUSED,
		INPUT_RUNNING };
	struct input *i, *next;

	for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
		for (i = TAILQ_FIRST(&r->in[states[k]]); i; i = next) {
			next = TAILQ_NEXT(i, link);
			end_because(i, TALLY_INTERRUPTED, "interrupted");
		}
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "convert/convert_private.h"
#include "convert/split.h"
#include "files/origin.h"

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
	return S_ISREG(i->st.st_mode) || f->store ? NULL : not_regular;
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

/* What is there already decides. True: ended. */
static bool ended_by_what_is_there(struct input *i, const struct walk_found *f)
{
	const struct run *r = i->run;
	struct stat st;

	if (!i->results || f->trouble || r->options->force || r->stream != -1 ||
	    results_look(i->results, i->result_sub, i->result_name, &st) == -1)
		return false;
	if ((r->standard_input != -1 ? fstat(r->standard_input, &st)
				     : fstatat(f->folder, f->name, &st,
					   f->whole ? 0 : AT_SYMLINK_NOFOLLOW)) == -1)
		return false; /* opening it will say why */
	i->origin = origin_of(f->place, f->name, &st, r->id, r->target->name);
	enum there there = there_look(i, &st);
	i->stale = there == THERE_STALE;
	if (there == THERE_RESULT)
		input_end_because(i, TALLY_SKIPPED, there_text(there));
	else if (there > THERE_PERHAPS)
		input_end_because(i, TALLY_IN_THE_WAY, there_text(there));
	return there == THERE_RESULT || there > THERE_PERHAPS;
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
	if (ended_by_what_is_there(i, f))
		return;
	if (f->whole && f->folder != -1 && r->leave.extension &&
	    origin_is_result(f->folder, f->name, r->leave.extension)) {
		input_end_because(
		    i, TALLY_SKIPPED, "it is the result of the file beside it");
		return;
	}
	why = open_input(i, f);
	if (!why)
		i->origin = origin_of(f->place, f->name, &i->st, r->id, r->target->name);
	if (why) {
		input_end_because(i, TALLY_UNREADABLE, why);
	} else if (r->options->dry_run) {
		input_end(i, TALLY_PLANNED);
	} else if (known_refused(i)) {
		return;
	} else if (!i->results) {
		errno = error;
		input_unwritten(i, "the folder of results");
	} else if (r->options->force && target_is_input(i)) {
		input_end_because(
		    i, TALLY_UNWRITTEN, "its result would replace an input");
	} else if (f->store) {
		store_begin_tree(i);
	} else {
		input_begin(i);
	}
}

/* --- calls of the engine --- */

static enum attempt_opened input_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct input *i = arg;
	const struct run *r = i->run;

	split_free(i->split);
	i->split = NULL;
	if (input_is_busy(i))
		return ATTEMPT_CHANGED;
	order->to = r->target->name;
	order->input_size = (uint64_t)i->st.st_size;
	order->stores = r->stream == -1 && !r->file_name;
	order->sync_from = r->options->sync == CONVERT_SYNC_EACH && r->stream == -1 &&
			   !(r->target->can & FORMATS_SPLIT);
	int fd = i->fd;
	if (i->item)
		fd = store_order(i, order);
	if (fd == -1) {
		*why = errno == ENOENT || errno == ESTALE
			   ? "it is no longer in its folder"
			   : strerror(errno);
		return ATTEMPT_UNREADABLE;
	}
	return descriptors_results(order, why, fd, i->results, &i->result);
}

static bool input_is_changed(void *arg, int input)
{
	const struct input *i = arg;
	const struct outcome *o = &i->outcome;

	(void)input; /* a copy of ours */
	/* A good result's batch asks, when all that may be written has been. */
	if (verdict_row(o->verdict)->good && !o->listed && input_is_batched(i))
		return false;
	return input_was_written(arg);
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

	if (o->verdict == VERDICT_DONE && o->listed) {
		store_begin(i, output);
	} else if (verdict_row(o->verdict)->good) {
		i->result.fd = *output;
		*output = -1;
		input_converted(i);
	} else if (o->verdict != VERDICT_INFRASTRUCTURE) {
		input_end(i, tally_class_of(o->verdict));
	} else if (o->trouble == TROUBLE_CHANGED) {
		input_changed(i);
	} else if (i->run->stopping) {
		input_end_because(i, TALLY_INTERRUPTED, "interrupted");
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
	.changed = input_is_changed,
	.item = input_item,
	.space = input_space,
	.ended = input_ended,
};

/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attempt/charge.h"
#include "attempt/judge.h"
#include "log/log.h"
#include "service/canary.h"
#include "service/job.h"
#include "service/job_private.h"

static void job_run_close_all(const int *fd, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fd[i] != -1)
			(void)close(fd[i]);
}

/* A message that no worker needs to see: it cannot be read, or is too large. */
static void job_run_refuse(struct job *j, const char *reason)
{
	told_without_worker(&j->told, VERDICT_REFUSED, reason);
	job_decide(j);
}

/* Hand it to a worker. False: none was free. */
static bool job_run_give(struct job *j, const int fd[3])
{
	const struct jobs_with *with = &j->jobs->with;
	struct pool_order order = {
		.job = j->claim->id,
		.to = with->config->convert.to,
		.input_size = (uint64_t)j->st.st_size,
		.input = fd[0],
		.output = fd[1],
		.scratch = fd[2],
		.fresh = charge_needs_fresh(&j->claim->charges),
		.sync_from = SETTLE_SYNCS_BELOW,
	};

	if (!pool_give(with->pool, &order))
		return false;
	j->attempts++;
	job_move(j, JOB_RUNNING);
	return true;
}

/* On record: from now on it is in hand, and a suspect if the service dies. */
static bool waits_no_more(struct job *j)
{
	struct charges c = j->claim->charges;

	c.waits = 0;
	return !j->claim->charges.waits ||
	       spool_recharge(j->jobs->with.spool, j->claim, c);
}

bool job_start(struct job *j)
{
	const struct jobs_with *with = &j->jobs->with;
	const char *why = NULL, *call = "rename";
	int fd[3] = { -1, -1, -1 };
	bool over = true;

	if (!waits_no_more(j))
		goto late;
	call = "open";
	fd[0] = spool_input(with->spool, j->claim, &j->st, &why);
	if (fd[0] == -1 && why) {
		j->unreadable = why;
		job_run_refuse(j, why);
		return true;
	}
	if (fd[0] == -1)
		goto late;
	if (spool_written(j->claim, fd[0])) {
		job_return(j, j->state);
		goto out;
	}
	if (with->config->limits.input &&
	    (uint64_t)j->st.st_size > with->config->limits.input) {
		job_run_refuse(j, "is larger than limits.input allows");
		goto out;
	}
	call = "create output";
	fd[1] = spool_output(with->spool, j->claim);
	if (fd[1] == -1)
		goto late;
	call = "create scratch";
	fd[2] = spool_scratch(with->spool);
	if (fd[2] == -1)
		goto late;
	told_begin(&j->told);
	over = job_run_give(j, fd);
	goto out;
late:
	job_late(j, j->state, call, errno);
out:
	job_run_close_all(fd, 3);
	return over;
}

static struct job *job_run_running(struct jobs *js, uint64_t id)
{
	struct job *j;

	TAILQ_FOREACH (j, &js->in[JOB_RUNNING], link)
		if (j->claim->id == id)
			return j;
	return NULL;
}

void jobs_report(void *arg, uint64_t id, const Bulkhead__Report *r)
{
	struct job *j = job_run_running(arg, id);

	if (j)
		told_report(&j->told, r);
}

/* Full disk is our trouble, not the message's: seen by ourselves, after what this attempt
 * wrote is gone. A worker's word alone would make its failures free of charge. */
static bool job_run_disk_is_full(struct job *j, const struct pool_end *end)
{
	enum { ROOM_LEAST = 1 << 20 };
	const struct jobs_with *with = &j->jobs->with;
	uint64_t bytes = 0, inodes = 0, least = with->config->intake.min_free;
	int fd;

	if (!end->autopsy || !end->autopsy->output_errno)
		return false;
	fd = spool_output(with->spool, j->claim); /* unlinks the attempt's */
	if (fd != -1)
		(void)close(fd);
	if (least < ROOM_LEAST)
		least = ROOM_LEAST;
	return fd == -1 || !spool_space(with->spool, &bytes, &inodes) || bytes < least;
}

static enum canary canary_of(enum verdict v)
{
	const struct verdict_row *row = verdict_row(v);

	if (row->charge == CHARGE_CRASH)
		return CANARY_CRASHED;
	return row->good || v == VERDICT_REFUSED ? CANARY_LIVED : CANARY_TROUBLE;
}

/* Each message counts once; a retry of it says nothing new of the build. */
static void tell_breaker(struct job *j)
{
	struct jobs *js = j->jobs;
	enum canary how = canary_of(j->told.verdict);

	if (js->canary == j->claim->id) {
		js->canary = 0;
		breaker_ended(js->breaker, how);
	} else if (!j->counted && j->told.verdict != VERDICT_INFRASTRUCTURE) {
		breaker_count(js->breaker, how == CANARY_CRASHED);
	}
	j->counted = j->counted || j->told.verdict != VERDICT_INFRASTRUCTURE;
}

void jobs_attempted(struct jobs *js, enum verdict verdict, bool first)
{
	enum canary how = canary_of(verdict);

	if (js->canary_elsewhere) {
		js->canary_elsewhere = false;
		breaker_ended(js->breaker, how);
	} else if (first && verdict != VERDICT_INFRASTRUCTURE) {
		breaker_count(js->breaker, how == CANARY_CRASHED);
	}
}

/* Is what was read still what lies there? */
static bool job_run_changed(struct job *j)
{
	const char *why;
	struct stat st;

	int fd = spool_input(j->jobs->with.spool, j->claim, &st, &why);
	bool changed = fd != -1 && spool_written(j->claim, fd);
	if (fd != -1)
		(void)close(fd);
	return changed;
}

void jobs_ended(void *arg, uint64_t id, const struct pool_end *end)
{
	struct jobs *js = arg;
	struct job *j = job_run_running(js, id);

	if (id == CANARY_JOB)
		breaker_ended(js->breaker, canary_of(end->verdict));
	if (!j)
		return;
	const enum job_state waiting = j->retried ? JOB_AGAIN : JOB_WAITING;
	told_ended(&j->told, end);
	if (end->done)
		j->told.verdict = judge_output(
		    spool_seal(js->with.spool, j->claim, &j->told.output_size), end,
		    js->with.pool, &j->told);
	tell_breaker(j);
	if (j->told.verdict == VERDICT_INFRASTRUCTURE && js->stopping) {
		job_put_back(j);
	} else if (j->told.verdict == VERDICT_INFRASTRUCTURE) {
		job_late(j, waiting, "attempt", errno ? errno : EAGAIN);
	} else if (job_run_changed(j)) {
		job_return(j, waiting);
	} else if (job_run_disk_is_full(j, end)) {
		job_late(j, waiting, "write output", ENOSPC);
	} else {
		job_decide(j);
	}
}

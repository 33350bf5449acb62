/* SPDX-License-Identifier: ISC */
#include "gateway/gateway_jobs.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timer.h"
#include "gateway/gateway.h"

enum { SWEEP_MS = 5000 };

struct gateway_jobs {
	TAILQ_HEAD(, gateway_job) all;
	unsigned count;
	struct event *sweep;
};

static void jobs_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_jobs *jobs = arg;
	struct gateway_job *j, *next;
	uint64_t now = clock_ms();

	(void)fd;
	(void)what;
	for (j = TAILQ_FIRST(&jobs->all); j; j = next) {
		next = TAILQ_NEXT(j, link);
		if (j->over && now - j->over_at > JOBS_KEPT_MS)
			gateway_job_drop(jobs, j);
	}
	timer_start(jobs->sweep, SWEEP_MS);
}

struct gateway_jobs *gateway_jobs_new(struct event_base *base)
{
	struct gateway_jobs *jobs = calloc(1, sizeof *jobs);

	if (!jobs)
		return NULL;
	TAILQ_INIT(&jobs->all);
	jobs->sweep = evtimer_new(base, jobs_sweep, jobs);
	if (!jobs->sweep) {
		free(jobs);
		return NULL;
	}
	timer_start(jobs->sweep, SWEEP_MS);
	return jobs;
}

void gateway_jobs_free(struct gateway_jobs *jobs)
{
	struct gateway_job *j, *next;

	if (!jobs)
		return;
	for (j = TAILQ_FIRST(&jobs->all); j; j = next) {
		next = TAILQ_NEXT(j, link);
		gateway_job_drop(jobs, j);
	}
	event_free(jobs->sweep);
	free(jobs);
}

/* For one more: the oldest that is over is forgotten. */
static bool jobs_forget_oldest(struct gateway_jobs *jobs)
{
	struct gateway_job *j;

	if (jobs->count < JOBS_MAX)
		return true;
	TAILQ_FOREACH (j, &jobs->all, link)
		if (j->over) {
			gateway_job_drop(jobs, j);
			return true;
		}
	return false;
}

struct gateway_job *gateway_job_new(
    struct gateway_jobs *jobs, void (*cancel)(void *arg), void *arg)
{
	uint64_t id;
	struct gateway_job *j;

	if (!jobs_forget_oldest(jobs) ||
	    getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
		return NULL;
	j = calloc(1, sizeof *j);
	if (!j)
		return NULL;
	(void)snprintf(j->id, sizeof j->id, "%016llx", (unsigned long long)id);
	j->result = -1;
	j->cancel = cancel;
	j->arg = arg;
	TAILQ_INSERT_TAIL(&jobs->all, j, link);
	jobs->count++;
	return j;
}

void gateway_job_over(
    struct gateway_job *j, json_t *about, int result, uint64_t bytes, const char *type)
{
	j->over = true;
	j->over_at = clock_ms();
	j->about = about;
	j->result = result;
	j->bytes = bytes;
	j->type = strdup(type ? type : "application/octet-stream");
	j->cancel = NULL;
}

struct gateway_job *gateway_job_find(struct gateway_jobs *jobs, const char *id)
{
	struct gateway_job *j;

	TAILQ_FOREACH (j, &jobs->all, link)
		if (id && strcmp(j->id, id) == 0)
			return j;
	return NULL;
}

void gateway_job_drop(struct gateway_jobs *jobs, struct gateway_job *j)
{
	if (j->cancel)
		j->cancel(j->arg);
	TAILQ_REMOVE(&jobs->all, j, link);
	jobs->count--;
	if (j->result != -1)
		(void)close(j->result);
	json_decref(j->about);
	free(j->type);
	free(j);
}

unsigned gateway_jobs_running(const struct gateway_jobs *jobs)
{
	const struct gateway_job *j;
	unsigned n = 0;

	TAILQ_FOREACH (j, &jobs->all, link)
		n += !j->over;
	return n;
}

/* --- the calls --- */

static struct gateway_job *job_asked_for(struct http_call *c)
{
	const struct gateway *g = http_arg(c);
	struct gateway_job *j = gateway_job_find(g->jobs, http_segment(c, 0));

	if (!j)
		http_problem(c, 404, "Not Found",
		    "there is no such job; what is over is kept for ten minutes", NULL);
	return j;
}

void gateway_job_show(struct http_call *c)
{
	struct gateway_job *j = job_asked_for(c);

	if (j && j->over)
		http_json(c, 200, json_incref(j->about));
	else if (j)
		http_json(c, 200,
		    json_pack("{s:i, s:s, s:s}", "version", 1, "job", j->id, "state",
			"running"));
}

void gateway_job_result(struct http_call *c)
{
	struct gateway_job *j = job_asked_for(c);

	if (!j)
		return;
	int fd = j->result == -1 ? -1 : dup(j->result);
	if (fd == -1)
		http_problem(c, j->over ? 422 : 409,
		    j->over ? "Unprocessable Content" : "Conflict",
		    j->over ? "there is no result: the job says why"
			    : "the job still runs",
		    NULL);
	else
		http_reply(c, &(struct http_answer){ .status = 200,
				  .type = j->type,
				  .fd = fd,
				  .size = j->bytes,
				  .fields = { { "X-Bulkhead-Job", j->id } } });
}

void gateway_job_cancel(struct http_call *c)
{
	const struct gateway *g = http_arg(c);
	struct gateway_job *j = job_asked_for(c);

	if (!j)
		return;
	gateway_job_drop(g->jobs, j);
	http_json(c, 200, json_pack("{s:s}", "done", "given up"));
}

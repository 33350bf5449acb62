/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_JOBS_H
#define GATEWAY_JOBS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct event_base;

/*
 * Conversions whose client does not wait on its connection: they have an id, and are
 * asked for again. Their number is bounded, and what is over is kept for a while only:
 * who does not come for it has the message still.
 */
enum { JOBS_MAX = 256, JOBS_KEPT_MS = 10 * 60 * 1000, JOB_ID = 17 };

struct gateway_job {
	TAILQ_ENTRY(gateway_job) link;
	char id[JOB_ID]; /* random: who does not know it cannot ask for it */
	bool over;
	uint64_t over_at; /* clock_ms */
	json_t *about;    /* as GET answers; once it is over */
	int result;       /* -1: none */
	uint64_t bytes;
	char *type; /* of the result */
	/* While it runs: give it up. It calls gateway_job_over no more. */
	void (*cancel)(void *arg);
	void *arg;
};

struct gateway_jobs;
struct gateway_jobs *gateway_jobs_new(struct event_base *);
void gateway_jobs_free(struct gateway_jobs *); /* cancels all; NULL is fine */

/* NULL: as many as there may be, or no memory. */
struct gateway_job *gateway_job_new(
    struct gateway_jobs *, void (*cancel)(void *arg), void *arg);
/* about is taken over, and the descriptor (-1: none). */
void gateway_job_over(
    struct gateway_job *, json_t *about, int result, uint64_t bytes, const char *type);
/* NULL: not known, or no longer. */
struct gateway_job *gateway_job_find(struct gateway_jobs *, const char *id);
void gateway_job_drop(struct gateway_jobs *, struct gateway_job *);
unsigned gateway_jobs_running(const struct gateway_jobs *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <stdint.h>

#include "door/door_call.h"
#include "gateway/http.h"

struct event_base;

/*
 * The process that speaks HTTP. It parses what comes from a network, and so may do
 * nothing else: it holds its listening sockets and the way to the service's door, of
 * which it is a client like any other. It keeps no state but calls on their way and
 * finished jobs.
 */
struct gateway {
	struct event_base *base;
	struct http *http;
	int spool; /* the folder in which the door is */
	struct http_settings settings;
	uint64_t wait_ms; /* a conversion that takes longer becomes a job */
	struct gateway_jobs *jobs;
};

extern const struct http_route gateway_routes[];

/* --- handlers, by file --- */

/* gateway_look.c: what the service's state answers. */
void gateway_health(struct http_call *);
void gateway_ready(struct http_call *);
void gateway_metrics(struct http_call *);
void gateway_status(struct http_call *);
void gateway_workers(struct http_call *);
void gateway_queue(struct http_call *);
void gateway_queue_show(struct http_call *);
void gateway_history(struct http_call *);
void gateway_look_gone(struct http_call *);

/* gateway_command.c */
void gateway_pause(struct http_call *);
void gateway_resume(struct http_call *);
void gateway_reload(struct http_call *);
void gateway_drain(struct http_call *);
void gateway_scale(struct http_call *);       /* ?workers=N */
void gateway_kill_worker(struct http_call *); /* the segment: its number */
void gateway_command_gone(struct http_call *);

/* gateway_events.c: the log as server-sent events. */
void gateway_events(struct http_call *);
void gateway_events_gone(struct http_call *);

/* gateway_dead.c: dead letters, by `bulkhead dead`. */
void gateway_dead_list(struct http_call *);
void gateway_dead_groups(struct http_call *);
void gateway_dead_show(struct http_call *);
void gateway_dead_message(struct http_call *);
void gateway_dead_change(struct http_call *); /* the second segment: retry, hold, ... */
void gateway_dead_group_change(struct http_call *); /* all of a group */
void gateway_dead_remove(struct http_call *);
void gateway_queue_change(struct http_call *);
void gateway_queue_message(struct http_call *);

/* gateway_convert.c */
void gateway_convert(struct http_call *);
void gateway_detect(struct http_call *); /* the same, to tell what it is */
bool gateway_convert_body(struct http_call *, const void *, size_t);
void gateway_convert_whole(struct http_call *);
void gateway_convert_gone(struct http_call *);

/* gateway_jobs.c: conversions that are asked for again. */
void gateway_job_show(struct http_call *);
void gateway_job_result(struct http_call *);
void gateway_job_cancel(struct http_call *);

/* gateway_page.c */
void gateway_page(struct http_call *);

/* --- what they share --- */

/* Ask for the service's state. told hears once: the state is freed after it; NULL: there
 * is none, by this errno value. NULL: errno. */
struct gateway_question;
struct gateway_question *gateway_ask(const struct gateway *,
    const Bulkhead__Door__Look *wanted,
    void (*told)(void *arg, const Bulkhead__Door__State *, int error), void *arg);
/* Not any more, or after it was told. NULL is fine. */
void gateway_question_end(struct gateway_question *);

/* The service is not there, or is too busy: 503. */
void gateway_no_service(struct http_call *, int error);
/* What the service says of why not: 404 where something is not in hand, else 409. */
void gateway_trouble(struct http_call *, const char *text);

#endif

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/timer.h"
#include "door/render.h"
#include "gateway/gateway.h"

enum { EVERY_MS = 1000 };

/* One follower of the log, as server-sent events (HTML, "Server-sent events"). One that
 * does not read loses lines and is told how many. */
struct follower {
	struct http_call *call;
	struct door_call *door;
	uint64_t missed;
	struct event *due; /* NULL: the state is not wanted */
	struct gateway_question *question;
};

static void follower_say(struct follower *f, const char *line)
{
	char *text = NULL;
	int n = f->missed
		    ? asprintf(&text,
			  "event: missed\ndata: {\"lines\": %" PRIu64 "}\n\ndata: %s\n\n",
			  f->missed, line)
		    : asprintf(&text, "data: %s\n\n", line);

	if (n > 0 && http_stream_say(f->call, text, (size_t)n))
		f->missed = 0;
	else
		f->missed++;
	if (n > 0)
		free(text);
}

/* NOLINTBEGIN(readability-non-const-parameter): the form of a call */
static void event_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
/* NOLINTEND(readability-non-const-parameter) */
{
	struct follower *f = arg;

	(void)fds;
	if (a->kind_case != BULKHEAD__DOOR__ANSWER__KIND_EVENT || !a->event->line ||
	    strchr(a->event->line, '\n'))
		return;
	f->missed += a->event->missed;
	follower_say(f, a->event->line);
}

static void event_gone(void *arg)
{
	struct follower *f = arg;

	door_call_end(f->door);
	f->door = NULL;
	gateway_question_end(f->question);
	f->question = NULL;
	if (f->due)
		(void)evtimer_del(f->due);
	http_stream_end(f->call);
}

/* --- the state, again and again --- */

static void follower_told(void *arg, const Bulkhead__Door__State *s, int error)
{
	struct follower *f = arg;
	json_t *live = s ? render_live(s) : NULL;
	char *line = live ? json_line(live, JSON_TEXT_LINE) : NULL;
	char *text = NULL;
	int n = line ? asprintf(&text, "event: state\ndata: %s\n\n", line) : -1;

	(void)error;
	/* One that is not taken is no loss: the next one tells the same. */
	if (n > 0)
		(void)http_stream_say(f->call, text, (size_t)n);
	if (n > 0)
		free(text);
	free(line);
	json_decref(live);
	timer_start(f->due, EVERY_MS);
}

static void follower_due(evutil_socket_t fd, short what, void *arg)
{
	struct follower *f = arg;
	Bulkhead__Door__Look wanted = BULKHEAD__DOOR__LOOK__INIT;

	(void)fd;
	(void)what;
	wanted.queue = true;
	gateway_question_end(f->question);
	f->question = gateway_ask(http_arg(f->call), &wanted, follower_told, f);
	if (!f->question)
		timer_start(f->due, EVERY_MS);
}

/* ?state=1 */
static void follower_watch(struct follower *f)
{
	const struct gateway *g = http_arg(f->call);
	const char *state = http_query(f->call, "state");

	if (!state || strcmp(state, "1") != 0)
		return;
	f->due = evtimer_new(g->base, follower_due, f);
	if (f->due)
		timer_start(f->due, 0);
}

void gateway_events(struct http_call *c)
{
	const struct gateway *g = http_arg(c);
	struct follower *f = calloc(1, sizeof *f);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Follow follow = BULKHEAD__DOOR__FOLLOW__INIT;

	if (!f) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_set_own(c, f);
	f->call = c;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_FOLLOW;
	r.follow = &follow;
	f->door = door_call(
	    g->base, g->spool, &(struct door_call_with){ event_answered, event_gone, f });
	if (!f->door || !door_call_ask(f->door, &r, -1)) {
		gateway_no_service(c, errno);
		return;
	}
	http_stream(c, "text/event-stream");
	/* So that a client knows that it is connected. */
	(void)http_stream_say(c, ": here\n\n", 8);
	follower_watch(f);
}

void gateway_events_gone(struct http_call *c)
{
	struct follower *f = http_own(c);

	if (!f)
		return;
	gateway_question_end(f->question);
	if (f->due)
		event_free(f->due);
	door_call_end(f->door);
	free(f);
}

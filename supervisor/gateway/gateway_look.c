/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timer.h"
#include "gateway/gateway.h"
#include "gateway/render.h"

/* A service whose loop turns answers in milliseconds. */
enum { LOOK_MS = 5000, STATE_MAX = 16 << 20 };

typedef void look_fn(struct http_call *, const Bulkhead__Door__State *);

struct look {
	struct http_call *call;
	struct door_call *door;
	struct event *late;
	look_fn *render;
};

void gateway_no_service(struct http_call *c, int error)
{
	http_problem(c, 503, "Service Unavailable",
	    error == EAGAIN ? "the service has more to do than it takes"
			    : "the service is not there, or stops",
	    NULL);
}

static void look_end(struct look *l)
{
	door_call_end(l->door);
	l->door = NULL;
	if (l->late)
		event_free(l->late);
	l->late = NULL;
}

/* NULL: it makes no sense. */
static Bulkhead__Door__State *look_read(int fd, uint64_t n)
{
	uint8_t *bytes = n <= STATE_MAX ? malloc(n + 1) : NULL;
	Bulkhead__Door__State *s = NULL;

	if (bytes && pread(fd, bytes, n, 0) == (ssize_t)n)
		s = bulkhead__door__state__unpack(NULL, n, bytes);
	free(bytes);
	return s;
}

static void look_answered(void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
{
	struct look *l = arg;
	Bulkhead__Door__State *s = NULL;

	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_LOOKED && fds[0] != -1)
		s = look_read(fds[0], a->looked->bytes);
	look_end(l);
	if (s)
		l->render(l->call, s);
	else
		gateway_no_service(l->call, EPROTO);
	if (s)
		bulkhead__door__state__free_unpacked(s, NULL);
}

static void look_gone(void *arg)
{
	struct look *l = arg;

	look_end(l);
	gateway_no_service(l->call, ECONNRESET);
}

static void look_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	look_gone(arg);
}

static void look_begin(struct http_call *c, look_fn *render, bool queue)
{
	const struct gateway *g = http_arg(c);
	struct look *l = calloc(1, sizeof *l);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Look look = BULKHEAD__DOOR__LOOK__INIT;

	if (!l) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_set_own(c, l);
	*l = (struct look){ .call = c, .render = render };
	look.queue = queue;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_LOOK;
	r.look = &look;
	l->door = door_call(
	    g->base, g->spool, &(struct door_call_with){ look_answered, look_gone, l });
	l->late = evtimer_new(g->base, look_late, l);
	if (!l->door || !l->late || !door_call_ask(l->door, &r, -1)) {
		int saved = errno;
		look_end(l);
		gateway_no_service(c, saved);
		return;
	}
	timer_start(l->late, LOOK_MS);
	http_wait(c);
}

void gateway_look_gone(struct http_call *c)
{
	struct look *l = http_own(c);

	if (l)
		look_end(l);
	free(l);
}

static void say_text(struct http_call *c, unsigned status, const char *text)
{
	http_reply(c, &(struct http_answer){ .status = status,
			  .type = "text/plain; charset=utf-8",
			  .bytes = text,
			  .n = strlen(text),
			  .fd = -1 });
}

static void look_health(struct http_call *c, const Bulkhead__Door__State *s)
{
	(void)s;
	say_text(c, 200, "ok\n");
}

void gateway_health(struct http_call *c)
{
	look_begin(c, look_health, false);
}

static void look_ready(struct http_call *c, const Bulkhead__Door__State *s)
{
	if (s->ready) {
		say_text(c, 200, "ready\n");
		return;
	}
	json_t *why = json_array();
	for (size_t i = 0; i < s->n_unready; i++)
		(void)json_array_append_new(why, json_string(s->unready[i]));
	http_problem(c, 503, "Service Unavailable", "no message is taken now",
	    json_pack("{s:o}", "reasons", why));
}

void gateway_ready(struct http_call *c)
{
	look_begin(c, look_ready, false);
}

static void look_metrics(struct http_call *c, const Bulkhead__Door__State *s)
{
	size_t n = 0;
	char *text = render_metrics(s, &n);

	if (!text) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_reply(
	    c, &(struct http_answer){ .status = 200,
		   .type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
		   .bytes = text,
		   .n = n,
		   .fd = -1 });
	free(text);
}

void gateway_metrics(struct http_call *c)
{
	look_begin(c, look_metrics, false);
}

static void look_status(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_status(s));
}

void gateway_status(struct http_call *c)
{
	look_begin(c, look_status, false);
}

static void look_workers(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_workers(s));
}

void gateway_workers(struct http_call *c)
{
	look_begin(c, look_workers, false);
}

static void look_queue(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_queue(s));
}

void gateway_queue(struct http_call *c)
{
	look_begin(c, look_queue, true);
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/timer.h"
#include "door/render.h"
#include "gateway/gateway.h"

/* A service whose loop turns answers in milliseconds. */
enum { LOOK_MS = 5000, STATE_MAX = 16 << 20 };

/* --- a question --- */

struct gateway_question {
	struct door_call *door;
	struct event *late;
	void (*told)(void *arg, const Bulkhead__Door__State *, int error);
	void *arg;
};

void gateway_no_service(struct http_call *c, int error)
{
	http_problem(c, 503, "Service Unavailable",
	    error == EAGAIN ? "the service has more to do than it takes"
			    : "the service is not there, or stops",
	    NULL);
}

void gateway_trouble(struct http_call *c, const char *text)
{
	bool known = !text || strncmp(text, "no such", 7) != 0;

	http_problem(c, known ? 409 : 404, known ? "Conflict" : "Not Found", text, NULL);
}

void gateway_question_end(struct gateway_question *q)
{
	if (!q)
		return;
	door_call_end(q->door);
	if (q->late)
		event_free(q->late);
	free(q);
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

/* q may be no more after it. */
static void question_tell(
    struct gateway_question *q, const Bulkhead__Door__State *s, int error)
{
	door_call_end(q->door);
	q->door = NULL;
	(void)evtimer_del(q->late);
	q->told(q->arg, s, error);
}

static void question_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
{
	Bulkhead__Door__State *s = NULL;

	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_LOOKED && fds[0] != -1)
		s = look_read(fds[0], a->looked->bytes);
	question_tell(arg, s, EPROTO);
	if (s)
		bulkhead__door__state__free_unpacked(s, NULL);
}

static void question_gone(void *arg)
{
	question_tell(arg, NULL, ECONNRESET);
}

static void question_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	question_gone(arg);
}

struct gateway_question *gateway_ask(const struct gateway *g,
    const Bulkhead__Door__Look *wanted,
    void (*told)(void *, const Bulkhead__Door__State *, int), void *arg)
{
	struct gateway_question *q = calloc(1, sizeof *q);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Look look = *wanted;

	if (!q)
		return NULL;
	q->told = told;
	q->arg = arg;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_LOOK;
	r.look = &look;
	q->door = door_call(g->base, g->spool,
	    &(struct door_call_with){ question_answered, question_gone, q });
	q->late = evtimer_new(g->base, question_late, q);
	if (q->door && q->late && door_call_ask(q->door, &r, -1)) {
		timer_start(q->late, LOOK_MS);
		return q;
	}
	int saved = errno;
	gateway_question_end(q);
	errno = saved;
	return NULL;
}

/* --- calls that are answered by the state --- */

typedef void look_fn(struct http_call *, const Bulkhead__Door__State *);

struct look {
	struct http_call *call;
	struct gateway_question *question;
	look_fn *render;
};

static void look_told(void *arg, const Bulkhead__Door__State *s, int error)
{
	struct look *l = arg;

	if (s)
		l->render(l->call, s);
	else
		gateway_no_service(l->call, error);
}

static void look_begin(struct http_call *c, look_fn *render, bool queue, bool history)
{
	struct look *l = calloc(1, sizeof *l);
	Bulkhead__Door__Look wanted = BULKHEAD__DOOR__LOOK__INIT;

	if (!l) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_set_own(c, l);
	*l = (struct look){ .call = c, .render = render };
	wanted.queue = queue;
	wanted.history = history;
	l->question = gateway_ask(http_arg(c), &wanted, look_told, l);
	if (l->question)
		http_wait(c);
	else
		gateway_no_service(c, errno);
}

void gateway_look_gone(struct http_call *c)
{
	struct look *l = http_own(c);

	if (l)
		gateway_question_end(l->question);
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
	look_begin(c, look_health, false, false);
}

/* Ready: and, a line each, what is held up though mail is taken. */
static void say_ready(struct http_call *c, const Bulkhead__Door__State *s)
{
	char text[1024] = "ready\n";

	for (size_t i = 0; i < s->n_held_up; i++) {
		const size_t n = strlen(text);
		(void)snprintf(text + n, sizeof text - n, "held up %s\n", s->held_up[i]);
	}
	say_text(c, 200, text);
}

static void look_ready(struct http_call *c, const Bulkhead__Door__State *s)
{
	if (s->ready) {
		say_ready(c, s);
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
	look_begin(c, look_ready, false, false);
}

static void look_metrics(struct http_call *c, const Bulkhead__Door__State *s)
{
	size_t n = 0;
	/* Who asks for text/plain alone is of the time before OpenMetrics. */
	const char *accept = http_header(c, "Accept");
	bool open =
	    !accept || strstr(accept, "openmetrics") || !strstr(accept, "text/plain");
	char *text = render_metrics(s, open, &n);

	if (!text) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_reply(c, &(struct http_answer){ .status = 200,
			  .type = open ? "application/openmetrics-text; version=1.0.0; "
					 "charset=utf-8"
				       : "text/plain; version=0.0.4; charset=utf-8",
			  .bytes = text,
			  .n = n,
			  .fd = -1 });
	free(text);
}

void gateway_metrics(struct http_call *c)
{
	look_begin(c, look_metrics, false, false);
}

static void look_status(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_status(s));
}

void gateway_status(struct http_call *c)
{
	look_begin(c, look_status, false, false);
}

static void look_workers(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_workers(s));
}

void gateway_workers(struct http_call *c)
{
	look_begin(c, look_workers, false, false);
}

static void look_queue(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_queue(s));
}

void gateway_queue(struct http_call *c)
{
	look_begin(c, look_queue, true, false);
}

static void look_message_shown(struct http_call *c, const Bulkhead__Door__State *s)
{
	const char *id = http_segment(c, 0);
	json_t *queue = render_queue(s), *messages = json_object_get(queue, "messages"),
	       *m = NULL;
	size_t i;

	json_array_foreach(messages, i,
	    m) if (strcmp(json_string_value(json_object_get(m, "id")), id) == 0) break;
	if (m)
		http_json(c, 200, json_incref(m));
	else
		http_problem(c, 404, "Not Found", "no such message is in hand", NULL);
	json_decref(queue);
}

void gateway_queue_show(struct http_call *c)
{
	look_begin(c, look_message_shown, true, false);
}

static void look_past(struct http_call *c, const Bulkhead__Door__State *s)
{
	http_json(c, 200, render_history(s));
}

void gateway_history(struct http_call *c)
{
	look_begin(c, look_past, false, true);
}

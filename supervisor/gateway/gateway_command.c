/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "gateway/gateway.h"

struct command {
	struct http_call *call;
	struct door_call *door;
};

/* NOLINTBEGIN(readability-non-const-parameter): the form of a call */
static void command_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
/* NOLINTEND(readability-non-const-parameter) */
{
	struct command *m = arg;

	(void)fds;
	door_call_end(m->door);
	m->door = NULL;
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_DONE)
		http_json(m->call, 200,
		    json_pack("{s:s}", "done", a->done->text ? a->done->text : ""));
	else if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE)
		http_problem(m->call, 409, "Conflict",
		    a->trouble->text ? a->trouble->text : NULL, NULL);
	else
		gateway_no_service(m->call, EPROTO);
}

static void command_gone(void *arg)
{
	struct command *m = arg;

	door_call_end(m->door);
	m->door = NULL;
	gateway_no_service(m->call, ECONNRESET);
}

static void command_send(
    struct http_call *c, Bulkhead__Door__Command__What what, uint64_t number)
{
	const struct gateway *g = http_arg(c);
	struct command *m = calloc(1, sizeof *m);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Command order = BULKHEAD__DOOR__COMMAND__INIT;

	if (!m) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_set_own(c, m);
	m->call = c;
	order.what = what;
	order.number = number;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_COMMAND;
	r.command = &order;
	m->door = door_call(g->base, g->spool,
	    &(struct door_call_with){ command_answered, command_gone, m });
	if (!m->door || !door_call_ask(m->door, &r, -1))
		gateway_no_service(c, errno);
	else
		http_wait(c);
}

void gateway_command_gone(struct http_call *c)
{
	struct command *m = http_own(c);

	if (m)
		door_call_end(m->door);
	free(m);
}

void gateway_pause(struct http_call *c)
{
	command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__PAUSE, 0);
}

void gateway_resume(struct http_call *c)
{
	command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__RESUME, 0);
}

void gateway_reload(struct http_call *c)
{
	command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__RELOAD, 0);
}

void gateway_drain(struct http_call *c)
{
	command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__DRAIN, 0);
}

/* A whole number and nothing else. */
static bool command_number(const char *text, uint64_t *n)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*n = strtoull(text, &end, 10);
	return !*end && errno == 0;
}

void gateway_scale(struct http_call *c)
{
	uint64_t n;

	if (command_number(http_query(c, "workers"), &n) && n >= 1 && n <= 1024)
		command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__SCALE, n);
	else
		http_problem(
		    c, 400, "Bad Request", "workers takes a number from 1 to 1024", NULL);
}

void gateway_kill_worker(struct http_call *c)
{
	uint64_t n;

	if (command_number(http_segment(c, 0), &n))
		command_send(c, BULKHEAD__DOOR__COMMAND__WHAT__KILL, n);
	else
		http_problem(c, 404, "Not Found", "a worker has a number", NULL);
}

/* SPDX-License-Identifier: ISC */
#include "gateway/gateway_clerk.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/unconst.h"
#include "gateway/gateway.h"

enum {
	CHUNK = 16 * 1024,
	FIRST = 64 * 1024,
	MOST = 32 << 20,
	EXIT_USAGE = 2,
	EXIT_TAKEN = 75
};

struct clerk {
	struct http_call *call;
	enum gateway_clerk_kind kind;
	struct door_call *door;
	struct event *readable;
	int output; /* of the program, for reading */
	char *text; /* all of it, but for CLERK_BYTES */
	size_t used, capacity;
	bool streams, said, ended; /* said: there is no more of its output */
	int exit;
	char *complaint;
};

static void clerk_stop(struct clerk *k)
{
	door_call_end(k->door);
	k->door = NULL;
	if (k->readable)
		event_free(k->readable);
	k->readable = NULL;
	if (k->output != -1)
		(void)close(k->output);
	k->output = -1;
}

static void clerk_fail(struct clerk *k, int error)
{
	clerk_stop(k);
	if (k->streams)
		http_stream_cut(k->call);
	else
		gateway_no_service(k->call, error);
}

/* --- documents --- */

/* Each line of its output is an object. */
static json_t *clerk_lines(const struct clerk *k)
{
	json_t *list = json_array();
	const char *line = k->text ? k->text : "";

	for (size_t n; *line; line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		json_t *o = json_loadb(line, n, 0, NULL);
		if (o)
			(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *clerk_document(const struct clerk *k, json_t *list)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	json_t *o = json_pack("{s:i, s:O}", "version", JSON_VERSION,
	    k->kind == CLERK_GROUPS ? "groups" : "letters", list);

	/* Where the next page begins. */
	if (k->kind == CLERK_LETTERS && last)
		(void)json_object_set(o, "last", json_object_get(last, "id"));
	return o;
}

/* Nothing was done: why. What it told of one letter is told, too. */
static void clerk_refuse(const struct clerk *k, json_t *list)
{
	json_t *one = json_array_get(list, 0);
	const char *why = json_string_value(json_object_get(one, "error"));
	static const struct {
		unsigned status;
		const char *title;
	} rows[] = { { 503, "Service Unavailable" }, { 400, "Bad Request" },
		{ 409, "Conflict" }, { 404, "Not Found" } };
	int row = k->exit == EXIT_TAKEN ? 0 : k->exit == EXIT_USAGE ? 1 : one ? 2 : 3;

	http_problem(k->call, rows[row].status, rows[row].title,
	    why                             ? why
	    : k->complaint && *k->complaint ? k->complaint
					    : "there is no such letter",
	    NULL);
}

static void clerk_reply(struct clerk *k)
{
	if (!k->said || !k->ended)
		return;
	clerk_stop(k);
	if (k->streams) {
		if (k->exit == 0)
			http_stream_end(k->call);
		else
			http_stream_cut(k->call);
		return;
	}
	json_t *list = clerk_lines(k);
	if (k->exit != 0 || (k->kind == CLERK_ONE && json_array_size(list) == 0))
		clerk_refuse(k, list);
	else if (k->kind == CLERK_BYTES)
		http_reply(k->call,
		    &(struct http_answer){
			.status = 200, .type = "application/octet-stream", .fd = -1 });
	else if (k->kind != CLERK_ONE)
		http_json(k->call, 200, clerk_document(k, list));
	else
		http_json(k->call, 200, json_incref(json_array_get(list, 0)));
	json_decref(list);
}

/* --- its output --- */

static bool clerk_grow(struct clerk *k)
{
	size_t capacity = k->capacity ? k->capacity * 2 : FIRST;
	char *text = capacity <= MOST ? realloc(k->text, capacity + 1) : NULL;

	if (!text)
		return false;
	k->text = text;
	k->text[k->used] = '\0';
	k->capacity = capacity;
	return true;
}

static void clerk_over(struct clerk *k)
{
	(void)event_del(k->readable);
	k->said = true;
	clerk_reply(k);
}

/* What was handed over is with the client: more may come. */
static void clerk_more(void *arg)
{
	struct clerk *k = arg;

	if (k->readable && !k->said)
		(void)event_add(k->readable, NULL);
}

/* As it is: the first bytes are the answer's begin. */
static void clerk_pass(evutil_socket_t fd, short what, void *arg)
{
	struct clerk *k = arg;
	char chunk[CHUNK];
	ssize_t n = read(fd, chunk, sizeof chunk);

	(void)what;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		clerk_over(k);
		return;
	}
	if (!k->streams) {
		k->streams = true;
		http_stream(k->call, "application/octet-stream");
		http_stream_on_sent(k->call, clerk_more, k);
	}
	(void)event_del(k->readable);
	(void)http_stream_say(k->call, chunk, (size_t)n);
}

static void clerk_collect(evutil_socket_t fd, short what, void *arg)
{
	struct clerk *k = arg;

	(void)what;
	if (k->capacity - k->used < CHUNK && !clerk_grow(k)) {
		clerk_stop(k);
		http_problem(k->call, 413, "Content Too Large",
		    "more letters than one answer holds: ask for some of them", NULL);
		return;
	}
	ssize_t n = read(fd, k->text + k->used, CHUNK);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		clerk_over(k);
		return;
	}
	k->used += (size_t)n;
	k->text[k->used] = '\0';
}

/* --- the door --- */

/* NOLINTBEGIN(readability-non-const-parameter): the form of a call */
static void clerk_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
/* NOLINTEND(readability-non-const-parameter) */
{
	struct clerk *k = arg;

	(void)fds;
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_BEGUN)
		return;
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE && !k->streams) {
		clerk_stop(k);
		gateway_trouble(k->call, a->trouble->text);
		return;
	}
	if (a->kind_case != BULKHEAD__DOOR__ANSWER__KIND_ENDED) {
		clerk_fail(k, EPROTO);
		return;
	}
	/* Its output may still be on its way. */
	door_call_end(k->door);
	k->door = NULL;
	k->ended = true;
	k->exit = a->ended->exit;
	k->complaint = strdup(a->ended->reason);
	clerk_reply(k);
}

static void clerk_gone(void *arg)
{
	clerk_fail(arg, ECONNRESET);
}

static bool clerk_ask(struct clerk *k, const struct gateway_clerk *asked, int output)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Clerk clerk = BULKHEAD__DOOR__CLERK__INIT;
	char *list[GATEWAY_ARGUMENTS];

	for (;
	     asked->arguments[clerk.n_arguments] && clerk.n_arguments < GATEWAY_ARGUMENTS;
	     clerk.n_arguments++)
		list[clerk.n_arguments] = unconst(asked->arguments[clerk.n_arguments]);
	clerk.arguments = list;
	clerk.withdraw = asked->withdraw;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_CLERK;
	r.clerk = &clerk;
	return door_call_ask(k->door, &r, output);
}

void gateway_clerk(struct http_call *c, const struct gateway_clerk *asked)
{
	const struct gateway *g = http_arg(c);
	struct clerk *k = calloc(1, sizeof *k);
	int pipe[2] = { -1, -1 };

	if (!k || pipe2(pipe, O_CLOEXEC) == -1) {
		free(k);
		gateway_no_service(c, errno);
		return;
	}
	http_set_own(c, k);
	*k = (struct clerk){ .call = c, .kind = asked->kind, .output = pipe[0] };
	(void)fcntl(pipe[0], F_SETFL, O_NONBLOCK);
	k->readable = event_new(g->base, pipe[0], EV_READ | EV_PERSIST,
	    k->kind == CLERK_BYTES ? clerk_pass : clerk_collect, k);
	k->door = door_call(
	    g->base, g->spool, &(struct door_call_with){ clerk_answered, clerk_gone, k });
	bool ok = k->door && k->readable && event_add(k->readable, NULL) == 0 &&
		  clerk_ask(k, asked, pipe[1]);
	int saved = errno;
	(void)close(pipe[1]);
	if (ok)
		http_wait(c);
	else
		clerk_fail(k, saved);
}

void gateway_clerk_gone(struct http_call *c)
{
	struct clerk *k = http_own(c);

	if (!k)
		return;
	clerk_stop(k);
	free(k->text);
	free(k->complaint);
	free(k);
}

/* --- a message in hand --- */

static void fetch_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
{
	struct clerk *k = arg;

	clerk_stop(k);
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE) {
		gateway_trouble(k->call, a->trouble->text);
		return;
	}
	if (a->kind_case != BULKHEAD__DOOR__ANSWER__KIND_OPENED || fds[0] == -1) {
		gateway_no_service(k->call, EPROTO);
		return;
	}
	http_reply(k->call, &(struct http_answer){ .status = 200,
				.type = "application/octet-stream",
				.fd = fds[0],
				.size = a->opened->bytes,
				.fields = { { "Content-Disposition", "attachment" } } });
	fds[0] = -1;
}

void gateway_fetch(struct http_call *c, uint64_t id)
{
	const struct gateway *g = http_arg(c);
	struct clerk *k = calloc(1, sizeof *k);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Fetch fetch = BULKHEAD__DOOR__FETCH__INIT;

	if (!k) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	http_set_own(c, k);
	*k = (struct clerk){ .call = c, .output = -1 };
	fetch.id = id;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_FETCH;
	r.fetch = &fetch;
	k->door = door_call(
	    g->base, g->spool, &(struct door_call_with){ fetch_answered, clerk_gone, k });
	if (k->door && door_call_ask(k->door, &r, -1))
		http_wait(c);
	else
		clerk_fail(k, errno);
}

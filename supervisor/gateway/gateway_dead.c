/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/unconst.h"
#include "gateway/gateway.h"

/*
 * Dead letters. `bulkhead dead` knows them, with its locks and its rules; the service
 * starts it for us (a clerk), and its output comes through a pipe as it is. Streamed: a
 * folder may hold a million letters.
 */
enum { ARGUMENTS = 12, CHUNK = 16 * 1024, FIRST = 64 * 1024 };

struct clerk {
	struct http_call *call;
	struct door_call *door;
	struct event *readable;
	int output; /* of the program, for reading */
	char *text; /* all of it: answers are bounded by limit */
	size_t used, capacity, limit;
	const char *type;
	bool said; /* all was said */
	bool ended;
	int exit;
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

static void clerk_reply(struct clerk *k)
{
	if (!k->said || !k->ended)
		return;
	clerk_stop(k);
	if (k->exit == 0)
		http_reply(k->call, &(struct http_answer){ .status = 200,
					.type = k->type,
					.bytes = k->text ? k->text : "",
					.n = k->used,
					.fd = -1 });
	else
		http_problem(k->call, k->exit == 3 ? 404 : 409,
		    k->exit == 3 ? "Not Found" : "Conflict",
		    k->used ? k->text : "there is no such letter", NULL);
}

static void clerk_fail(struct clerk *k, int error)
{
	clerk_stop(k);
	gateway_no_service(k->call, error);
}

static bool clerk_grow(struct clerk *k)
{
	size_t capacity = k->capacity ? k->capacity * 2 : FIRST;
	char *text = capacity <= k->limit ? realloc(k->text, capacity + 1) : NULL;

	if (!text)
		return false;
	k->text = text;
	k->capacity = capacity;
	return true;
}

static void clerk_output(evutil_socket_t fd, short what, void *arg)
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
	if (n > 0) {
		k->used += (size_t)n;
		k->text[k->used] = '\0';
		return;
	}
	(void)event_del(k->readable);
	k->said = true;
	clerk_reply(k);
}

/* NOLINTBEGIN(readability-non-const-parameter): the form of a call */
static void clerk_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
/* NOLINTEND(readability-non-const-parameter) */
{
	struct clerk *k = arg;

	(void)fds;
	if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_BEGUN)
		return;
	if (a->kind_case != BULKHEAD__DOOR__ANSWER__KIND_ENDED) {
		clerk_fail(k, EPROTO);
		return;
	}
	k->ended = true;
	k->exit = a->ended->exit;
	clerk_reply(k);
}

static void clerk_gone(void *arg)
{
	clerk_fail(arg, ECONNRESET);
}

/* arguments: what `bulkhead dead` gets, up to a NULL. */
static void clerk_ask(struct http_call *c, const char *type, const char *const *arguments)
{
	enum { LIMIT = 32 << 20 };
	const struct gateway *g = http_arg(c);
	struct clerk *k = calloc(1, sizeof *k);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Clerk clerk = BULKHEAD__DOOR__CLERK__INIT;
	char *list[ARGUMENTS];
	int pipe[2] = { -1, -1 };

	if (!k || pipe2(pipe, O_CLOEXEC) == -1) {
		free(k);
		gateway_no_service(c, errno);
		return;
	}
	http_set_own(c, k);
	*k = (struct clerk){ .call = c, .output = pipe[0], .type = type, .limit = LIMIT };
	(void)fcntl(pipe[0], F_SETFL, O_NONBLOCK);
	for (; arguments[clerk.n_arguments] && clerk.n_arguments < ARGUMENTS;
	     clerk.n_arguments++)
		list[clerk.n_arguments] = unconst(arguments[clerk.n_arguments]);
	clerk.arguments = list;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_CLERK;
	r.clerk = &clerk;
	k->readable = event_new(g->base, pipe[0], EV_READ | EV_PERSIST, clerk_output, k);
	k->door = door_call(
	    g->base, g->spool, &(struct door_call_with){ clerk_answered, clerk_gone, k });
	bool ok = k->door && k->readable && event_add(k->readable, NULL) == 0 &&
		  door_call_ask(k->door, &r, pipe[1]);
	int saved = errno;
	(void)close(pipe[1]);
	if (ok)
		http_wait(c);
	else
		clerk_fail(k, saved);
}

void gateway_dead_gone(struct http_call *c)
{
	struct clerk *k = http_own(c);

	if (!k)
		return;
	clerk_stop(k);
	free(k->text);
	free(k);
}

/* An id as it may stand in a command: hexadecimal. It is one word in any case, never a
 * shell's; but it must not begin with a dash. */
static const char *letter_id(struct http_call *c)
{
	const char *id = http_segment(c, 0);

	if (id && strlen(id) == strspn(id, "0123456789abcdef"))
		return id;
	http_problem(c, 404, "Not Found", "an id is of hexadecimal digits", NULL);
	return NULL;
}

/* A value that is handed on behind an option. */
static const char *query_or(struct http_call *c, const char *name, const char *otherwise)
{
	const char *value = http_query(c, name);

	return value && *value ? value : otherwise;
}

void gateway_dead_list(struct http_call *c)
{
	const char *arguments[ARGUMENTS + 1] = { "list", "--json" };
	static const char *const filters[] = { "verdict", "sender", "group", "older",
		"newer" };
	static const char *const options[] = { "--verdict", "--sender", "--group",
		"--older", "--newer" };
	size_t n = 2;

	for (size_t i = 0; i < sizeof filters / sizeof filters[0] && n + 2 < ARGUMENTS;
	     i++) {
		const char *value = query_or(c, filters[i], NULL);
		if (!value)
			continue;
		arguments[n++] = options[i];
		arguments[n++] = value;
	}
	clerk_ask(c, "application/json", arguments);
}

void gateway_dead_groups(struct http_call *c)
{
	clerk_ask(
	    c, "application/json", (const char *const[]){ "groups", "--json", NULL });
}

void gateway_dead_show(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		clerk_ask(c, "application/json",
		    (const char *const[]){ "show", "--json", id, NULL });
}

void gateway_dead_message(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		clerk_ask(c, "application/octet-stream",
		    (const char *const[]){ "cat", id, NULL });
}

void gateway_dead_change(struct http_call *c)
{
	static const char *const verbs[] = { "retry", "hold", "release", "return" };
	const char *id = letter_id(c), *verb = http_segment(c, 1);

	for (size_t i = 0; id && verb && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i], verb) == 0) {
			clerk_ask(c, "application/json",
			    (const char *const[]){ verbs[i], "--json", id, NULL });
			return;
		}
	if (id)
		http_problem(c, 404, "Not Found", "retry, hold, release or return", NULL);
}

void gateway_dead_remove(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		clerk_ask(c, "application/json",
		    (const char *const[]){ "remove", "--yes", "--json", id, NULL });
}

/* SPDX-License-Identifier: ISC */
#include "operate/queue_verb.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/unconst.h"
#include "config/cli_options.h"
#include "config/roles.h"
#include "door/door_call.h"
#include "files/copy.h"

enum { NO_SERVICE = 3, CONNECT_MS = 10 * 1000 };

static int queue_complain(const char *id, const char *why)
{
	(void)fprintf(stderr, "bulkhead queue: %s: %s\n", id, why);
	return ROLE_FAILED;
}

/* --- cat --- */

static int queue_cat(const char *id, int spool)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Fetch fetch = BULKHEAD__DOOR__FETCH__INIT;
	char why[256];
	int fds[DOOR_FILES];

	fetch.id = strtoull(id, NULL, 16);
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_FETCH;
	r.fetch = &fetch;
	Bulkhead__Door__Answer *a =
	    door_ask_once(spool, &r, BULKHEAD__DOOR__ANSWER__KIND_OPENED, fds, why);
	if (!a)
		return queue_complain(id, why);
	bulkhead__door__answer__free_unpacked(a, NULL);
	bool ok = fds[0] != -1 && copy_print(fds[0], stdout);
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	return ok ? ROLE_FINE : queue_complain(id, "cannot be read");
}

/* --- what a clerk does --- */

/* The last answer. */
static int queue_ended(const char *id, int socket)
{
	Bulkhead__Door__Answer *a;
	int fds[DOOR_FILES], exit = -1;

	while (exit == -1) {
		if (door_receive_answer(socket, &a, fds) != 1)
			return queue_complain(id, "the service closed the connection");
		for (int i = 0; i < DOOR_FILES; i++)
			if (fds[i] != -1)
				(void)close(fds[i]);
		if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE)
			exit = queue_complain(id, a->trouble->text);
		else if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_ENDED) {
			exit = a->ended->exit;
			if (exit != 0 && *a->ended->reason)
				(void)fprintf(stderr, "%s\n", a->ended->reason);
		}
		bulkhead__door__answer__free_unpacked(a, NULL);
	}
	return exit;
}

static int queue_clerk(const struct cli_options *o, const char *id, int spool)
{
	const char *verb = o->operands[0];
	char *arguments[4] = { unconst(verb), unconst(id) };
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Clerk clerk = BULKHEAD__DOOR__CLERK__INIT;
	int pipe[2], socket = door_connect(spool, CONNECT_MS), exit;

	if (socket == -1) {
		(void)queue_complain(id, "no service runs on this spool");
		return NO_SERVICE;
	}
	if (pipe2(pipe, O_CLOEXEC) == -1) {
		(void)close(socket);
		return queue_complain(id, "no pipe");
	}
	clerk.n_arguments = 2;
	if (o->json)
		arguments[clerk.n_arguments++] = unconst("--json");
	if (strcmp(verb, "remove") == 0)
		arguments[clerk.n_arguments++] = unconst("--yes");
	clerk.arguments = arguments;
	/* What is released was held: it is a dead letter already. */
	if (strcmp(verb, "release") != 0)
		clerk.withdraw = strtoull(id, NULL, 16);
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_CLERK;
	r.clerk = &clerk;
	bool asked = door_send_request(socket, &r, pipe[1]);
	(void)close(pipe[1]);
	/* Its words are passed on as they come, until it closes its end. */
	if (asked)
		(void)!copy_print(pipe[0], stdout);
	exit = asked ? queue_ended(id, socket) : queue_complain(id, "the service's door");
	(void)close(pipe[0]);
	(void)close(socket);
	return exit;
}

int queue_verb(const struct cli_options *o, int spool)
{
	int worst = ROLE_FINE;

	for (size_t i = 1; i < o->operand_count; i++) {
		int exit = strcmp(o->operands[0], "cat") == 0
			       ? queue_cat(o->operands[i], spool)
			       : queue_clerk(o, o->operands[i], spool);
		worst = exit > worst ? exit : worst;
	}
	return worst;
}

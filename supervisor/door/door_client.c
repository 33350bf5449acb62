/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "base/unconst.h"
#include "door/door_server.h"

enum { CLIENTS_MAX = 256 }; /* that have asked; more wait to be accepted */

unsigned door_in_state(const struct door *d, enum door_state state)
{
	const struct door_client *c;
	unsigned n = 0;

	TAILQ_FOREACH (c, &d->clients, link)
		n += c->state == state;
	return n;
}

bool door_is_full(const struct door *d)
{
	return d->count - door_in_state(d, DOOR_SILENT) >= CLIENTS_MAX;
}

void door_listen_again(struct door *d)
{
	if (d->acceptable && !door_is_full(d))
		(void)event_add(d->acceptable, NULL);
}

static void door_hang_up(struct door_client *c)
{
	if (c->socket == -1)
		return;
	event_free(c->readable);
	(void)close(c->socket);
	c->socket = -1;
	if (c->leave)
		c->leave(c);
}

void door_client_end(struct door_client *c)
{
	struct door *d = c->door;

	door_hang_up(c);
	if (c->attempt && !attempt_cancel(c->attempt)) {
		attempt_withdraw(c->attempt); /* its worker has it for nobody */
		return;                       /* it comes once more */
	}
	if (c->state == DOOR_KEEPS && c->clerk > 0)
		return; /* its keeper ends by itself, and finishes what it has begun */
	TAILQ_REMOVE(&d->clients, c, link);
	d->count--;
	if (c->upload != -1)
		(void)close(c->upload);
	if (c->complaints != -1)
		(void)close(c->complaints);
	if (c->report != -1)
		(void)close(c->report);
	if (c->way.input != -1)
		(void)close(c->way.input);
	door_attempt_clear(&c->way);
	free(c->name);
	free(c->to);
	free(c);
	door_listen_again(d);
}

bool door_tell(
    struct door_client *c, const Bulkhead__Door__Answer *a, const int *fds, size_t n)
{
	return c->socket != -1 && door_send_answer(c->socket, a, fds, n);
}

bool door_tell_trouble(struct door_client *c, const char *text)
{
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Trouble t;
	bulkhead__door__trouble__init(&t);

	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_TROUBLE;
	a.trouble = &t;
	t.text = unconst(text);
	return door_tell(c, &a, NULL, 0);
}

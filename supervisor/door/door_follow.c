/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "door/door_server.h"
#include "log/log.h"

enum { FOLLOWERS_MAX = 16 };

static void door_follow_end(struct door_client *c)
{
	c->door->followers--;
}

bool door_follow(struct door_client *c)
{
	if (c->door->followers >= FOLLOWERS_MAX)
		return door_tell_trouble(c, "as many follow the events as may") && false;
	c->state = DOOR_FOLLOWS;
	c->leave = door_follow_end;
	c->door->followers++;
	return true;
}

/* What a follower does not take at once it misses; the next one that it takes says so. */
void door_follow_line(void *door, const char *line, size_t n)
{
	struct door *d = door;
	struct door_client *c;
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Event event;
	bulkhead__door__event__init(&event);
	char *text = d->followers > 0 ? strndup(line, n) : NULL;

	if (!text)
		return;
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_EVENT;
	a.event = &event;
	event.line = text;
	TAILQ_FOREACH (c, &d->clients, link) {
		if (c->state != DOOR_FOLLOWS)
			continue;
		event.missed = c->missed;
		if (door_send_answer(c->socket, &a, NULL, 0))
			c->missed = 0;
		else
			c->missed++;
	}
	free(text);
}

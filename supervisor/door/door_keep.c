/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timer.h"
#include "base/unconst.h"
#include "door/door_server.h"
#include "spool/spool.h"

/*
 * Dead letters of messages that clients brought (Convert's keep_dead). A copy may take
 * its time and the folder may be anywhere, so a process of its own does it
 * (door_letter.c); a few at a time, the others wait. The client hears the end of its
 * message after that: what it is told is kept is on the disk.
 */
enum { KEEPERS_MAX = 8, KEEP_MS = (KEEPER_MOST_S + 10) * 1000 };

static struct door_letter keep_letter(const struct door_client *c)
{
	return (struct door_letter){ .id = c->way.claim.id, .name = c->way.claim.name };
}

/* 0 or an errno value. */
static int keep_start(struct door_client *c)
{
	struct spool *spool = c->door->with.spool;
	char path[40], id[24];
	char *const argv[] = { unconst("bulkhead"), unconst(KEEPER_VERB), id,
		c->way.claim.name, NULL };

	if (spool_away(spool))
		return ESTALE; /* nobody would see it */
	(void)snprintf(id, sizeof id, "%016" PRIx64, c->way.claim.id);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", c->report);
	int report = open(path, O_RDONLY | O_CLOEXEC);
	if (report == -1)
		return errno;
	const int fds[KEEPER_FDS] = { c->way.input, report, spool_places(spool)->dead };
	int error = program_start_role(&c->clerk, argv, fds, KEEPER_FDS);
	(void)close(report);
	return error;
}

static void keep_end(struct door_client *c, const char *letter)
{
	const struct door_with *with = &c->door->with;

	if (letter && with->answers->buried)
		with->answers->buried(with->arg, &c->way.claim, &c->way.outcome);
	c->kept(c, letter);
}

/* As many as may be at work. */
static void keep_next(struct door *d)
{
	struct door_client *c, *next;
	unsigned working = 0;

	TAILQ_FOREACH (c, &d->clients, link)
		working += c->state == DOOR_KEEPS && c->clerk > 0;
	for (c = TAILQ_FIRST(&d->clients); c && working < KEEPERS_MAX; c = next) {
		next = TAILQ_NEXT(c, link);
		if (c->state != DOOR_KEEPS || c->clerk > 0)
			continue;
		if (keep_start(c) == 0)
			working++;
		else
			keep_end(c, NULL);
	}
}

bool door_keep(
    struct door_client *c, void (*kept)(struct door_client *, const char *letter))
{
	const struct timeval patience = timer_value(KEEP_MS);

	if (!c->way.wishes.keep_dead || c->socket == -1 || c->report == -1 ||
	    event_add(c->readable, &patience) == -1)
		return false;
	c->kept = kept;
	c->state = DOOR_KEEPS;
	keep_next(c->door);
	return true;
}

void door_keep_reaped(struct door_client *c, int wait_status)
{
	struct door *d = c->door;
	const struct door_letter l = keep_letter(c);
	char name[NAME_SIZE];

	door_letter_name(&l, name);
	keep_end(c, wait_status == 0 ? name : NULL);
	keep_next(d);
}

void door_keep_late(struct door_client *c)
{
	if (c->clerk > 0)
		(void)kill(c->clerk, SIGKILL);
	keep_end(c, NULL);
}

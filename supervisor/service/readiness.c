/* SPDX-License-Identifier: ISC */
#include "service/readiness.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "service/job.h"
#include "spool/intake.h"

enum lack {
	LACK_STOPPING,
	LACK_STARTING,
	LACK_AWAY,
	LACK_WORKERS,
	LACK_DISK,
	LACK_BREAKER,
	LACK_COMMAND,
	LACK_INCOMING,
	LACK_DELIVERY,
	LACKS, /* nothing */
};

const char *const readiness_words[] = { "stopping", "starting", "away", "workers", "disk",
	"breaker", "command", "incoming", "delivery", NULL };

static enum lack readiness_lack(const struct readiness *r)
{
	const bool is[LACKS] = { [LACK_STOPPING] = r->stopping,
		[LACK_STARTING] = !r->started,
		[LACK_AWAY] = r->away != NULL,
		[LACK_WORKERS] = r->workerless != NULL,
		[LACK_DISK] = r->no_room,
		[LACK_BREAKER] = r->held,
		[LACK_COMMAND] = r->paused,
		[LACK_INCOMING] = r->stay && r->stay->closed,
		[LACK_DELIVERY] = r->late && r->setback->standing };
	enum lack i = 0;

	while (i < LACKS && !is[i])
		i++;
	return i;
}

const char *readiness_word(const struct readiness *r)
{
	return readiness_words[readiness_lack(r)];
}

static void tell_setback(const struct setback *s, char text[READINESS_SIZE])
{
	(void)snprintf(text, READINESS_SIZE, "no message comes through: %s: %s", s->call,
	    strerror(s->error));
}

const char *readiness_lacks(const struct readiness *r, char text[READINESS_SIZE])
{
	switch (readiness_lack(r)) {
	case LACK_STOPPING:
		return "the service stops";
	case LACK_STARTING:
		return "no worker has been ready";
	case LACK_AWAY:
		(void)snprintf(text, READINESS_SIZE, "%s is away", r->away);
		return text;
	case LACK_WORKERS:
		(void)snprintf(
		    text, READINESS_SIZE, "no worker starts: %s", r->workerless);
		return text;
	case LACK_DISK:
		return "no room on the disk";
	case LACK_BREAKER:
		return "the circuit breaker is open";
	case LACK_COMMAND:
		return "intake is paused by command";
	case LACK_INCOMING:
		(void)snprintf(text, READINESS_SIZE,
		    "no file may be taken out of incoming: %s",
		    strerror(r->stay->closed));
		return text;
	case LACK_DELIVERY:
		tell_setback(r->setback, text);
		return text;
	case LACKS:
	default:
		return NULL;
	}
}

bool readiness_held_up(const struct readiness *r, unsigned i, char text[READINESS_SIZE])
{
	if (r->late && i-- == 0) {
		(void)snprintf(text, READINESS_SIZE,
		    "in hand, until our own trouble ends: %" PRIu64 " (the last: %s: %s)",
		    r->late, r->setback->call, strerror(r->setback->error));
		return true;
	}
	if (r->stay && r->stay->left && i-- == 0) {
		(void)snprintf(text, READINESS_SIZE,
		    "in incoming, until they may be taken: %" PRIu64
		    " (the first in %s: %s)",
		    r->stay->left, *r->stay->sub ? r->stay->sub : "incoming itself",
		    strerror(r->stay->error));
		return true;
	}
	return false;
}

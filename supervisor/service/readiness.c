/* SPDX-License-Identifier: ISC */
#include "service/readiness.h"

#include <stdio.h>

const char *readiness_lacks(const struct readiness *r, char room[READINESS_ROOM])
{
	if (r->stopping)
		return "the service stops";
	if (!r->started)
		return "no worker has been ready";
	if (r->away) {
		(void)snprintf(room, READINESS_ROOM, "%s is away", r->away);
		return room;
	}
	if (r->no_room)
		return "no room on the disk";
	if (r->held)
		return "the circuit breaker is open";
	return r->paused ? "intake is paused by command" : NULL;
}

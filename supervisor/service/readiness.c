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
	return r->held ? "the circuit breaker is open" : NULL;
}

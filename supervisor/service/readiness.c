/* SPDX-License-Identifier: ISC */
#include "service/readiness.h"

#include <stdio.h>

const char *readiness_lacks(const struct readiness *r, char text[READINESS_SIZE])
{
	if (r->stopping)
		return "the service stops";
	if (!r->started)
		return "no worker has been ready";
	if (r->away) {
		(void)snprintf(text, READINESS_SIZE, "%s is away", r->away);
		return text;
	}
	if (r->no_room)
		return "no room on the disk";
	if (r->held)
		return "the circuit breaker is open";
	return r->paused ? "intake is paused by command" : NULL;
}

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

const char *const readiness_words[] = { "stopping", "starting", "away", "disk", "breaker",
	"command", NULL };

const char *readiness_word(const struct readiness *r)
{
	const bool is[] = { r->stopping, !r->started, r->away != NULL, r->no_room,
		r->held, r->paused };

	for (size_t i = 0; i < sizeof is / sizeof is[0]; i++)
		if (is[i])
			return readiness_words[i];
	return NULL;
}

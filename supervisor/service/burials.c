/* SPDX-License-Identifier: ISC */
#include "service/burials.h"

#include <stdio.h>
#include <string.h>

#include "attempt/outcome.h"
#include "base/clock.h"
#include "files/name.h"

static struct burial_group *burial_group_of(
    struct burials *b, const char *signature, const char *verdict)
{
	struct burial_group *g, *oldest = &b->groups[0];

	for (g = b->groups; g < b->groups + b->count; g++) {
		if (strcmp(g->signature, signature) == 0 &&
		    strcmp(g->verdict, verdict) == 0)
			return g;
		if (g->last_ms < oldest->last_ms)
			oldest = g;
	}
	if (b->count < BURIALS_GROUPS)
		b->count++;
	else
		g = oldest;
	*g = (struct burial_group){ .verdict = verdict };
	(void)snprintf(g->signature, sizeof g->signature, "%s", signature);
	return g;
}

void burials_add(struct burials *b, const struct claim *claim, const struct outcome *o)
{
	const char *signature =
	    json_string_value(json_object_get(o->autopsy, "signature"));
	struct burial_group *g =
	    burial_group_of(b, signature ? signature : "", verdict_row(o->verdict)->name);

	g->count++;
	g->last_id = claim->id;
	g->last_ms = clock_wall_ms();
	(void)snprintf(
	    g->sender, sizeof g->sender, "%s", o->facts.sender ? o->facts.sender : "");
	(void)snprintf(g->reason, sizeof g->reason, "%s", outcome_reason(o));
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/convert_private.h"
#include "convert/split.h"

void input_move(struct input *i, enum input_state to)
{
	struct run *r = i->run;

	TAILQ_REMOVE(&r->in[i->state], i, link);
	r->count[i->state]--;
	i->state = to;
	TAILQ_INSERT_TAIL(&r->in[to], i, link);
	r->count[to]++;
	run_more(r);
}

void run_more(struct run *r)
{
	event_active(r->more, 0, 0);
}

void input_free(struct input *i)
{
	struct run *r = i->run;

	TAILQ_REMOVE(&r->in[i->state], i, link);
	r->count[i->state]--;
	if (i->fd != -1)
		(void)close(i->fd);
	result_end(&i->result);
	results_close(i->results);
	split_free(i->split);
	outcome_clear(&i->outcome);
	store_item_free(i);
	free(i->claim.sub);
	free(i->claim.name);
	free(i->path);
	free(i->equals);
	free(i->result_sub);
	free(i);
	run_more(r);
}

void input_end(struct input *i, enum tally_class class)
{
	struct run *r = i->run;

	r->tally.count[class]++;
	bool fine = class == TALLY_CONVERTED || class == TALLY_PASSED ||
		    class == TALLY_SKIPPED || class == TALLY_DUPLICATE;
	if (class >= TALLY_REFUSED && class <= TALLY_VIOLATED && r->aside)
		aside_bury(i);
	else if (fine && r->aside)
		aside_forget(i);
	/* Only refusals are remembered: a message over a limit may pass with other
	 * settings. */
	if (i->item)
		store_ended(i, class);
	else if (class == TALLY_REFUSED && !i->remembered && i->outcome.worker != 0)
		refusals_add(i->run->refusals, i->result_sub, i->claim.name, &i->st,
		    outcome_reason(&i->outcome));
	tell_ended(i, class);
	input_free(i);
}

void input_end_because(struct input *i, enum tally_class class, const char *reason)
{
	outcome_because(&i->outcome, reason);
	input_end(i, class);
}

void input_unwritten(struct input *i, const char *call)
{
	char reason[256];

	(void)snprintf(reason, sizeof reason, "%s: %s", call, strerror(errno));
	input_end_because(i, TALLY_UNWRITTEN, reason);
}

void input_begin(struct input *i)
{
	outcome_clear(&i->outcome);
	if (!attempt_add(i->run->queue, ATTEMPT_NEW, &i->claim, &i->outcome, i))
		input_end_because(i, TALLY_INTERRUPTED, strerror(ENOMEM));
}

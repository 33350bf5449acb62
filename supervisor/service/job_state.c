/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "attempt/charge.h"
#include "base/timer.h"
#include "log/log.h"
#include "service/job_private.h"

void job_move(struct job *j, enum job_state to)
{
	struct jobs *js = j->jobs;

	TAILQ_REMOVE(&js->in[j->state], j, link);
	js->count[j->state]--;
	j->state = to;
	TAILQ_INSERT_TAIL(&js->in[to], j, link);
	js->count[to]++;
	if (to == JOB_OVER)
		event_active(js->reap, 0, 0);
}

void job_set_back(struct job *j, const char *call, int error)
{
	struct setback *back = &j->jobs->setback;

	(void)snprintf(back->call, sizeof back->call, "%s", call);
	back->error = error;
	back->standing = true;
}

void job_pause(struct job *j, bool anew, const char *call, int err)
{
	uint64_t pause = timer_backoff(LATE_FIRST_MS, LATE_MOST_MS, j->troubles++);

	log_event(EVENT_MESSAGE_LATE, LOG_J(j->claim->id), LOG_S("call", call),
	    LOG_E(err), LOG_U("again_in_ms", pause));
	job_set_back(j, call, err);
	j->anew = anew;
	job_move(j, JOB_PAUSED);
	timer_start(j->timer, pause);
}

void job_put_back(struct job *j)
{
	struct jobs *js = j->jobs;
	struct charges c = j->claim->charges;
	bool back = false;

	if (j->alone) { /* it was not the service's death that ended this turn */
		c.kills--;
		if (!spool_recharge(js->with.spool, j->claim, c))
			log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "rename"),
			    LOG_J(j->claim->id), LOG_E(errno));
	} else if (!j->suspect) {
		back = spool_put_back(js->with.spool, j->claim);
	}
	if (j->alone || !j->suspect)
		log_event(EVENT_MESSAGE_BACK, LOG_J(j->claim->id),
		    LOG_S("file", j->claim->name),
		    LOG_S("where", back ? "incoming" : "active"));
	if (back)
		js->sum.put_back++;
	else
		js->sum.kept++;
	job_move(j, JOB_OVER);
}

/* Without its charges, which were another message's. */
void job_return(struct job *j)
{
	struct jobs *js = j->jobs;
	const struct charges none = { .crash = 0 };
	bool back = spool_recharge(js->with.spool, j->claim, none) &&
		    spool_put_back(js->with.spool, j->claim);

	j->alone = j->suspect = false;
	log_event(EVENT_MESSAGE_CHANGED, LOG_J(j->claim->id),
	    LOG_S("folder", j->claim->sub), LOG_S("file", j->claim->name),
	    LOG_S("where", back ? "incoming" : "active"));
	if (!back) {
		job_pause(j, true, "put back", errno);
		return;
	}
	js->sum.put_back++;
	job_move(j, JOB_OVER);
}

bool job_set_out(struct job *j, enum attempt_state state)
{
	j->attempt = attempt_add(j->jobs->queue, state, j->claim, &j->outcome, j);
	return j->attempt != NULL;
}

void job_again(struct job *j)
{
	if (job_set_out(
		j, charge_needs_fresh(&j->claim->charges) ? ATTEMPT_RETRY : ATTEMPT_NEW))
		job_move(j, JOB_UNDER_WAY);
	else
		job_pause(j, true, "memory for a message", ENOMEM);
}

/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/timer.h"
#include "log/log.h"
#include "pool/child_private.h"
#include "proto/channel.h"

/* The only place that changes a state, so list, count and state cannot disagree. */
void child_move(struct child *c, enum child_state to)
{
	struct children *all = c->all;

	TAILQ_REMOVE(&all->in[c->state], c, link);
	all->count[c->state]--;
	c->state = to;
	TAILQ_INSERT_TAIL(&all->in[to], c, link);
	all->count[to]++;
	all->calls->changed(all->arg, c);
}

/* Wake up for the earliest deadline. A deadline that moved away is found out when the
 * timer runs: so a frame costs no system call. */
void child_arm(struct child *c)
{
	uint64_t first = 0, now = clock_ms();

	for (int i = 0; i < DUES; i++)
		if (c->due[i] && (!first || c->due[i] < first))
			first = c->due[i];
	if (!first || (c->timer_due && c->timer_due <= first))
		return;
	c->timer_due = first;
	timer_start(c->timer, first > now ? first - now : 0);
}

void child_send_kill(const struct child *c)
{
	if (c->autopsy.reaped)
		return; /* the number may be somebody else's by now */
	(void)kill(-c->process.pid, SIGKILL);
	(void)kill(c->process.pid, SIGKILL);
}

/* It works no more: its slot is free. What it had in hand ends when it is reaped, or
 * without its corpse after FUNERAL_MS. */
static void child_die(struct child *c)
{
	uint64_t now = clock_ms();

	(void)event_del(c->on_answers);
	bulkhead__answer__free_unpacked(c->answer, NULL);
	c->answer = NULL;
	memset(c->due, 0, sizeof c->due);
	c->due[DUE_STATE] = now + DYING_MS;
	if (c->order.job)
		c->due[DUE_FUNERAL] = now + FUNERAL_MS;
	c->autopsy.elapsed_ms = c->order.job ? now - c->order.begun : 0;
	child_move(c, CHILD_DYING);
	child_arm(c);
}

void child_lost(struct child *c)
{
	if (c->state < CHILD_DYING)
		child_die(c);
}

/* Killed over a limit of its order: first it is asked where it is, and gets DYING_MS to
 * answer. Its slot is free now, as after any kill. */
static void ask_and_die(struct child *c, enum killed killed)
{
	if (c->state >= CHILD_DYING)
		return;
	c->autopsy.killed = killed;
	if (kill(c->process.pid, CHANNEL_SIGNAL_WHERE) == -1)
		child_send_kill(c);
	child_die(c);
}

void child_kill(struct child *c, enum killed killed, const char *violation)
{
	if (c->state >= CHILD_DYING)
		return;
	c->autopsy.killed = killed;
	c->autopsy.violation = violation;
	if (killed == KILLED_VIOLATION || violation)
		log_event(EVENT_WORKER_VIOLATION, LOG_U("worker", c->number),
		    LOG_I("pid", c->process.pid),
		    c->order.job ? LOG_J(c->order.job) : LOG_S("job", NULL),
		    LOG_S("violation", violation));
	child_send_kill(c);
	child_die(c);
}

void child_kill_over(
    struct child *c, enum killed killed, uint64_t limit, uint64_t granted)
{
	static const char *const names[] = { [KILLED_TOTAL] = "total",
		[KILLED_SILENCE] = "silence",
		[KILLED_CPU] = "cpu" };

	c->autopsy.limit_ms = limit;
	c->autopsy.granted_ms = granted;
	log_event(EVENT_WORKER_KILL, LOG_J(c->order.job), LOG_U("worker", c->number),
	    LOG_I("pid", c->process.pid), LOG_S("limit", names[killed]),
	    LOG_U("limit_ms", limit), LOG_U("granted_ms", granted));
	ask_and_die(c, killed);
}

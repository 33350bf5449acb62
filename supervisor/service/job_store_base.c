/* SPDX-License-Identifier: ISC */
/* What a store in hand and its items share; and what is told of it at its end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "files/folder.h"
#include "service/job_store.h"

static const struct places *store_places(const struct job_store *s)
{
	return spool_places(s->job->jobs->with.spool);
}

static void stage_path(
    const struct job_store *s, enum stage stage, const char *sub, char **path)
{
	char name[NAME_SIZE];

	settle_stage_name(s->job->claim->id, stage, name);
	if (asprintf(path, "%s%s%s", name, *sub ? "/" : "", sub) == -1)
		*path = NULL;
}

int job_store_folder(const struct job_store *s, enum stage stage, const char *sub)
{
	const struct places *p = store_places(s);
	char *path;

	s->job->claim->unmade &= ~(1U << stage);
	stage_path(s, stage, sub, &path);
	int fd = path ? folder_make_for(
			    p->tmp[stage], path, p->folder_mode, p->results.group, false)
		      : -1;
	free(path);
	return fd;
}

int job_store_open(const struct job_store *s, enum stage stage, const char *sub)
{
	char *path;

	stage_path(s, stage, sub, &path);
	int fd = path ? folder_open(store_places(s)->tmp[stage], path) : -1;
	free(path);
	return fd;
}

bool job_store_has(const struct job_store *s, enum stage stage)
{
	char name[NAME_SIZE];

	settle_stage_name(s->job->claim->id, stage, name);
	return faccessat(store_places(s)->tmp[stage], name, F_OK, AT_SYMLINK_NOFOLLOW) ==
	       0;
}

void job_stores_feed(struct job_stores *all)
{
	event_active(all->feed, 0, 0);
}

void job_store_item_over(struct job_store *s)
{
	s->in_hand--;
	s->unsynced++;
	s->moved = clock_ms();
	job_stores_feed(s->job->jobs->stores); /* which looks at the end, too */
}

void job_store_bury(struct job_store *s, uint64_t awaited)
{
	s->to_bury = true;
	if (awaited == 0)
		return;
	uint64_t *more =
	    reallocarray(s->awaited, s->awaited_count + 1, sizeof *s->awaited);
	if (!more)
		return;
	s->awaited = more;
	s->awaited[s->awaited_count++] = awaited;
}

/* --- in hand, and no more --- */

void job_store_free(struct job_store *s)
{
	if (!s)
		return;
	items_close(s->items);
	if (s->ledger)
		ledger_leave(s->ledger); /* what is synced is its results, at the end */
	if (s->round)
		event_free(s->round);
	if (s->fd != -1)
		(void)close(s->fd);
	if (s->list != -1)
		(void)close(s->list);
	free(s->folder);
	free(s->folder_sub);
	free(s->awaited);
	free(s);
}

/* A store is through: one that was shelved is listed again. */
static void unshelve(struct jobs *js)
{
	struct job *j;

	TAILQ_FOREACH (j, &js->in[JOB_STORE], link)
		if (!j->store) {
			job_again(j);
			return;
		}
}

void job_store_leave(struct job_store *s)
{
	TAILQ_REMOVE(&s->job->jobs->stores->open, s, link);
	unshelve(s->job->jobs);
}

void job_store_drop(struct job_store *s)
{
	struct job *j = s->job;

	job_store_leave(s);
	j->store = NULL;
	job_store_free(s);
}

void job_store_doubt(struct job *j)
{
	struct job_stores *all = j->jobs->stores;

	j->store->doubted = true;
	TAILQ_INSERT_TAIL(&all->open, j->store, link);
	job_move(j, JOB_STORE);
	job_stores_feed(all);
}

/* --- its end --- */

static const char *const ends[] = { "converted", "passed", "refused", "crashed",
	"timed_out", "out_of_memory", "violated", "killed", "withdrawn" };

/* Verdicts by what people count. */
static unsigned end_of(enum verdict v)
{
	static const unsigned char of[VERDICTS] = { [VERDICT_DONE] = 0,
		[VERDICT_PASSED] = 1,
		[VERDICT_REFUSED] = 2,
		[VERDICT_CRASHED] = 3,
		[VERDICT_TIMED_OUT_TOTAL] = 4,
		[VERDICT_TIMED_OUT_SILENCE] = 4,
		[VERDICT_TIMED_OUT_CPU] = 4,
		[VERDICT_MEMORY] = 5,
		[VERDICT_OUTPUT] = 5,
		[VERDICT_SANDBOX] = 6,
		[VERDICT_PROTOCOL] = 6,
		[VERDICT_KILLS] = 7,
		[VERDICT_WITHDRAWN] = 8 };

	return of[v];
}

json_t *job_store_told(const struct job_store *s)
{
	uint64_t sums[sizeof ends / sizeof ends[0]] = { 0 };
	json_t *o = json_object();

	for (int v = 0; v < VERDICTS; v++)
		sums[end_of((enum verdict)v)] += s->count[v];
	(void)json_object_set_new(o, "expected",
	    json_integer(
		(json_int_t)(s->expected > s->entries ? s->expected : s->entries)));
	(void)json_object_set_new(o, "listed", json_integer((json_int_t)s->entries));
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		(void)json_object_set_new(o, ends[i], json_integer((json_int_t)sums[i]));
	(void)json_object_set_new(o, "left_out", json_integer((json_int_t)s->left));
	(void)json_object_set_new(o, "orphans", json_integer((json_int_t)s->orphans));
	if (s->breach)
		json_set_name(o, "list_ends", s->breach);
	return json_pack("{s:o}", "store", o);
}

unsigned job_store_plan(const struct job_store *s)
{
	unsigned plan = PLAN_ITEMS | PLAN_LEDGER | PLAN_NOTES;
	static const enum stage stages[] = { STAGE_BURIED, STAGE_BURYING, STAGE_NOTED };

	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (job_store_has(s, stages[i]))
			plan |= 1U << stages[i];
	/* What failed is in it alone. */
	if (s->bare > 0 || s->breach)
		plan |= PLAN_LETTER | PLAN_WHY;
	return plan;
}

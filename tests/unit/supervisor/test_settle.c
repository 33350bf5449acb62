/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>

#include "files/sync.h"
#include "spool_ground.h"
#include "wrapped.h"

/* Everything a start must recover is built by hand here, one state after the other. */

struct plan_case {
	char title[32], far[8], sub[16], name[24];
	unsigned plan;
};

ParameterizedTestParameters(settle, delivers)
{
	enum { GOOD = PLAN_OUTPUT, BAD = PLAN_LETTER | PLAN_WHY };
	static struct plan_case t[] = {
		{ "result", "", "", "a.dat", GOOD },
		{ "result, notes", "", "", "a.dat", GOOD | PLAN_NOTES },
		{ "result in a sub-folder", "", "s", "a.dat", GOOD },
		{ "dead letter", "", "", "a.dat", BAD },
		{ "dead letter in a sub-folder", "", "s", "a.dat", BAD },
		{ "original", "", "", "a.dat", PLAN_ORIGINAL },
		{ "original and letter", "", "", "a.dat", PLAN_ORIGINAL | BAD },
		{ "result, far", "o", "s", "a.dat", GOOD | PLAN_NOTES },
		{ "dead letter, far", "d", "s", "a.dat", BAD },
		{ "original, far", "o", "", "a.dat", PLAN_ORIGINAL },
		{ "original and letter, far", "od", "s", "a.dat", PLAN_ORIGINAL | BAD },
		{ "all far", "iodr", "s", "a.dat", GOOD | PLAN_NOTES },
		{ "only incoming far", "i", "s", "a.dat", PLAN_ORIGINAL | BAD },
		{ "reports far", "r", "s", "a.dat", GOOD | PLAN_NOTES },
		{ "named like a mark", "", "s", "a.ready", GOOD },
		{ "named like a mark, dead", "d", "s", "a.dead", BAD },
	};
	return cr_make_param_array(struct plan_case, t, sizeof t / sizeof t[0]);
}

/* What a job makes before it settles. */
static void stage(struct ground *g, struct claim *c, unsigned plan)
{
	if (plan & PLAN_OUTPUT) {
		int fd = spool_output(g->spool, c);
		cr_assert_neq(fd, -1);
		cr_assert_eq(write(fd, "result", 6), 6);
		close(fd);
	}
	if (plan & PLAN_WHY)
		cr_assert(spool_stage(g->spool, c, STAGE_WHY, "why", 3));
	if (plan & PLAN_NOTES)
		cr_assert(spool_stage(g->spool, c, STAGE_NOTES, "notes", 5));
}

/* Everything the plan asks for is there, once, and nothing else. */
static void check(
    struct ground *g, const struct claim *c, const struct plan_case *t, const char *when)
{
	const struct places *p = spool_places(g->spool);
	const char *sub = *t->sub ? t->sub : ".";
	char name[NAME_SIZE];
	unsigned plan = t->plan;
	char *path;

	name_result(c, "eml", name);
	path = ground_path("%s/%s", sub, name);
	cr_expect_eq(ground_is(p->outgoing, path, "result"), !!(plan & PLAN_OUTPUT),
	    "%s, %s: %s", t->title, when, path);
	free(path);
	name_original(c, name);
	path = ground_path("%s/%s", sub, name);
	cr_expect_eq(ground_is(p->outgoing, path, "input"), !!(plan & PLAN_ORIGINAL),
	    "%s, %s: %s", t->title, when, path);
	free(path);
	name_letter(c, name);
	path = ground_path("%s/%s", sub, name);
	cr_expect_eq(ground_is(p->dead, path, "input"), !!(plan & PLAN_LETTER),
	    "%s, %s: %s", t->title, when, path);
	free(path);
	path = ground_path("%s/%016" PRIx64 ".json", sub, c->id);
	cr_expect_eq(ground_is(p->dead, path, "why"), !!(plan & PLAN_WHY), "%s, %s: %s",
	    t->title, when, path);
	cr_expect_eq(ground_is(p->reports, path, "notes"), !!(plan & PLAN_NOTES),
	    "%s, %s: %s", t->title, when, path);
	free(path);
	unsigned in_outgoing = !!(plan & PLAN_OUTPUT) + !!(plan & PLAN_ORIGINAL);
	unsigned in_dead = !!(plan & PLAN_LETTER) + !!(plan & PLAN_WHY);
	cr_expect_eq(
	    ground_count(p->outgoing, sub), in_outgoing, "%s, %s", t->title, when);
	cr_expect_eq(ground_count(p->dead, sub), in_dead, "%s, %s", t->title, when);
	cr_expect_eq(ground_count(p->active, "."), 0u, "%s, %s", t->title, when);
	for (int s = 0; s < STAGES; s++)
		cr_expect_eq(ground_count(p->tmp[s], "."), 0u, "%s, %s: tmp %d", t->title,
		    when, s);
}

ParameterizedTest(struct plan_case *t, settle, delivers)
{
	struct ground g;

	ground_new(&g, t->far);
	struct claim *c = ground_claim(&g, t->sub, t->name, "input");
	stage(&g, c, t->plan);
	struct settlement s = { .claim = c, .plan = t->plan };
	settle(spool_places(g.spool), &s, 1);
	cr_assert_eq(s.error, 0, "%s: %s: %s", t->title, s.where, strerror(s.error));
	cr_expect_null(s.where);
	check(&g, c, t, "first");
	/* The answer was lost: again, with what the caller knew. */
	c->mark = MARK_NONE;
	settle(spool_places(g.spool), &s, 1);
	cr_assert_eq(s.error, 0);
	check(&g, c, t, "second");
	claim_free(c);
	ground_free(&g);
}

struct child_work {
	struct claim *claim;
	unsigned plan;
};

static void settle_in_child(struct ground *g, void *arg)
{
	struct child_work *w = arg;
	struct settlement s = { .claim = w->claim, .plan = w->plan };

	settle(spool_places(g->spool), &s, 1);
	if (s.error != 0)
		_exit(1);
}

ParameterizedTestParameters(settle, survives_a_kill_at_each_call)
{
	enum { GOOD = PLAN_OUTPUT | PLAN_NOTES, BAD = PLAN_LETTER | PLAN_WHY };
	static struct plan_case t[] = {
		{ "result", "", "s", "a.dat", GOOD },
		{ "dead letter", "", "s", "a.dat", BAD },
		{ "original and letter", "", "s", "a.dat", PLAN_ORIGINAL | BAD },
		{ "result, far", "or", "s", "a.ready", GOOD },
		{ "dead letter, far", "d", "s", "a.dead", BAD },
		{ "original and letter, far", "od", "s", "a.dat", PLAN_ORIGINAL | BAD },
		{ "all far", "iodr", "s", "a.dat", GOOD },
		{ "result, mount", "m", "s", "a.dat", GOOD },
		{ "dead letter, mount", "m", "s", "a.dat", BAD },
		{ "original and letter, mount", "m", "s", "a.dat", PLAN_ORIGINAL | BAD },
	};
	return cr_make_param_array(struct plan_case, t, sizeof t / sizeof t[0]);
}

/* The consumer: counts and removes what is in outgoing/ and dead/. */
struct eaten {
	unsigned result, original, letter, why, notes;
};

static void eat(struct ground *g, const struct claim *c, const char *sub, struct eaten *e)
{
	const struct places *p = spool_places(g->spool);
	char name[NAME_SIZE];
	struct {
		int folder;
		unsigned *count;
		const char *text;
	} what[] = { { p->outgoing, &e->result, "result" },
		{ p->outgoing, &e->original, "input" }, { p->dead, &e->letter, "input" },
		{ p->dead, &e->why, "why" }, { p->reports, &e->notes, "notes" } };

	for (size_t i = 0; i < 5; i++) {
		if (i == 0)
			name_result(c, "eml", name);
		else if (i == 1)
			name_original(c, name);
		else if (i == 2)
			name_letter(c, name);
		else
			snprintf(name, sizeof name, "%016" PRIx64 ".json", c->id);
		char *path = ground_path("%s/%s", sub, name);
		if (ground_is(what[i].folder, path, what[i].text)) {
			++*what[i].count;
			cr_assert_eq(unlinkat(what[i].folder, path, 0), 0);
		}
		free(path);
	}
	(void)unlinkat(p->outgoing, sub, AT_REMOVEDIR);
	(void)unlinkat(p->dead, sub, AT_REMOVEDIR);
	(void)unlinkat(p->reports, sub, AT_REMOVEDIR);
}

ParameterizedTest(struct plan_case *t, settle, survives_a_kill_at_each_call)
{
	bool ended = false;
	unsigned n;

	/* At each turn: killed at the n-th call, once more at the m-th of the recovery.
	 */
	for (n = 1; !ended; n++) {
		struct eaten e = { 0 };
		struct ground g;
		ground_new(&g, t->far);
		bool mounts = strchr(t->far, 'm');
		if (mounts && !ground_mounts(&g))
			cr_skip("needs root");
		struct claim *c = ground_claim(&g, t->sub, t->name, "input");
		stage(&g, c, t->plan);
		struct child_work w = { c, t->plan };
		ended = wrapped_run(n, settle_in_child, &g, &w);
		eat(&g, c, t->sub, &e);
		for (unsigned m = n % 5 + 1;; m += 7) {
			ground_restart(&g);
			if (g.found_count == 0)
				break;
			cr_assert_eq(g.found_count, 1u);
			cr_expect_eq(g.found[0]->id, c->id);
			cr_expect_str_eq(g.found[0]->name, t->name);
			cr_expect_str_eq(g.found[0]->sub, t->sub);
			/* A suspect is converted anew. */
			if (g.found[0]->mark == MARK_NONE)
				stage(&g, g.found[0], t->plan);
			w.claim = g.found[0];
			(void)wrapped_run(m, settle_in_child, &g, &w);
			eat(&g, c, t->sub, &e);
			claim_free(g.found[0]);
			cr_assert_lt(m, 2000u);
		}
		cr_expect_eq(
		    e.result, !!(t->plan & PLAN_OUTPUT), "%s: call %u", t->title, n);
		cr_expect_eq(
		    e.original, !!(t->plan & PLAN_ORIGINAL), "%s: call %u", t->title, n);
		cr_expect_eq(
		    e.letter, !!(t->plan & PLAN_LETTER), "%s: call %u", t->title, n);
		cr_expect_eq(e.why, !!(t->plan & PLAN_WHY), "%s: call %u", t->title, n);
		cr_expect_eq(
		    e.notes, !!(t->plan & PLAN_NOTES), "%s: call %u", t->title, n);
		const struct places *p = spool_places(g.spool);
		cr_expect_eq(
		    ground_count(p->active, "."), 0u, "%s: call %u", t->title, n);
		cr_expect_eq(
		    ground_count(p->outgoing, t->sub), 0u, "%s: call %u", t->title, n);
		cr_expect_eq(
		    ground_count(p->dead, t->sub), 0u, "%s: call %u", t->title, n);
		cr_expect_eq(ground_count(spool_incoming(g.spool), t->sub), 0u);
		for (int s = 0; s < STAGES; s++)
			cr_expect_eq(ground_count(p->tmp[s], "."), 0u);
		claim_free(c);
		if (mounts)
			ground_unmount(&g);
		ground_free(&g);
	}
	cr_expect_gt(n, 8u, "%s: too few calls were counted", t->title);
}

/* What goes on is a result like others, whatever the input's mode, and no link to it. */
Test(settle, an_original_is_dressed_as_a_result)
{
	static const struct {
		const char *far;
		unsigned plan;
	} cases[] = { { "", PLAN_ORIGINAL }, { "o", PLAN_ORIGINAL },
		{ "", PLAN_ORIGINAL | PLAN_LETTER | PLAN_WHY } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ground g;
		char name[NAME_SIZE];
		struct stat st;
		ground_new(&g, cases[i].far);
		ground_put(spool_incoming(g.spool), "a.dat", "input");
		int in = openat(spool_incoming(g.spool), "a.dat", O_RDONLY);
		cr_assert_eq(fchmod(in, 0604), 0);
		bool root = fchown(in, 4321, 8765) == 0;
		close(in);
		struct claim *c = NULL;
		cr_assert_eq(ground_take(g.spool, "", "a.dat", false, &c), CLAIMED);
		stage(&g, c, cases[i].plan);
		struct settlement s = { .claim = c, .plan = cases[i].plan };
		settle(spool_places(g.spool), &s, 1);
		cr_assert_eq(s.error, 0, "%s", s.where);
		name_original(c, name);
		cr_assert_eq(fstatat(spool_places(g.spool)->outgoing, name, &st, 0), 0);
		cr_expect_eq(st.st_mode & 07777, 0640u, "%zu: %o", i, st.st_mode);
		cr_expect_eq(st.st_nlink, 1u);
		cr_expect(!root || (st.st_uid == geteuid() && st.st_gid == getegid()));
		if (cases[i].plan & PLAN_LETTER) {
			name_letter(c, name);
			cr_assert_eq(
			    fstatat(spool_places(g.spool)->dead, name, &st, 0), 0);
			cr_expect_eq(st.st_mode & 07777, 0604u);
			cr_expect(!root || st.st_uid == 4321);
		}
		claim_free(c);
		ground_free(&g);
	}
}

/* A FIFO cannot be copied into a mount below dead/. */
Test(settle, a_fifo_that_a_mount_below_dead_cannot_take_is_held)
{
	struct ground g;
	struct claim *c;

	ground_new(&g, "");
	if (!ground_mounts(&g))
		cr_skip("needs root");
	const struct places *p = spool_places(g.spool);
	cr_assert_eq(mkdirat(spool_incoming(g.spool), "s", 0700), 0);
	cr_assert_eq(mkfifoat(spool_incoming(g.spool), "s/pipe", 0600), 0);
	cr_assert_eq(ground_take(g.spool, "s", "pipe", false, &c), CLAIMED);
	cr_assert(spool_stage(g.spool, c, STAGE_WHY, "why", 3));
	struct settlement s = { .claim = c, .plan = PLAN_LETTER | PLAN_WHY };
	settle(p, &s, 1);
	cr_assert_eq(s.error, 0, "%s", s.where);
	cr_expect_str_eq(s.where, "held");
	cr_expect_eq(ground_count(p->dead, "s"), 1u, "the report");
	claim_free(c);
	ground_unmount(&g);
	ground_free(&g);
}

/* The whole name is on disk before the mark is. */
Test(settle, a_long_name_is_synced)
{
	struct ground g;
	char name[NAME_SIZE];

	ground_new(&g, "");
	memset(name, 'x', NAME_SIZE - 1);
	name[NAME_SIZE - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		struct claim *c = ground_claim(&g, "", i ? name : "short", "input");
		struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
		stage(&g, c, s.plan);
		unsigned before = wrapped_syncs;
		settle(spool_places(g.spool), &s, 1);
		cr_assert_eq(s.error, 0, "%s", s.where);
		/* The output, tmp, active, outgoing; and the sidecar. */
		cr_expect_eq(wrapped_syncs - before, i ? 5u : 4u);
		claim_free(c);
	}
	ground_free(&g);
}

/* A large output was synced by its worker, beside others. */
Test(settle, a_small_output_is_synced_here)
{
	struct ground g;

	ground_new(&g, "");
	for (int small = 0; small < 2; small++) {
		struct claim *c =
		    ground_claim(&g, "", small ? "small" : "large", "input");
		struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
		int fd = spool_output(g.spool, c);
		cr_assert_eq(ftruncate(fd, SETTLE_SYNCS_BELOW - small), 0);
		(void)close(fd);
		unsigned before = wrapped_syncs;
		settle(spool_places(g.spool), &s, 1);
		cr_assert_eq(s.error, 0, "%s", s.where);
		cr_expect_eq(wrapped_syncs - before, small ? 4u : 3u);
		claim_free(c);
	}
	ground_free(&g);
}

/* After a failed sync nobody knows what the disk has, and no later one would tell. */
Test(settle, an_output_that_cannot_be_synced_is_said_so)
{
	struct ground g;

	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "", "a", "input");
	struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
	stage(&g, c, s.plan);
	wrapped_no_sync = true;
	settle(spool_places(g.spool), &s, 1);
	wrapped_no_sync = false;
	cr_expect_eq(s.error, EIO);
	cr_expect_str_eq(s.where, settle_unsynced);
	cr_expect_eq(c->mark, MARK_NONE);
	claim_free(c);
	ground_free(&g);
}

/* From the second time on, when failures are told; where that fails each is asked. */
Test(settle, many_outputs_are_synced_by_one_call)
{
	enum { N = 2 * SYNC_ALL_FROM };
	struct settlement s[N];
	bool whole = false;
	struct ground g;

	ground_new(&g, "");
	const struct places *p = spool_places(g.spool);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			char name[32];
			snprintf(name, sizeof name, "m%d.%d", round, i);
			s[i].claim = ground_claim(&g, "", name, "input");
			s[i].plan = PLAN_OUTPUT;
			stage(&g, s[i].claim, s[i].plan);
		}
		const unsigned before = wrapped_syncs, before_whole = wrapped_whole_syncs;
		wrapped_no_whole_sync = round == 2;
		settle(p, s, N);
		for (int i = 0; i < N; i++) {
			cr_expect_eq(s[i].error, 0, "%s", s[i].where);
			claim_free(s[i].claim);
		}
		/* And tmp, unless with the whole; active, outgoing. */
		cr_expect_eq(wrapped_syncs - before, round == 1 && whole ? 2u : N + 3u,
		    "round %d", round);
		cr_expect_eq(wrapped_whole_syncs - before_whole, whole ? 1u : 0u);
		if (round == 0)
			whole = sync_all(p->tmp[STAGE_OUTPUT]);
	}
	cr_expect_eq(ground_count(p->outgoing, "."), 3u * N);
	ground_free(&g);
}

/* People may do so; the mark finds it out. */
Test(settle, a_name_that_people_took_from_active_is_theirs)
{
	char name[NAME_SIZE];
	struct ground g;
	bool cut;

	for (int again = 0; again < 2; again++) {
		ground_new(&g, "");
		const struct places *p = spool_places(g.spool);
		struct claim *c = ground_claim(&g, "", "a.dat", "input");
		struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
		stage(&g, c, s.plan);
		if (again)
			c->unmade = 0;
		name_active(c, name, &cut);
		cr_assert_eq(unlinkat(p->active, name, 0), 0);
		settle(p, &s, 1);
		cr_expect_eq(s.error, 0, "%s", s.where);
		cr_expect_eq(ground_count(p->outgoing, "."), 0u);
		cr_expect_eq(ground_count(p->tmp[STAGE_OUTPUT], "."), 0u);
		claim_free(c);
		ground_free(&g);
	}
}

Test(settle, a_missing_output_is_an_error_and_loses_nothing)
{
	struct ground g;

	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "", "a", "input");
	struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
	settle(spool_places(g.spool), &s, 1);
	cr_expect_eq(s.error, ENOENT);
	cr_expect_str_eq(s.where, "find staged file");
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 1u);
	claim_free(c);
	ground_free(&g);
}

Test(settle, a_taken_name_is_not_replaced)
{
	struct ground g;
	char name[NAME_SIZE], other[NAME_SIZE + 4];

	ground_new(&g, "");
	const struct places *p = spool_places(g.spool);
	struct claim *c = ground_claim(&g, "", "a.dat", "input");
	stage(&g, c, PLAN_OUTPUT);
	name_result(c, "eml", name);
	ground_put(p->outgoing, name, "somebody's");
	struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
	settle(p, &s, 1);
	cr_assert_eq(s.error, 0);
	cr_expect(ground_is(p->outgoing, name, "somebody's"));
	snprintf(other, sizeof other, "%.*s-2.eml", (int)strlen(name) - 4, name);
	cr_expect(ground_is(p->outgoing, other, "result"), "%s", other);
	claim_free(c);
	ground_free(&g);
}

Test(settle, a_batch_has_an_answer_for_each)
{
	enum { N = 150 };
	static struct settlement s[N];
	struct ground g;

	ground_new(&g, "");
	const struct places *p = spool_places(g.spool);
	for (int i = 0; i < N; i++) {
		char name[16];
		snprintf(name, sizeof name, "m%d", i);
		s[i].claim = ground_claim(&g, i % 3 ? "s" : "", name, "input");
		s[i].plan = i % 2 ? PLAN_OUTPUT : PLAN_LETTER | PLAN_WHY;
		if (i != 7)
			stage(&g, s[i].claim, s[i].plan);
	}
	settle(p, s, N);
	for (int i = 0; i < N; i++) {
		cr_expect_eq(s[i].error, i == 7 ? ENOENT : 0, "%d: %s", i, s[i].where);
		claim_free(s[i].claim);
	}
	cr_expect_eq(ground_count(p->outgoing, "s") + ground_count(p->outgoing, "."),
	    (unsigned)N / 2 - 1 + 1 /* "s" */);
	ground_free(&g);
}

static void make_fifo(struct ground *g, struct claim **c)
{
	cr_assert_eq(mkfifoat(spool_incoming(g->spool), "pipe", 0600), 0);
	cr_assert_eq(ground_take(g->spool, "", "pipe", false, c), CLAIMED);
	cr_assert(spool_stage(g->spool, *c, STAGE_WHY, "why", 3));
}

Test(settle, a_fifo_goes_to_a_near_dead_folder)
{
	struct ground g;
	struct claim *c;
	char name[NAME_SIZE];

	ground_new(&g, "");
	make_fifo(&g, &c);
	struct settlement s = { .claim = c, .plan = PLAN_LETTER | PLAN_WHY };
	settle(spool_places(g.spool), &s, 1);
	cr_assert_eq(s.error, 0);
	name_letter(c, name);
	cr_expect(ground_has(spool_places(g.spool)->dead, name));
	claim_free(c);
	ground_free(&g);
}

Test(settle, a_fifo_that_dead_cannot_take_is_held)
{
	struct ground g;
	struct claim *c;
	char name[NAME_SIZE], *path;

	ground_new(&g, "d");
	const struct places *p = spool_places(g.spool);
	make_fifo(&g, &c);
	struct settlement s = { .claim = c, .plan = PLAN_LETTER | PLAN_WHY };
	settle(p, &s, 1);
	cr_assert_eq(s.error, 0, "%s", s.where);
	cr_expect_str_eq(s.where, "held");
	name_letter(c, name);
	path = ground_path(".held/%s", name);
	cr_expect(ground_has(p->active, path));
	cr_expect_eq(ground_count(p->dead, "."), 1u, "the report");
	/* It is nobody's suspect at the next start. */
	ground_restart(&g);
	cr_expect_eq(g.found_count, 0u);
	free(path);
	claim_free(c);
	ground_free(&g);
}

Test(settle, a_link_is_made_anew_on_another_volume)
{
	struct ground g;
	struct claim *c;
	char name[NAME_SIZE], target[32] = "";

	ground_new(&g, "d");
	const struct places *p = spool_places(g.spool);
	cr_assert_eq(symlinkat("/etc/passwd", spool_incoming(g.spool), "link"), 0);
	cr_assert_eq(ground_take(g.spool, "", "link", false, &c), CLAIMED);
	cr_assert(spool_stage(g.spool, c, STAGE_WHY, "why", 3));
	struct settlement s = { .claim = c, .plan = PLAN_LETTER | PLAN_WHY };
	settle(p, &s, 1);
	cr_assert_eq(s.error, 0, "%s", s.where);
	name_letter(c, name);
	cr_expect_eq(readlinkat(p->dead, name, target, sizeof target - 1), 11);
	cr_expect_str_eq(target, "/etc/passwd");
	claim_free(c);
	ground_free(&g);
}

Test(settle, reads_the_names_of_staged_files)
{
	uint64_t id;
	enum stage s;
	char name[NAME_SIZE];

	for (enum stage i = 0; i < STAGES; i++) {
		settle_stage_name(0xabc, i, name);
		cr_assert(settle_parse_stage(name, &id, &s));
		cr_expect(id == 0xabc && s == i);
	}
	static const char *const others[] = { "", ".", "out", "0000000000000abc",
		"0000000000000abc.", "0000000000000abc.OUT", "abc.out",
		"0000000000000abc.out2", "0000000000000000.out", "+000000000000abc.out",
		"0x00000000000abc.out", " 000000000000abc.out" };
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		cr_expect_not(settle_parse_stage(others[i], &id, &s), "%s", others[i]);
}

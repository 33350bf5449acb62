/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>

#include "spool_ground.h"

/* What may change between two runs while a message is being delivered. */

static unsigned settled;

static void settle_found(void *arg, struct claim *c)
{
	struct ground *g = arg;
	struct settlement s = { .claim = c };

	cr_expect_neq(c->mark, MARK_NONE);
	settle(spool_places(g->spool), &s, 1);
	cr_expect_eq(s.error, 0, "%s", s.where);
	settled++;
	claim_free(c);
}

/* A message whose result is staged, as a kill leaves it: marked or not. */
static void leave(struct ground *g, bool marked, char result[NAME_SIZE])
{
	const struct places *p = spool_places(g->spool);
	char from[NAME_SIZE], to[NAME_SIZE];
	bool cut;

	struct claim *c = ground_claim(g, "", "a.dat", "input");
	int fd = spool_output(g->spool, c);
	cr_assert_neq(fd, -1);
	cr_assert_eq(write(fd, "result", 6), 6);
	close(fd);
	name_active(c, from, &cut);
	c->mark = MARK_READY;
	name_active(c, to, &cut);
	if (marked)
		cr_assert_eq(renameat(p->active, from, p->active, to), 0);
	name_result(c, "eml", result);
	claim_free(c);
	spool_close(g->spool);
	g->spool = NULL;
}

static void refused(struct ground *g, const char *place)
{
	char *error = NULL;

	cr_assert_null(spool_open(&g->config, &error));
	cr_assert(error && strstr(error, "1 messages were being delivered"), "%s", error);
	cr_expect(strstr(error, place), "%s: %s", place, error);
	cr_expect(strstr(error, "/spool/places"), "%s", error);
	free(error);
}

static void delivers(struct ground *g, const char *result)
{
	settled = 0;
	ground_open(g);
	cr_assert(spool_recover(g->spool, settle_found, g));
	cr_expect_eq(settled, 1u);
	cr_expect(ground_is(spool_places(g->spool)->outgoing, result, "result"));
	spool_close(g->spool);
	g->spool = NULL;
}

static void set_outgoing(struct ground *g, char *path)
{
	free(g->config.folders.outgoing);
	g->config.folders.outgoing = path;
}

Test(spool_places, another_folder_waits_for_what_was_being_delivered)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "o");
	leave(&g, true, result);
	for (int far = 0; far < 2; far++) {
		set_outgoing(&g, ground_path("%s/other%d", far ? g.far : g.near, far));
		refused(&g, "/outgoing/.tmp");
	}
	set_outgoing(&g, ground_path("%s/outgoing", g.far));
	delivers(&g, result);
	set_outgoing(&g, ground_path("%s/other", g.near));
	ground_open(&g);
	ground_free(&g);
}

/* The mount point is there, and empty. */
Test(spool_places, a_volume_that_is_not_mounted_is_missed)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "o");
	leave(&g, true, result);
	char *away = ground_path("%s/away", g.far);
	cr_assert_eq(rename(g.config.folders.outgoing, away), 0);
	for (int i = 0; i < 2; i++)
		refused(&g, "/outgoing/.tmp");
	(void)rmdir(g.config.folders.outgoing);
	char *tmp = ground_path("%s/.tmp", g.config.folders.outgoing);
	char *id = ground_path("%s/.place", tmp);
	(void)unlink(id);
	(void)rmdir(tmp);
	(void)rmdir(g.config.folders.outgoing);
	cr_assert_eq(rename(away, g.config.folders.outgoing), 0);
	delivers(&g, result);
	ground_open(&g);
	free(id);
	free(tmp);
	free(away);
	ground_free(&g);
}

Test(spool_places, folders_may_change_when_nothing_is_marked)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "o");
	leave(&g, false, result);
	set_outgoing(&g, ground_path("%s/other", g.near));
	ground_open(&g);
	ground_free(&g);
}

/* Everything moves together: other paths, the same places. */
Test(spool_places, a_spool_may_move_as_a_whole)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "o");
	leave(&g, true, result);
	char *spool = ground_path("%s/moved", g.near);
	cr_assert_eq(rename(g.config.spool, spool), 0);
	free(g.config.spool);
	g.config.spool = spool;
	char *outgoing = ground_path("%s/moved", g.far);
	cr_assert_eq(rename(g.config.folders.outgoing, outgoing), 0);
	set_outgoing(&g, outgoing);
	delivers(&g, result);
	ground_open(&g);
	ground_free(&g);
}

/* From a folder in the spool to a volume: what is staged is brought along. */
Test(spool_places, a_volume_may_be_added)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "");
	leave(&g, true, result);
	set_outgoing(&g, ground_path("%s/outgoing", g.far));
	delivers(&g, result);
	ground_open(&g);
	ground_free(&g);
}

Test(spool_places, the_operator_may_give_a_place_up)
{
	struct ground g;
	char result[NAME_SIZE];

	ground_new(&g, "o");
	leave(&g, true, result);
	set_outgoing(&g, ground_path("%s/other", g.far));
	refused(&g, "/outgoing/.tmp");
	char *places = ground_path("%s/places", g.config.spool);
	cr_assert_eq(unlink(places), 0);
	ground_open(&g);
	cr_expect_eq(access(places, F_OK), 0);
	free(places);
	ground_free(&g);
}

Test(spool_places, nonsense_in_the_file_is_no_trouble)
{
	static const char *const texts[] = { "", "\n\n", "abc /x\n", "\xff\xfe",
		"0123456789abcdef0123456789abcdef\n",
		"0123456789ABCDEF0123456789abcdef /x\n" };
	struct ground g;

	ground_new(&g, "o");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		spool_close(g.spool);
		char *places = ground_path("%s/places", g.config.spool);
		FILE *f = fopen(places, "w");
		cr_assert(f && fputs(texts[i], f) >= 0 && fclose(f) == 0);
		free(places);
		ground_open(&g);
	}
	ground_free(&g);
}

/* SPDX-License-Identifier: ISC */
/* What a store's items have left, while the store stays. */
#include <inttypes.h>

#include "files/folder.h"
#include "files/ledger.h"
#include "spool/settle.h"
#include "spool_ground.h"

enum { FIRST_ID = 0x5000 };

static const struct stat store = { .st_size = 1000, .st_mtim = { 1600000000, 5 } };

static struct ledger *ledger_of(const struct places *p, const struct claim *c)
{
	char name[NAME_SIZE];

	settle_stage_name(c->id, STAGE_LEDGER, name);
	struct ledger *l = ledger_open(p->tmp[STAGE_LEDGER], name, &store, "mime", false);
	cr_assert_not_null(l);
	if (ledger_first_id(l) == 0)
		cr_assert(ledger_begin(l, FIRST_ID));
	return l;
}

/* An item's file in a folder of its store, as items are numbered: "<id>.json". */
static void leave(
    const struct places *p, const struct claim *c, enum stage s, unsigned number)
{
	char name[NAME_SIZE], file[NAME_SIZE];

	settle_stage_name(c->id, s, name);
	int folder = folder_make(p->tmp[s], name, 0700, false);
	cr_assert_neq(folder, -1);
	(void)snprintf(file, sizeof file, "%016x.json", FIRST_ID + number - 1);
	cr_assert(folder_write(folder, file, "x", 1, false));
	(void)close(folder);
}

static void record(struct ledger *l, uint64_t number, enum ledger_state state)
{
	cr_assert(ledger_put(l, number,
	    &(struct ledger_record){ .key = number, .state = (uint8_t)state }));
}

static unsigned left_in(const struct places *p, const struct claim *c, enum stage s)
{
	char name[NAME_SIZE];

	settle_stage_name(c->id, s, name);
	return faccessat(p->tmp[s], name, F_OK, 0) == 0 ? ground_count(p->tmp[s], name)
							: 0;
}

/* Letters of a batch are delivered when the ledger says so, those of the next one stay;
 * whether dead/ is on another volume or not. */
Test(settle_items, a_batch_is_delivered)
{
	static const char *const far[] = { "", "d", "iodr" };

	for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
		struct ground g;
		ground_new(&g, far[i]);
		const struct places *p = spool_places(g.spool);
		struct claim *c = ground_claim(&g, "s", "box", "input");
		struct ledger *l = ledger_of(p, c);
		leave(p, c, STAGE_BURIED, 1);
		record(l, 1, LEDGER_FAILED);
		cr_assert(ledger_close_batch(l));
		leave(p, c, STAGE_BURYING, 2);
		record(l, 2, LEDGER_FAILED);
		struct settlement s = { .claim = c, .plan = PLAN_EARLY };
		settle(p, &s, 1);
		cr_assert_eq(s.error, 0, "%s: %s", far[i], s.where);
		cr_expect_eq(ground_count(p->dead, "s"), 1u);
		cr_expect_eq(left_in(p, c, STAGE_BURIED), 0u);
		cr_expect_eq(left_in(p, c, STAGE_BURYING), 1u);
		cr_expect_eq(ground_count(p->active, "s"), 1u, "the store stays");
		ledger_leave(l);
		/* The first is known for good, the second is not. */
		s.plan = PLAN_DOUBT;
		settle(p, &s, 1);
		cr_assert_eq(s.error, 0, "%s: %s", far[i], s.where);
		l = ledger_of(p, c);
		cr_expect_eq(ledger_get(l, 1).state, LEDGER_FAILED);
		cr_expect_eq(ledger_get(l, 2).state, LEDGER_BEGUN);
		cr_expect_eq(left_in(p, c, STAGE_BURYING), 0u);
		ledger_leave(l);
		claim_free(c);
		ground_free(&g);
	}
}

/* Killed between a letter and its record, or a report and its: it will be made again. */
Test(settle_items, what_is_not_on_record_goes)
{
	struct ground g;

	ground_new(&g, "");
	const struct places *p = spool_places(g.spool);
	struct claim *c = ground_claim(&g, "", "box", "input");
	struct ledger *l = ledger_of(p, c);
	for (unsigned n = 1; n <= 4; n++) {
		leave(p, c, STAGE_BURYING, n);
		leave(p, c, STAGE_NOTED, n);
	}
	record(l, 1, LEDGER_FAILED);
	record(l, 2, LEDGER_PLACED);
	record(l, 3, LEDGER_BEGUN);
	ledger_leave(l);
	cr_assert(settle_review(p, c->id, false));
	cr_expect_eq(left_in(p, c, STAGE_BURYING), 1u);
	cr_expect_eq(left_in(p, c, STAGE_NOTED), 1u);
	cr_assert(settle_review(p, c->id + 1, false), "of no store: nothing to do");
	claim_free(c);
	ground_free(&g);
}

/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>

#include "attempt/outcome.h"
#include "files/name.h"
#include "service/burials.h"

static int64_t now_ms = 1000000;

int64_t __wrap_clock_wall_ms(void);

int64_t __wrap_clock_wall_ms(void)
{
	return now_ms++;
}

static void bury(struct burials *b, uint64_t id, const char *signature, enum verdict v,
    const char *sender)
{
	char from[64];
	struct outcome o = { .verdict = v };
	struct claim c = { .id = id };

	(void)snprintf(from, sizeof from, "%s", sender ? sender : "");
	o.facts.sender = sender ? from : NULL;
	if (signature)
		o.autopsy = json_pack("{s:s}", "signature", signature);
	burials_add(b, &c, &o);
	json_decref(o.autopsy);
}

Test(burials, are_counted_by_what_they_died_of)
{
	struct burials b = { .count = 0 };

	bury(&b, 1, "00112233aabbccdd", VERDICT_CRASHED, "a@example.com");
	bury(&b, 2, NULL, VERDICT_REFUSED, "b@example.com");
	bury(&b, 3, "00112233aabbccdd", VERDICT_CRASHED, "c@example.com");
	bury(&b, 4, "00112233aabbccdd", VERDICT_SANDBOX, NULL);
	cr_assert_eq(b.count, 3);
	cr_expect_str_eq(b.groups[0].signature, "00112233aabbccdd");
	cr_expect_str_eq(b.groups[0].verdict, verdict_row(VERDICT_CRASHED)->name);
	cr_expect_eq(b.groups[0].count, 2);
	cr_expect_eq(b.groups[0].last_id, 3);
	cr_expect_str_eq(b.groups[0].sender, "c@example.com");
	cr_expect_str_eq(b.groups[1].signature, "");
	cr_expect_eq(b.groups[1].count, 1);
	cr_expect_str_neq(b.groups[1].reason, "");
	cr_expect_str_eq(b.groups[2].sender, "");
}

Test(burials, the_group_that_rested_longest_makes_room)
{
	struct burials b = { .count = 0 };
	char signature[17];

	for (unsigned i = 0; i < BURIALS_GROUPS; i++) {
		(void)snprintf(signature, sizeof signature, "%016x", i);
		bury(&b, i, signature, VERDICT_CRASHED, NULL);
	}
	bury(&b, 100, "0000000000000000", VERDICT_CRASHED, NULL);
	bury(&b, 101, "ffffffffffffffff", VERDICT_CRASHED, NULL);
	cr_assert_eq(b.count, BURIALS_GROUPS);
	cr_expect_str_eq(b.groups[0].signature, "0000000000000000", "it had one more");
	cr_expect_eq(b.groups[0].count, 2);
	cr_expect_str_eq(b.groups[1].signature, "ffffffffffffffff");
	cr_expect_eq(b.groups[1].count, 1);
}

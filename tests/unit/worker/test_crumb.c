#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "codec/lzfu.h"

static const struct crumb *newest(void)
{
	return &crumb_ring.slots[(*crumb_ring.count - 1) % CRUMB_RING];
}

Test(crumb, the_ring_keeps_the_newest)
{
	for (unsigned i = 0; i < 3 * CRUMB_RING; i++)
		CRUMB("tnef", 1, 2, 3, i);
	cr_expect_eq(*crumb_ring.count, 3 * CRUMB_RING);
	for (unsigned i = 0; i < CRUMB_RING; i++)
		cr_expect_geq(crumb_ring.slots[i].offset, 2 * CRUMB_RING);
}

Test(crumb, what_knows_no_part_keeps_the_one_before)
{
	CRUMB("tnef", 2, 7, 0x10090102, 4711);
	CRUMB_WITHIN("transfer", 9);
	cr_expect_eq(memcmp(newest()->format, "transfer", 8), 0);
	cr_expect_eq(newest()->depth, 2);
	cr_expect_eq(newest()->part, 7);
	cr_expect_eq(newest()->tag, 0x10090102);
	cr_expect_eq(newest()->offset, 9);
}

Test(crumb, the_first_of_all_has_nothing_before)
{
	CRUMB_WITHIN("rtf", 5);
	cr_expect_eq(*crumb_ring.count, 1);
	cr_expect_eq(newest()->part, 0);
	cr_expect_eq(newest()->offset, 5);
}

/* What a crash inside compressed RTF would be reported with. */
Test(crumb, compressed_rtf_says_where_it_is)
{
	static const uint8_t data[] = { 17, 0, 0, 0, 4, 0, 0, 0, 'L', 'Z', 'F', 'u', 0, 0,
		0, 0, 0, 'a', 'b', 'c', 'd' };
	struct arena *a = arena_new(1 << 20);
	struct lzfu_result out;

	CRUMB("tnef", 0, 3, 0x10090102, 100);
	cr_assert(lzfu_decode(a, span_over(data, sizeof data), sink_memory(a), &out));
	cr_expect_str_eq(newest()->format, "lzfu");
	cr_expect_eq(newest()->part, 3);
	cr_expect_eq(newest()->tag, 0x10090102);
	arena_free(a);
}

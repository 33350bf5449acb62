/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <event2/event.h>

#include "log/log.h"
#include "service/breaker.h"

static struct event_base *base;
static unsigned due_calls;
static bool due_any;

static void due(void *arg, bool any)
{
	(void)arg;
	due_calls++;
	due_any = any;
	(void)event_base_loopbreak(base);
}

static struct breaker *breaker(uint64_t window, uint64_t share)
{
	log_open(LOG_JSON, LOG_ERROR, 0);
	base = event_base_new();
	struct breaker *b = breaker_new(base, due, NULL);
	cr_assert(b);
	breaker_set(b, window, share);
	return b;
}

static void end(struct breaker *b)
{
	breaker_free(b);
	event_base_free(base);
}

/* Each letter is a message: c crashed, g did not. Which of them opens it, from 1; 0 none.
 */
static const struct {
	const char *name, *messages;
	uint64_t window, share;
	unsigned opens;
} cases[] = {
	{ "all crash", "cccc", 4, 50, 4 },
	{ "fewer than the window never do", "ccc", 4, 50, 0 },
	{ "half is not more than half", "cgcgcgcgcgcg", 4, 50, 0 },
	{ "one more than half", "cgcgcgcc", 4, 50, 8 },
	{ "the old ones are forgotten", "ccggggggcc", 4, 50, 0 },
	{ "a share of nothing", "gggc", 4, 0, 4 },
	{ "nearly all", "ccccgcccc", 4, 99, 4 },
	{ "a window of one", "gggc", 1, 50, 4 },
	{ "off", "cccccccccc", 0, 50, 0 },
};

Test(breaker, opens_by_the_share_of_the_last_messages)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct breaker *b = breaker(cases[i].window, cases[i].share);
		unsigned at = 0;
		for (const char *m = cases[i].messages; *m && !breaker_is_open(b); m++) {
			breaker_count(b, *m == 'c');
			if (breaker_is_open(b))
				at = (unsigned)(m - cases[i].messages) + 1;
		}
		cr_expect_eq(at, cases[i].opens, "%s: %u", cases[i].name, at);
		end(b);
	}
}

static struct breaker *opened(void)
{
	struct breaker *b = breaker(1, 50);

	breaker_count(b, true);
	cr_assert(breaker_is_open(b));
	cr_assert(!breaker_wants_own(b) && !breaker_wants_mail(b), "not at once");
	(void)event_base_dispatch(base);
	cr_assert(breaker_wants_own(b));
	return b;
}

Test(breaker, closes_when_both_canaries_live)
{
	struct breaker *b = opened();

	due_calls = 0;
	breaker_begun(b);
	cr_expect(!breaker_wants_own(b));
	breaker_ended(b, CANARY_LIVED);
	cr_expect_eq(due_calls, 0, "from the loop only");
	(void)event_base_dispatch(base);
	cr_expect_eq(due_calls, 1, "a mail is wanted");
	cr_expect(!due_any);
	cr_assert(breaker_wants_mail(b));
	breaker_begun(b);
	cr_expect(!breaker_wants_mail(b));
	breaker_ended(b, CANARY_LIVED);
	cr_expect(!breaker_is_open(b));
	breaker_ended(b, CANARY_CRASHED);
	cr_expect(!breaker_is_open(b), "nobody's end");
	end(b);
}

Test(breaker, no_mail_while_our_own_crashes)
{
	struct breaker *b = opened();

	breaker_begun(b);
	breaker_ended(b, CANARY_CRASHED);
	cr_expect(breaker_is_open(b) && !breaker_wants_mail(b) && !breaker_wants_own(b));
	breaker_hurry(b);
	(void)event_base_dispatch(base);
	cr_expect(breaker_wants_own(b));
	end(b);
}

Test(breaker, any_mail_will_do_when_no_other_comes)
{
	struct breaker *b = opened();

	breaker_begun(b);
	breaker_ended(b, CANARY_LIVED);
	(void)event_base_dispatch(base);
	cr_expect(!due_any);
	(void)event_base_dispatch(base);
	cr_expect(due_any);
	cr_expect(breaker_wants_mail(b));
	breaker_begun(b);
	breaker_ended(b, CANARY_TROUBLE);
	cr_expect(breaker_is_open(b) && !breaker_wants_mail(b));
	(void)event_base_dispatch(base);
	cr_expect(breaker_wants_own(b), "our own comes first again");
	end(b);
}

Test(breaker, switched_off_it_closes)
{
	struct breaker *b = opened();

	breaker_set(b, 0, 50);
	cr_expect(!breaker_is_open(b));
	end(b);
}

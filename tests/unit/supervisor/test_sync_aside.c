/* SPDX-License-Identifier: ISC */
#include "files/sync_aside.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

static struct event_base *base;
static struct sync_aside *aside;
static int lots, last_error, file;

static void on_done(void *arg, int error)
{
	cr_assert_eq(arg, &lots);
	cr_assert_not(sync_aside_busy(aside)); /* the next lot may begin here */
	lots++;
	last_error = error;
	(void)event_base_loopbreak(base);
}

static void set_up(void)
{
	char name[] = "/tmp/bulkhead-sync.XXXXXX";

	base = event_base_new();
	aside = sync_aside_new(base, on_done, &lots);
	file = mkstemp(name);
	cr_assert(base && aside && file != -1);
	(void)unlink(name);
}

static void tear_down(void)
{
	sync_aside_free(aside);
	event_base_free(base);
	(void)close(file);
}

TestSuite(sync_aside, .timeout = 600, .init = set_up, .fini = tear_down);

static void run_lot(int want)
{
	const int before = lots;

	sync_aside_start(aside);
	cr_assert(sync_aside_busy(aside));
	(void)event_base_dispatch(base);
	cr_assert_eq(lots, before + 1);
	cr_assert_eq(last_error, want);
}

Test(sync_aside, lots_follow_each_other)
{
	for (int i = 0; i < 20; i++) {
		for (int k = 0; k < i; k++)
			sync_aside_add(aside, file, k % 2 ? SYNC_FILE_SYSTEM : SYNC_FILE);
		run_lot(0);
	}
}

/* What cannot be synced is told at the end of its lot, and not at that of the next. */
Test(sync_aside, a_failure_is_its_lots)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	sync_aside_add(aside, file, SYNC_FILE);
	sync_aside_add(aside, ends[0], SYNC_FILE); /* no pipe can be */
	sync_aside_add(aside, file, SYNC_FILE_SYSTEM);
	run_lot(EINVAL);
	sync_aside_add(aside, -1, SYNC_FILE);
	run_lot(EBADF);
	sync_aside_add(aside, file, SYNC_FILE);
	run_lot(0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* The caller's descriptor may be gone meanwhile. */
Test(sync_aside, it_holds_its_own)
{
	const int copy = dup(file);

	sync_aside_add(aside, copy, SYNC_FILE);
	(void)close(copy);
	run_lot(0);
}

Test(sync_aside, none_is_waited_for_at_the_end)
{
	sync_aside_add(aside, file, SYNC_FILE_SYSTEM);
	sync_aside_start(aside);
}

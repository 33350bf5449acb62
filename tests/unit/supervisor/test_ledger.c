/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files/ledger.h"

static struct stat store = { .st_size = 1000, .st_mtim = { 1600000000, 5 } };

static int ledger_folder(void)
{
	char path[] = "/tmp/test-ledger-XXXXXX";

	cr_assert_not_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_neq(fd, -1);
	return fd;
}

static void ledger_folder_remove(int folder)
{
	char link[40], path[200] = "";

	(void)unlinkat(folder, LEDGER_FILE, 0);
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
	(void)!readlink(link, path, sizeof path - 1);
	(void)close(folder);
	cr_expect_eq(rmdir(path), 0, "nothing else was left in it");
}

static struct ledger *must_open(int folder, const char *target, bool forget)
{
	struct ledger *l = ledger_open(folder, LEDGER_FILE, &store, target, forget);

	cr_assert_not_null(l);
	return l;
}

Test(ledger, remembers_items_over_runs)
{
	enum { ITEMS = 5000 };
	int folder = ledger_folder();
	struct ledger *l = must_open(folder, "mime", false);

	cr_expect_eq(ledger_get(l, 1).state, LEDGER_NOTHING);
	for (uint64_t i = 1; i <= ITEMS; i += 2)
		cr_assert(ledger_put(l, i,
		    &(struct ledger_record){
			.key = i * 77, .state = (uint8_t)(1 + i % 3), .class = 4 }));
	cr_expect_eq(ledger_get(l, 1).key, 77, "what is put is there at once");
	cr_assert(ledger_sync(l));
	ledger_close(l);
	l = must_open(folder, "mime", false);
	cr_expect_eq(ledger_count(l), ITEMS - 1);
	for (uint64_t i = 1; i <= ITEMS; i++) {
		struct ledger_record r = ledger_get(l, i);
		cr_expect_eq(r.key, i % 2 ? i * 77 : 0);
		cr_expect_eq(r.state, i % 2 ? 1 + i % 3 : LEDGER_NOTHING);
		cr_expect_eq(r.class, i % 2 ? 4 : 0);
	}
	cr_expect_eq(ledger_get(l, ITEMS + 1).state, LEDGER_NOTHING);
	cr_expect_eq(ledger_get(l, UINT64_C(1) << 40).state, LEDGER_NOTHING);
	ledger_close(l);
	ledger_folder_remove(folder);
}

/* It is read ahead; what is put meanwhile must show. */
Test(ledger, says_what_was_put_last)
{
	int folder = ledger_folder();
	struct ledger *l = must_open(folder, "mime", false);

	for (uint64_t i = 1; i <= 3000; i++)
		cr_assert(ledger_put(
		    l, i, &(struct ledger_record){ .key = i, .state = LEDGER_MARKED }));
	cr_expect_eq(ledger_get(l, 1000).state, LEDGER_MARKED);
	cr_assert(ledger_put(
	    l, 1001, &(struct ledger_record){ .key = 1, .state = LEDGER_PLACED }));
	cr_expect_eq(ledger_get(l, 1001).state, LEDGER_PLACED);
	cr_expect_eq(ledger_get(l, 1).state, LEDGER_MARKED, "and backwards");
	cr_expect_eq(ledger_get(l, 1001).state, LEDGER_PLACED);
	ledger_close(l);
	ledger_folder_remove(folder);
}

/* Another store, another target, or one that is to be forgotten: none of it counts. */
Test(ledger, begins_anew_for_another_store)
{
	static const struct {
		int64_t size, seconds;
		const char *target;
		bool forget, kept;
	} t[] = {
		{ 1000, 1600000000, "mime", false, true },
		{ 1001, 1600000000, "mime", false, false },
		{ 1000, 1600000001, "mime", false, false },
		{ 1000, 1600000000, "text", false, false },
		{ 1000, 1600000000, "mime", true, false },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int folder = ledger_folder();
		store =
		    (struct stat){ .st_size = 1000, .st_mtim = { .tv_sec = 1600000000 } };
		struct ledger *l = must_open(folder, "mime", false);
		cr_assert(ledger_put(
		    l, 2, &(struct ledger_record){ .key = 9, .state = LEDGER_PLACED }));
		ledger_close(l);
		store.st_size = t[i].size;
		store.st_mtim.tv_sec = t[i].seconds;
		l = must_open(folder, t[i].target, t[i].forget);
		cr_expect_eq(ledger_get(l, 2).state,
		    t[i].kept ? LEDGER_PLACED : LEDGER_NOTHING, "row %zu", i);
		cr_expect_eq(ledger_count(l), t[i].kept ? 2 : 0, "row %zu", i);
		ledger_close(l);
		ledger_folder_remove(folder);
	}
}

/* A kill in the middle of a write, or bytes of somebody else. */
Test(ledger, takes_what_is_whole)
{
	int folder = ledger_folder();

	int fd = openat(folder, LEDGER_FILE, O_RDWR | O_CREAT, 0600);
	cr_assert_eq(
	    write(fd, "some other file of this name, long enough to be read", 52), 52);
	struct ledger *l = must_open(folder, "mime", false);
	cr_expect_eq(ledger_get(l, 1).state, LEDGER_NOTHING);
	cr_assert(ledger_put(
	    l, 1, &(struct ledger_record){ .key = 5, .state = LEDGER_PLACED }));
	cr_assert(ledger_put(
	    l, 2, &(struct ledger_record){ .key = 6, .state = LEDGER_PLACED }));
	ledger_close(l);
	struct stat st;
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(ftruncate(fd, st.st_size - 1), 0);
	l = must_open(folder, "mime", false);
	cr_expect_eq(ledger_get(l, 1).state, LEDGER_PLACED);
	cr_expect_eq(ledger_get(l, 2).state, LEDGER_NOTHING, "half a record is none");
	cr_assert(ledger_put(
	    l, 3, &(struct ledger_record){ .key = 7, .state = LEDGER_PLACED }));
	ledger_close(l);
	l = must_open(folder, "mime", false);
	cr_expect_eq(ledger_get(l, 2).state, LEDGER_NOTHING, "nor with one behind it");
	cr_expect_eq(ledger_get(l, 3).state, LEDGER_PLACED);
	ledger_close(l);
	(void)close(fd);
	ledger_folder_remove(folder);
}

static enum ledger_state state_of(struct ledger *l, uint64_t number)
{
	return (enum ledger_state)ledger_get(l, number).state;
}

/* What a loss of power takes, as a sync that failed does: what was put since the last one
 * that did not. */
Test(ledger, takes_back_what_was_not_synced)
{
	enum { ITEMS = 3000 };
	int folder = ledger_folder();
	struct ledger *l = must_open(folder, "mime", false);

	cr_expect_eq(ledger_first_id(l), 0);
	cr_assert(ledger_begin(l, 4711));
	for (uint64_t i = 1; i <= ITEMS; i++)
		cr_assert(ledger_put(l, i,
		    &(struct ledger_record){ .key = i,
			.state = i % 7 ? LEDGER_PLACED : LEDGER_FAILED,
			.class = 3,
			.crash = 1 }));
	cr_assert(ledger_close_batch(l));
	cr_assert(ledger_put(
	    l, 2, &(struct ledger_record){ .key = 2, .state = LEDGER_FAILED }));
	cr_assert(ledger_put(l, ITEMS + 1,
	    &(struct ledger_record){ .key = 9, .state = LEDGER_BEGUN, .crash = 1 }));
	cr_assert(ledger_sync_batch(folder, LEDGER_FILE));
	ledger_leave(l);

	for (int doubt = 0; doubt <= 1; doubt++) {
		l = ledger_find(folder, LEDGER_FILE);
		cr_assert_not_null(l);
		cr_assert(ledger_review(l, doubt == 1));
		cr_expect_eq(state_of(l, 2), doubt ? LEDGER_BEGUN : LEDGER_FAILED);
		ledger_leave(l);
	}
	l = must_open(folder, "mime", false);
	cr_expect_eq(ledger_first_id(l), 4711);
	cr_expect_eq(ledger_count(l), ITEMS + 1);
	for (uint64_t i = 1; i <= ITEMS; i++)
		cr_expect_eq(state_of(l, i), i == 2  ? LEDGER_BEGUN
					     : i % 7 ? LEDGER_PLACED
						     : LEDGER_FAILED);
	cr_expect_eq(ledger_get(l, 2).class, 1, "it only waits");
	cr_expect_eq(ledger_get(l, ITEMS + 1).class, 0, "a suspect stays one");
	/* What is put now is no part of the batch that was taken back. */
	cr_assert(ledger_put(
	    l, 2, &(struct ledger_record){ .key = 2, .state = LEDGER_PLACED }));
	cr_assert(ledger_close_batch(l));
	cr_assert(ledger_sync_batch(folder, LEDGER_FILE));
	ledger_leave(l);
	l = ledger_find(folder, LEDGER_FILE);
	cr_assert_not_null(l);
	cr_assert(ledger_review(l, true));
	cr_expect_eq(state_of(l, 2), LEDGER_PLACED);
	ledger_leave(l);
	ledger_folder_remove(folder);
}

Test(ledger, finds_only_its_own)
{
	int folder = ledger_folder();

	cr_expect_null(ledger_find(folder, LEDGER_FILE));
	cr_expect_eq(errno, ENOENT);
	int fd = openat(folder, LEDGER_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(write(fd, "BkLedgr", 8), 8);
	(void)close(fd);
	cr_expect_null(ledger_find(folder, LEDGER_FILE));
	cr_expect_eq(errno, EINVAL);
	ledger_folder_remove(folder);
}

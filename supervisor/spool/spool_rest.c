/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "files/lease.h"
#include "spool/spool_internal.h"

/*
 * When is a file whole? Nobody has it open for writing, as far as a lease can tell; and
 * it has rested, which is all there is where a lease tells nothing. A name that came by a
 * rename is whole by that, but never one that we put back ourselves.
 */

enum {
	REST_LEASED_MS =
	    300, /* a client that renames when it has closed does so by then */
	REST_BLIND_MS = 2000,
	/* A change that is older than that is no matter of clocks. */
	REST_OLD_MS = 10 * 60 * 1000,
	FORGET_MS = 60 * 1000,
};

uint64_t spool_rest(const struct spool *s, bool lease_tells)
{
	const uint64_t set = s->config->intake.settle;

	if (set != CONFIG_SETTLE_AUTO)
		return set;
	return lease_tells ? REST_LEASED_MS : REST_BLIND_MS;
}

static bool is_seen(const struct seen *e, const struct stat *st)
{
	return e->since != 0 && e->dev == st->st_dev && e->ino == st->st_ino;
}

/* By our own clock, since that of the server may be any: settled when a second look, long
 * enough after the first, finds it the same. */
static bool seen_unchanged(struct spool *s, const struct stat *st, uint64_t rest)
{
	struct seen *e = &s->seen[(st->st_ino ^ st->st_dev) % SEEN];
	const uint64_t now = clock_ms();

	if (is_seen(e, st) && e->size == st->st_size &&
	    clock_between_ms(&e->changed, &st->st_ctim) == 0 &&
	    clock_between_ms(&e->modified, &st->st_mtim) == 0) {
		if (now - e->since < rest)
			return false;
		e->since = 0;
		return true;
	}
	if (!is_seen(e, st) && e->since != 0 && now - e->since < rest + FORGET_MS)
		return false; /* another file's turn first */
	*e = (struct seen){ .dev = st->st_dev,
		.ino = st->st_ino,
		.changed = st->st_ctim,
		.modified = st->st_mtim,
		.size = st->st_size,
		.since = now };
	return rest == 0;
}

static bool has_rested(
    struct spool *s, const struct stat *st, uint64_t rest, bool lease_tells)
{
	/* The change time: every write sets it, and unlike the modification time no
	 * sender can. Where leases tell its clock is ours. */
	const int64_t age = clock_age_ms(&st->st_ctim);
	if (age >= 0 && (uint64_t)age >= (lease_tells ? rest : rest + REST_OLD_MS))
		return true;
	if (age >= 0 && lease_tells)
		return false;
	return seen_unchanged(s, st, rest);
}

/* Was it put back because it was written while we had it? Then it is no name that came by
 * a rename. */
static struct returned *was_returned(struct spool *s, const struct stat *st)
{
	for (size_t i = 0; i < RETURNED; i++)
		if (s->returned[i].dev == st->st_dev && s->returned[i].ino == st->st_ino)
			return &s->returned[i];
	return NULL;
}

void spool_was_returned(struct spool *s, const struct stat *st)
{
	if (was_returned(s, st))
		return;
	s->returned[s->returned_next] = (struct returned){ st->st_dev, st->st_ino };
	s->returned_next = (s->returned_next + 1) % RETURNED;
}

bool spool_is_fresh(const struct spool *s, const struct stat *st)
{
	const int64_t age = clock_age_ms(&st->st_ctim);

	/* Of another's file no lease can be had: its first look is to be remembered. */
	return s->leases && (s->user == 0 || s->user == st->st_uid) && age >= 0 &&
	       (uint64_t)age < spool_rest(s, true);
}

bool spool_is_whole(struct spool *s, int fd, const struct stat *st, bool moved_in)
{
	const enum lease lease = lease_ask_on(fd, st->st_dev);
	struct returned *returned = was_returned(s, st);
	uint64_t rest = spool_rest(s, lease == LEASE_FREE);

	if (lease == LEASE_WRITER)
		return false;
	if (moved_in && !returned)
		return true;
	if (returned && rest < REST_BLIND_MS)
		rest = REST_BLIND_MS;
	if (!has_rested(s, st, rest, lease == LEASE_FREE))
		return false;
	if (returned)
		*returned = (struct returned){ 0 };
	return true;
}

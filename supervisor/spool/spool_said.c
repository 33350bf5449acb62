/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/log.h"
#include "spool/spool_internal.h"

static bool is_said(const struct said *e, const struct stat *st, bool file, int error)
{
	return e->dev == st->st_dev && e->ino == st->st_ino && e->error == error &&
	       e->mode == st->st_mode && e->uid == st->st_uid &&
	       (!file || (e->changed.tv_sec == st->st_ctim.tv_sec &&
			     e->changed.tv_nsec == st->st_ctim.tv_nsec));
}

/* Was this not said yet? Files that find no place in the full table are not told of one
 * by one; the state shows how many there are. */
static bool is_news(struct spool *s, const struct stat *st, bool file, int error)
{
	struct said *e = &s->said[(st->st_ino ^ st->st_dev) % SAID_MOST];
	const uint64_t now = clock_ms(), forget = 3 * s->config->intake.scan + 1000;
	const bool said = e->last != 0 && is_said(e, st, file, error);
	const bool other = e->last != 0 && (e->dev != st->st_dev || e->ino != st->st_ino);

	if (said)
		e->last = now;
	if (said || (other && now - e->last < forget))
		return false;
	*e = (struct said){ .dev = st->st_dev,
		.ino = st->st_ino,
		.changed = st->st_ctim,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.error = error,
		.last = now };
	return true;
}

void spool_say_left(struct spool *s, int folder, const char *sub, const char *name,
    const struct stat *st, int error)
{
	char next[256];
	struct stat own;

	if (!st) {
		if (fstat(folder, &own) == -1)
			return;
		st = &own;
	}
	if (!is_news(s, st, name != NULL, error))
		return;
	if (error == EXDEV)
		(void)snprintf(next, sizeof next,
		    "this folder is a mount of its own: its files stay there; give it a "
		    "service of its own, or mount the volume as incoming/ itself");
	else if (error == EROFS)
		(void)snprintf(next, sizeof next,
		    "the volume is read-only: its files stay there until it is writable");
	else
		(void)snprintf(next, sizeof next,
		    "the service runs as user %u, the %s belongs to %u:%u with mode "
		    "%04o: it stays there until the service may %s",
		    (unsigned)geteuid(), name ? "file" : "folder", (unsigned)st->st_uid,
		    (unsigned)st->st_gid, (unsigned)st->st_mode & 07777,
		    name ? "read it" : "take files out of it");
	if (name)
		log_event(EVENT_MESSAGE_UNREADABLE, LOG_S("path", s->path),
		    LOG_S("folder", sub), LOG_S("file", name), LOG_E(error),
		    LOG_S("next", next));
	else
		log_event(EVENT_SPOOL_TROUBLE, LOG_S("call", "claim"),
		    LOG_S("path", s->path), LOG_S("folder", sub), LOG_E(error),
		    LOG_S("next", next));
}

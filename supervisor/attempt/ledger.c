/* SPDX-License-Identifier: ISC */
#include "attempt/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { HEAD = 128, AHEAD = 1024 /* records read at once */ };

/* The file's beginning; the machine's own order of bytes: it is for this machine. */
struct ledger_head {
	char magic[8];
	uint32_t version, record;
	uint64_t store_bytes;
	int64_t store_mtime_ns;
	char target[32];
	uint64_t length;
};
_Static_assert(sizeof(struct ledger_head) <= HEAD, "the head has its room");
_Static_assert(sizeof(struct ledger_record) == LEDGER_RECORD, "records are of one size");

struct ledger {
	int fd;
	struct ledger_head head;
	bool dirty;
	uint64_t count; /* records when it was opened */
	uint64_t first; /* number of ahead[0]; 0: none was read */
	struct ledger_record ahead[AHEAD];
};

static bool ledger_put_head(struct ledger *l)
{
	l->dirty = true;
	return pwrite(l->fd, &l->head, sizeof l->head, 0) == (ssize_t)sizeof l->head;
}

struct ledger *ledger_open(int folder, const char *name, const struct stat *store,
    const char *target, bool forget)
{
	struct ledger *l = calloc(1, sizeof *l);
	struct ledger_head had;

	if (!l)
		return NULL;
	l->head = (struct ledger_head){
		.magic = "BkLedgr",
		.version = 3,
		.record = LEDGER_RECORD,
		.store_bytes = (uint64_t)store->st_size,
		.store_mtime_ns = clock_stamp(&store->st_mtim),
	};
	(void)strncpy(l->head.target, target, sizeof l->head.target - 1);
	l->fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (l->fd == -1)
		goto fail;
	memset(&had, 0, sizeof had);
	if (!forget && pread(l->fd, &had, sizeof had, 0) == (ssize_t)sizeof had) {
		l->head.length = had.length;
		if (memcmp(&had, &l->head, sizeof had) == 0) {
			off_t end = lseek(l->fd, 0, SEEK_END);
			l->count =
			    end > HEAD ? (uint64_t)(end - HEAD) / LEDGER_RECORD : 0;
			return l;
		}
		l->head.length = 0;
	}
	if (ftruncate(l->fd, 0) == 0 && ftruncate(l->fd, HEAD) == 0 && ledger_put_head(l))
		return l;
fail:;
	int saved = errno;
	if (l->fd != -1)
		(void)close(l->fd);
	free(l);
	errno = saved;
	return NULL;
}

void ledger_leave(struct ledger *l)
{
	(void)close(l->fd);
	free(l);
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	if (l->dirty)
		(void)fdatasync(l->fd);
	ledger_leave(l);
}

uint64_t ledger_length(const struct ledger *l)
{
	return l->head.length;
}

bool ledger_set_length(struct ledger *l, uint64_t length)
{
	l->head.length = length;
	return ledger_put_head(l);
}

uint64_t ledger_count(const struct ledger *l)
{
	return l->count;
}

static off_t ledger_offset(uint64_t number)
{
	return (off_t)(HEAD + (number - 1) * LEDGER_RECORD);
}

static bool ledger_is_ahead(const struct ledger *l, uint64_t number)
{
	return l->first != 0 && number >= l->first && number - l->first < AHEAD;
}

struct ledger_record ledger_get(struct ledger *l, uint64_t number)
{
	if (!ledger_is_ahead(l, number)) {
		ssize_t n =
		    pread(l->fd, l->ahead, sizeof l->ahead, ledger_offset(number));
		size_t count = n > 0 ? (size_t)n / LEDGER_RECORD : 0;
		memset(l->ahead + count, 0, (AHEAD - count) * sizeof *l->ahead);
		l->first = number;
	}
	return l->ahead[number - l->first];
}

bool ledger_put(struct ledger *l, uint64_t number, const struct ledger_record *r)
{
	struct ledger_record clean; /* no byte of it is left as it was */

	memset(&clean, 0, sizeof clean);
	clean.key = r->key;
	clean.id = r->id;
	clean.state = r->state;
	clean.class = r->class;
	clean.crash = r->crash;
	clean.timeout = r->timeout;
	clean.memory = r->memory;
	clean.kills = r->kills;
	l->dirty = true;
	if (ledger_is_ahead(l, number))
		l->ahead[number - l->first] = clean;
	return pwrite(l->fd, &clean, sizeof clean, ledger_offset(number)) ==
	       (ssize_t)sizeof clean;
}

bool ledger_sync(struct ledger *l)
{
	if (l->dirty && fdatasync(l->fd) == -1)
		return false;
	l->dirty = false;
	return true;
}

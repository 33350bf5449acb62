/* SPDX-License-Identifier: ISC */
#include "files/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "files/sync_aside.h"

enum { HEAD = 128, AHEAD = 1024 /* records read at once */ };

/* The file's beginning; the machine's own order of bytes: it is for this machine. */
struct ledger_head {
	char magic[8];
	uint32_t version, record;
	uint64_t store_bytes;
	int64_t store_mtime_ns;
	char target[32];
	/* Up to here it says whose it is. */
	uint64_t first_id;
	uint64_t
	    boot; /* of the machine, since which nothing put was lost; 0: not known */
	uint32_t batch, synced; /* the open one; the last one that the disk has */
};
enum { WHOSE = offsetof(struct ledger_head, first_id) };
_Static_assert(sizeof(struct ledger_head) <= HEAD, "the head has its room");
_Static_assert(HEAD % LEDGER_RECORD == 0, "no record lies across two sectors");
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

static bool ledger_read_head(int fd, struct ledger_head *head)
{
	memset(head, 0, sizeof *head);
	return pread(fd, head, sizeof *head, 0) == (ssize_t)sizeof *head;
}

static off_t ledger_offset(uint64_t number)
{
	return (off_t)(HEAD + (number - 1) * LEDGER_RECORD);
}

/* Read what is there: how many records. */
static void ledger_measure(struct ledger *l)
{
	off_t end = lseek(l->fd, 0, SEEK_END);

	l->count = end > HEAD ? (uint64_t)(end - HEAD) / LEDGER_RECORD : 0;
}

/* Of a record that the disk has half of nothing must be left, or the next one behind it
 * would make it whole. */
static bool ledger_trim(struct ledger *l)
{
	return ftruncate(l->fd, ledger_offset(l->count + 1)) == 0;
}

/* The head of one that nothing was put into. */
static struct ledger_head ledger_new_head(void)
{
	return (struct ledger_head){
		.magic = "BkLedgr", .version = 4, .record = LEDGER_RECORD
	};
}

/* Its file is opened. NULL: errno. */
static struct ledger *ledger_new(int folder, const char *name, int flags)
{
	struct ledger *l = calloc(1, sizeof *l);

	if (!l)
		return NULL;
	l->head = ledger_new_head();
	l->fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0666);
	if (l->fd != -1)
		return l;
	int saved = errno;
	free(l);
	errno = saved;
	return NULL;
}

struct ledger *ledger_open(int folder, const char *name, const struct stat *store,
    const char *target, bool forget)
{
	struct ledger *l = ledger_new(folder, name, O_CREAT);
	struct ledger_head had;

	if (!l)
		return NULL;
	l->head.store_bytes = (uint64_t)store->st_size;
	l->head.store_mtime_ns = clock_stamp(&store->st_mtim);
	(void)strncpy(l->head.target, target, sizeof l->head.target - 1);
	if (!forget && ledger_read_head(l->fd, &had) &&
	    memcmp(&had, &l->head, WHOSE) == 0) {
		l->head = had;
		ledger_measure(l);
		if (ledger_trim(l))
			return l;
	} else if (ftruncate(l->fd, 0) == 0 && ftruncate(l->fd, HEAD) == 0 &&
		   ledger_put_head(l)) {
		return l;
	}
	int saved = errno;
	ledger_leave(l);
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

uint64_t ledger_count(const struct ledger *l)
{
	return l->count;
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
	clean.batch = l->head.batch;
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

void ledger_sync_aside(struct ledger *l, struct sync_aside *to)
{
	if (l->dirty)
		sync_aside_add(to, l->fd, SYNC_FILE);
	l->dirty = false;
}

bool ledger_store_is_written(int fd, const struct stat *then)
{
	struct stat now;

	return fstat(fd, &now) == -1 || now.st_size != then->st_size ||
	       clock_stamp(&now.st_mtim) != clock_stamp(&then->st_mtim);
}

/* --- batches --- */

/* What was written since the machine was started is there, whoever was killed. 0: not
 * known. */
static uint64_t boot_now(void)
{
	char text[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, text, sizeof text - 1);

	if (fd != -1)
		(void)close(fd);
	return n > 0 ? fnv_text(FNV_BASIS, text) : 0;
}

uint64_t ledger_first_id(const struct ledger *l)
{
	return l->head.first_id;
}

bool ledger_begin(struct ledger *l, uint64_t first_id)
{
	l->head.first_id = first_id;
	l->head.boot = boot_now();
	l->head.batch = 1;
	return ledger_put_head(l);
}

/* Whoever syncs writes another field meanwhile. */
static bool ledger_put_number(int fd, size_t field, uint32_t value)
{
	return pwrite(fd, &value, sizeof value, (off_t)field) == (ssize_t)sizeof value;
}

bool ledger_close_batch(struct ledger *l)
{
	l->head.batch++;
	return ledger_put_number(
	    l->fd, offsetof(struct ledger_head, batch), l->head.batch);
}

bool ledger_sync_batch(int folder, const char *name)
{
	struct ledger *l = ledger_find(folder, name);

	if (!l)
		return false;
	bool ok = ledger_put_number(
		      l->fd, offsetof(struct ledger_head, synced), l->head.batch - 1) &&
		  fdatasync(l->fd) == 0;
	int saved = errno;
	ledger_leave(l);
	errno = saved;
	return ok;
}

struct ledger *ledger_find(int folder, const char *name)
{
	struct ledger *l = ledger_new(folder, name, 0);
	const struct ledger_head new = ledger_new_head();
	enum { KIND = offsetof(struct ledger_head, store_bytes) };

	if (!l)
		return NULL;
	if (ledger_read_head(l->fd, &l->head) && memcmp(&l->head, &new, KIND) == 0) {
		ledger_measure(l);
		return l;
	}
	ledger_leave(l);
	errno = EINVAL;
	return NULL;
}

/* How many of these records were changed. */
static unsigned take_back(struct ledger_record *records, size_t count, uint32_t synced)
{
	unsigned changed = 0;

	for (size_t i = 0; i < count; i++) {
		struct ledger_record *r = &records[i];
		if ((r->state != LEDGER_PLACED && r->state != LEDGER_FAILED) ||
		    r->batch <= synced)
			continue;
		r->state = LEDGER_BEGUN;
		r->class = 1;
		changed++;
	}
	return changed;
}

bool ledger_review(struct ledger *l, bool doubt)
{
	const uint64_t boot = boot_now();

	if (!doubt && boot != 0 && boot == l->head.boot)
		return true;
	if (!ledger_trim(l))
		return false;
	for (uint64_t number = 1; number <= l->count; number += AHEAD) {
		l->first = 0;
		(void)ledger_get(l, number);
		const uint64_t left = l->count - number + 1;
		const size_t n = left < AHEAD ? (size_t)left : AHEAD;
		const ssize_t bytes = (ssize_t)(n * LEDGER_RECORD);
		if (take_back(l->ahead, n, l->head.synced) > 0 &&
		    pwrite(l->fd, l->ahead, (size_t)bytes, ledger_offset(number)) !=
			bytes)
			return false;
	}
	l->head.boot = boot;
	l->head.batch++;
	return ledger_put_head(l);
}

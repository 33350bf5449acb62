/* SPDX-License-Identifier: ISC */
/*
 * A ledger as a machine that lost power, or somebody, may have left it: it is reviewed
 * and gone on with. No record is read beyond its end; what is put is read back, after it
 * was opened again, too; of what was not synced nothing is believed.
 *
 * Covers: supervisor/files/ledger.c
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct stat store = { .st_size = 1000, .st_mtim = { 1600000000, 5 } };
static const char name[] = "ledger";

static void must(int ok)
{
	if (!ok)
		abort();
}

static char folder_name[] = "/tmp/fuzz-ledger-XXXXXX";
static int folder = -1;

static void fuzz_ledger_remove(void)
{
	(void)unlinkat(folder, name, 0);
	(void)rmdir(folder_name);
}

static bool is_ended(struct ledger_record r)
{
	return r.state == LEDGER_PLACED || r.state == LEDGER_FAILED;
}

/* As the service does after a start. */
static void fuzz_ledger_review(void)
{
	struct ledger *l = ledger_find(folder, name);

	if (!l)
		return;
	const uint64_t count = ledger_count(l);
	uint64_t ended = 0, now = 0;
	for (uint64_t i = 1; i <= count; i++)
		ended += is_ended(ledger_get(l, i));
	must(ledger_review(l, true) && ledger_count(l) == count);
	for (uint64_t i = 1; i <= count; i++)
		now += is_ended(ledger_get(l, i));
	must(now <= ended);
	ledger_leave(l);
	must(ledger_sync_batch(folder, name));
}

static void fuzz_ledger_goes_on(size_t size)
{
	const struct ledger_record mine = {
		.key = 7, .id = 9, .state = LEDGER_PLACED, .class = 2, .kills = 1
	};
	struct ledger *l = ledger_open(folder, name, &store, "mime", false);

	must(l != NULL);
	const uint64_t count = ledger_count(l);
	must(count <= size / LEDGER_RECORD);
	for (uint64_t i = 1; i <= count; i++)
		(void)ledger_get(l, i);
	struct ledger_record none = ledger_get(l, count + 1);
	must(none.state == LEDGER_NOTHING && none.key == 0 && none.id == 0);
	must(ledger_put(l, count + 1, &mine));
	ledger_leave(l);
	l = ledger_open(folder, name, &store, "mime", false);
	must(l && ledger_count(l) == count + 1);
	struct ledger_record r = ledger_get(l, count + 1);
	must(r.key == mine.key && r.id == mine.id && r.state == mine.state);
	must(r.class == mine.class && r.kills == mine.kills);
	ledger_leave(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (folder == -1) {
		must(mkdtemp(folder_name) != NULL);
		folder = open(folder_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		must(folder != -1 && atexit(fuzz_ledger_remove) == 0);
	}
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd != -1 && write(fd, data, size) == (ssize_t)size);
	(void)close(fd);
	fuzz_ledger_review();
	fuzz_ledger_goes_on(size);
	return 0;
}

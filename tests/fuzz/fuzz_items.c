/* SPDX-License-Identifier: ISC */
/*
 * A list of items as a worker may have written it: the first two bytes are the list's
 * length, the next two the store's; then the list, and what was unpacked. Each item is
 * the next one and lies where it can lie; names are clean and bounded; it ends once.
 *
 * Covers: supervisor/attempt/items.c
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt/items.h"
#include "base/utf8.h"
#include "proto/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* What it keeps for an order lies in its file. */
static void fuzz_items_keep(const struct items *l, const Bulkhead__Entry *e,
    uint64_t listed, uint64_t length, uint64_t store_bytes)
{
	const uint64_t most = e->unpacked ? length : store_bytes;
	struct items_place place;
	uint64_t offset, bytes;
	char date[ITEMS_DATE];

	items_keep(&place, l, e);
	must(place.key == items_key(e) && place.unpacked == (e->unpacked != 0));
	must(!*place.format || formats_by_name(place.format));
	must(!e->unpacked || place.place.store >= listed);
	(void)items_range(&place, &offset, &bytes);
	must(bytes <= most && offset <= most - bytes);
	items_date(e->date, date);
	must(strlen(date) < ITEMS_DATE);
	json_t *flags = items_flags(e->flags);
	must(json_array_size(flags) <= 32);
	json_decref(flags);
}

static void fuzz_items_names(const struct items_at *at)
{
	char *way = items_way(at);

	must(way && at->name_count <= ITEMS_NAMES);
	for (unsigned i = 0; i < at->name_count; i++)
		must(strlen(at->names[i]) <= ITEMS_NAME);
	must(utf8_is_clean(way, strlen(way)));
	free(way);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct items_at at;
	enum items_next next;

	if (size < 4)
		return 0;
	const uint64_t length = size - 4, store_bytes = data[2] | data[3] << 8;
	uint64_t listed = data[0] | (uint64_t)data[1] << 8, number = 0;
	listed = listed < length ? listed : length;
	if (fd == -1)
		fd = memfd_create("items", MFD_CLOEXEC);
	must(fd != -1 && ftruncate(fd, 0) == 0);
	must(pwrite(fd, data + 4, length, 0) == (ssize_t)length);
	struct items *l = items_open(fd, listed, length, store_bytes);
	must(l != NULL);
	while ((next = items_next(l, &at)) == ITEMS_ITEM || next == ITEMS_FOLDER) {
		must((next == ITEMS_ITEM) == (at.entry != NULL));
		fuzz_items_names(&at);
		if (next == ITEMS_FOLDER)
			continue;
		must(at.entry->number == ++number);
		must(strlen(at.entry->name) <= ITEMS_NAME);
		fuzz_items_keep(l, at.entry, listed, length, store_bytes);
	}
	must((next == ITEMS_BREACH) == (at.breach != NULL));
	must(next == ITEMS_BREACH || items_next(l, &at) == ITEMS_END);
	items_close(l);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * Mailboxes and mails of Apple Mail: any bytes. The mails of a mailbox lie one behind the
 * other and in it; each can be read or is refused.
 *
 * Covers: worker/format/mbox/ worker/format/emlx/ worker/format/store.c
 */
#include <stdlib.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/mbox/mbox.h"
#include "fuzz_ground.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAILS_MOST = 16 };

static void fuzz_mbox_pick(
    struct arena *a, struct span in, const char *format, struct mbox_mail mail)
{
	struct convert c = { .arena = a, .in = in, .out = sink_memory(a), .scratch = -1 };
	const struct store_place at = { .format = format,
		.store_bytes = in.len,
		.at = mail.at,
		.bytes = mail.end - mail.at };
	struct picked picked = { 0 };

	notes_init(&c.notes, a);
	if (!format_by_name(format)->pick(&c, in, &at, &picked)) {
		if (!c.refused)
			abort();
	} else if (picked.bytes.len > in.len) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(256UL << 20);
	struct span in = span_over(data, size);
	struct mbox_mail mails[MAILS_MOST], mail;
	unsigned count = 0;
	uint64_t end = 0;

	struct mbox_scan scan = mbox_over(arena, in);
	while (mbox_next(&scan, &mail)) {
		if (mail.at < end || mail.end <= mail.at || mail.end > size)
			abort();
		end = mail.end;
		if (count < MAILS_MOST)
			mails[count++] = mail;
	}
	for (unsigned i = 0; i < count; i++) {
		arena_reset(arena);
		fuzz_mbox_pick(arena, in, "mbox", mails[i]);
	}
	arena_reset(arena);
	fuzz_mbox_pick(arena, in, "emlx", (struct mbox_mail){ .end = size });
	arena_reset(arena);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The names of properties in an Outlook message: any bytes as its three streams of sets,
 * entries and names, which the first two bytes divide; the message has properties of the
 * first ids, so that each name is asked for.
 *
 * Covers: worker/format/msg/msg_names.c
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/cfb/cfb_write.h"
#include "format/format.h"
#include "fuzz_ground.h"
#include "message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 32, ROW = 16, NAMED = 64 };

static struct cfb_node *nameid_node(
    struct arena *a, struct cfb_node *parent, const char *name, struct span data)
{
	struct cfb_node *n = cfb_node_new(a, name);

	n->data = data;
	n->next = parent->child;
	parent->child = n;
	return n;
}

static struct span nameid_rows(struct arena *a)
{
	uint8_t *rows = arena_alloc(a, HEADER + NAMED * ROW);

	for (unsigned i = 0; i < NAMED; i++) {
		uint8_t *row = rows + HEADER + i * ROW;
		row[0] = 3; /* PtypInteger32 */
		row[2] = (uint8_t)i;
		row[3] = 0x80;
		row[8] = (uint8_t)i;
	}
	return span_over(rows, HEADER + NAMED * ROW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena(64UL << 20);
	if (size < 2)
		return 0;
	struct span rest = span_over(data + 2, size - 2);
	uint64_t sets = data[0] * 16U, entries = data[1] * 8U;
	struct cfb_node *root = cfb_node_new(arena, "Root Entry");
	root->storage = true;
	struct cfb_node *names =
	    nameid_node(arena, root, "__nameid_version1.0", span_over(NULL, 0));
	names->storage = true;
	nameid_node(arena, root, "__properties_version1.0", nameid_rows(arena));
	nameid_node(arena, names, "__substg1.0_00020102", span_sub(rest, 0, sets));
	nameid_node(arena, names, "__substg1.0_00030102", span_sub(rest, sets, entries));
	nameid_node(arena, names, "__substg1.0_00040102",
	    span_sub(rest, sets + entries, UINT64_MAX));
	struct convert c = { .arena = arena, .scratch = -1 };
	struct sink *file = sink_memory(arena);
	cfb_write(arena, root, file, NULL, NULL);
	c.in = sink_bytes(file);
	notes_init(&c.notes, arena);
	const struct message *m = format_by_name("msg")->read(&c);
	if (!m || m->props.count > NAMED)
		abort();
	struct sink *out = sink_memory(arena);
	message_dump(m, out, NULL);
	arena_reset(arena);
	return 0;
}

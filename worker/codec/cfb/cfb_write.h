/* SPDX-License-Identifier: ISC */
#ifndef CODEC_CFB_WRITE_H
#define CODEC_CFB_WRITE_H

#include "codec/cfb/cfb.h"

struct sink;

/*
 * Writes compound files of version 3 ([MS-CFB]; of version 4 above 2 GiB): what a storage
 * of another one holds as a file of its own. The same tree gives the same bytes: no
 * times, no ids. Streams are copied through a small buffer.
 */
struct cfb_node {
	uint16_t name[CFB_NAME]; /* ends with a zero */
	uint8_t clsid[16];
	bool storage;
	struct span data;              /* of a stream */
	struct cfb_node *child, *next; /* of a storage; its other entries */

	/* Filled by cfb_write. */
	uint32_t id, left, right, down, start;
	bool red;
};

/*
 * The storage with all it holds, in the arena; streams stay where they are. Storages
 * deeper than CFB_DEPTH are left out, and counted. The result is a root's node.
 */
enum { CFB_DEPTH = 32 };
struct cfb_node *cfb_copy(
    struct cfb *, const struct cfb_entry *storage, uint32_t *left_out);

/* Is this its name, in any case? */
bool cfb_node_is(const struct cfb_node *, const char *name);

/* A new node in the arena; name in ASCII. */
struct cfb_node *cfb_node_new(struct arena *, const char *name);

void cfb_write(struct arena *, struct cfb_node *root, struct sink *to,
    void (*progress)(void *arg), void *arg);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef PST_PST_H
#define PST_PST_H

#include "codec/pst/ltp.h"
#include "format/format.h"
#include "message/message.h"

/*
 * Outlook's stores: the messaging layer ([MS-PST] 2.4) over codec/pst. Private to this
 * folder; format_pst and format_ost in registry.c are the way in.
 */
struct pst {
	struct convert *c;
	struct ndb *ndb;
	const struct prop_name **names; /* of ids from 0x8000 on; NULL: not read yet */
	uint32_t name_count;
};

/* Types of nodes (2.2.2.1), and nodes that are in every store (2.4.1). */
enum pst_type {
	PST_FOLDER = 0x02,
	PST_SEARCH_FOLDER = 0x03,
	PST_MESSAGE = 0x04,
	PST_ASSOCIATED = 0x08,
	PST_FOLDERS_OF = 0x0d,
	PST_CONTENTS_OF = 0x0e,
	PST_ASSOCIATED_OF = 0x0f,
};
enum pst_node {
	PST_STORE = 0x21,
	PST_NAMES = 0x61,
	PST_ROOT = 0x122,
	PST_ATTACHMENTS = 0x671, /* of a message */
	PST_RECIPIENTS = 0x692,
};

/* False: refused. */
bool pst_open(struct pst *, struct convert *, struct span);

/* pst_list.c */
bool pst_each(struct convert *, const struct store *);

/* pst_message.c */
struct message *pst_message(struct pst *, const struct ndb_node *);

/* pst_props.c */

/* Where properties go, and how notes call it. */
struct pst_place {
	struct message *m;
	struct props *to;
	struct attachment *attachment; /* NULL: not one's */
	const char *part;
	uint32_t number;
	uint32_t object; /* of an attachment: the node of what it holds; 0: none */
};
void pst_props(struct pst *, struct ltp_heap *, struct pst_place *);
/* A row of a table as properties. */
void pst_row(
    struct pst *, const struct ltp_table *, const uint8_t *cells, struct pst_place *);

/* pst_names.c: into the store's arena */
void pst_names(struct pst *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The list of a store's messages: folder by folder as their tables say, then what no
 * table knows of, by going through all nodes.
 */
#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/when.h"
#include "format/pst/pst.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	LEAF_BITS = 1 << 15,
	LEAVES = (1 << 27) / LEAF_BITS, /* a node's number has 27 bits without its type */
	LISTING_MEMORY = 64 << 20,
	IPM_SUBTREE = 0x35e0, /* PidTagIpmSubTreeEntryId */
	ENTRY_ID = 24,
	DISPLAY_NAME = 0x3001,
	CONTENT_COUNT = 0x3602,
	READ = 1, /* of PidTagMessageFlags */
	UNSENT = 8,
};
/* Columns of a table of contents. */
static const uint32_t tag_flags = 0x0e070003, tag_received = 0x0e060040,
		      tag_sent = 0x00390040, tag_bytes = 0x0e080003,
		      tag_flagged = 0x10900003, tag_verb = 0x10810003;

/* One bit for each node of a type. */
struct seen {
	uint64_t *leaves[LEAVES];
};

struct pst_listing {
	struct pst p; /* of the node at hand: its memory is given back */
	struct convert *c;
	const struct store *store;
	struct arena *brief;
	struct seen *folders, *messages, *associated;
	const char *names[LIMIT_FOLDERS];
	size_t depth;
	uint32_t top; /* the folder whose own folders people see as the first ones */
	uint64_t orphans;
	bool at_orphans; /* the folder told last */
};

/* True the first time. */
static bool see(struct arena *a, struct seen *s, uint32_t nid)
{
	uint32_t index = nid >> 5;
	uint64_t **leaf = &s->leaves[index / LEAF_BITS];

	if (!*leaf)
		*leaf = arena_alloc(a, LEAF_BITS / 8);
	uint64_t *word = &(*leaf)[index % LEAF_BITS / 64],
		 bit = (uint64_t)1 << index % 64;
	bool first = !(*word & bit);
	*word |= bit;
	return first;
}

static uint32_t nid_of(uint32_t node, enum pst_type type)
{
	return (node & ~(uint32_t)NDB_TYPE) | type;
}

static int64_t seconds_of(uint64_t filetime)
{
	struct when when = when_from_filetime(filetime);

	return when.valid ? when.unix_s : 0;
}

static void list_entry(struct pst_listing *l, const struct ltp_table *t, uint32_t nid,
    const uint8_t *cells, unsigned flags)
{
	struct entry e = { .place = { .at = nid }, .flags = flags };

	if (t) {
		uint64_t is = ltp_number(t, cells, tag_flags);
		uint64_t verb = ltp_number(t, cells, tag_verb);
		e.date = seconds_of(ltp_number(t, cells, tag_received));
		if (e.date == 0)
			e.date = seconds_of(ltp_number(t, cells, tag_sent));
		e.bytes = ltp_number(t, cells, tag_bytes);
		e.flags |=
		    (is & READ ? FORMATS_SEEN : 0) | (is & UNSENT ? FORMATS_DRAFT : 0) |
		    (ltp_number(t, cells, tag_flagged) == 2 ? FORMATS_FLAGGED : 0) |
		    (verb == 102 || verb == 103 ? FORMATS_ANSWERED : 0) |
		    (verb == 104 ? FORMATS_PASSED_ON : 0);
	}
	store_entry(l->c, l->store, &e);
}

struct contents {
	struct pst_listing *l;
	struct ltp_table *t;
	unsigned flags;
};

static bool list_message(void *arg, uint32_t row, const uint8_t *cells)
{
	struct contents *k = arg;
	struct pst_listing *l = k->l;
	uint32_t type = row & NDB_TYPE;
	struct seen *seen = type == PST_MESSAGE      ? l->messages
			    : type == PST_ASSOCIATED ? l->associated
						     : NULL;

	if (seen && see(l->c->arena, seen, row))
		list_entry(l, k->t, row, cells, k->flags);
	convert_alive(l->c);
	return true;
}

/* A store that is opened for one node, whose memory is given back then. */
static bool list_begin(struct pst_listing *l)
{
	const char *why;

	arena_reset(l->brief);
	l->p.ndb = ndb_open(l->brief, l->store->in, NULL, NULL, &why);
	return l->p.ndb != NULL;
}

static void list_contents(
    struct pst_listing *l, uint32_t folder, enum pst_type type, unsigned flags)
{
	struct contents k = { .l = l, .flags = flags };
	struct ndb_node node;

	if (!list_begin(l) || !ndb_find(l->p.ndb, nid_of(folder, type), &node) ||
	    node.data == 0)
		return;
	k.t = ltp_table(l->p.ndb, &node);
	if (k.t)
		ltp_rows(k.t, list_message, &k);
	else
		notes_add(&l->c->notes, NOTE_LOST, "store", "folder",
		    "a table of its contents is damaged: what is in it is with the "
		    "orphans");
}

/* The folders in a folder, collected before any of them is entered. */
struct subfolders {
	struct pst_listing *l;
	struct ltp_table *t;
	uint32_t *nids;
	uint32_t count, allotted;
};

static bool collect_folder(void *arg, uint32_t row, const uint8_t *cells)
{
	struct subfolders *s = arg;

	(void)cells;
	if ((row & NDB_TYPE) != PST_FOLDER || !see(s->l->c->arena, s->l->folders, row))
		return true;
	if (s->count == s->allotted) {
		uint32_t more = s->allotted ? s->allotted * 2 : 16;
		uint32_t *to = arena_array(s->l->c->arena, more, sizeof *to);
		for (uint32_t i = 0; i < s->count; i++)
			to[i] = s->nids[i];
		s->nids = to;
		s->allotted = more;
	}
	s->nids[s->count++] = row;
	return true;
}

/* Its name, or its number where it has none that can be read; its count of contents. */
static const char *folder_name(struct pst_listing *l, uint32_t nid, uint64_t *expected)
{
	struct ltp_property name, count;
	struct span bytes = span_over(NULL, 0);
	struct ndb_node node;
	struct text t = { .s = NULL };
	struct ltp_heap *h = list_begin(l) && ndb_find(l->p.ndb, nid, &node)
				 ? ltp_open(l->p.ndb, &node, LTP_PROPERTIES)
				 : NULL;

	*expected = 0;
	if (h && ltp_property(h, CONTENT_COUNT, &count))
		*expected = count.value;
	if (h && ltp_property(h, DISPLAY_NAME, &name) &&
	    ltp_value(h, name.value, &bytes)) {
		bytes = span_load(l->brief, span_sub(bytes, 0, 1024));
		t = name.type == PT_UNICODE
			? text_from_utf16(l->c->arena, bytes.mem, (size_t)bytes.len)
			: text_from(l->c->arena, 1252, (const char *)bytes.mem,
			      (size_t)bytes.len);
	}
	if (t.s && t.len > 0)
		return arena_copy(l->c->arena, t.s, t.len);
	return arena_printf(l->c->arena, "folder %u", nid >> 5);
}

static void list_folder(struct pst_listing *l, uint32_t nid, bool named)
{
	struct subfolders sub = { .l = l };
	struct ndb_node node;
	uint64_t expected = 0;

	if (named) {
		if (l->depth >= LIMIT_FOLDERS - 1) {
			notes_add(&l->c->notes, NOTE_LOST, "store", "folder",
			    "folders deeper than %d: what is in them is with the "
			    "orphans",
			    LIMIT_FOLDERS);
			return;
		}
		l->names[l->depth++] = folder_name(l, nid, &expected);
	}
	store_folder(l->c, l->store, l->names, l->depth, expected);
	list_contents(l, nid, PST_CONTENTS_OF, 0);
	list_contents(l, nid, PST_ASSOCIATED_OF, FORMATS_ASSOCIATED);
	if (list_begin(l) && ndb_find(l->p.ndb, nid_of(nid, PST_FOLDERS_OF), &node) &&
	    node.data != 0)
		sub.t = ltp_table(l->p.ndb, &node);
	if (sub.t)
		ltp_rows(sub.t, collect_folder, &sub);
	for (uint32_t i = 0; i < sub.count; i++)
		list_folder(l, sub.nids[i], sub.nids[i] != l->top);
	if (named)
		l->depth--;
}

/* The folder that people see the folders of, not the root with those of programs. */
static uint32_t top_of(struct pst_listing *l)
{
	struct ltp_property id;
	struct ndb_node node;
	struct span bytes;
	uint8_t raw[ENTRY_ID] = { 0 };

	if (!list_begin(l) || !ndb_find(l->p.ndb, PST_STORE, &node))
		return 0;
	struct ltp_heap *h = ltp_open(l->p.ndb, &node, LTP_PROPERTIES);
	if (!h || !ltp_property(h, IPM_SUBTREE, &id) || !ltp_value(h, id.value, &bytes) ||
	    span_read(bytes, 0, raw, sizeof raw) != sizeof raw)
		return 0;
	return raw[20] | (uint32_t)raw[21] << 8 | (uint32_t)raw[22] << 16 |
	       (uint32_t)raw[23] << 24;
}

/* --- what no table knows of --- */

enum { FOUND_MOST = 4096 };

struct pst_sweep {
	struct pst_listing *l;
	uint32_t after; /* nodes up to this one were looked at */
	uint32_t *found;
	uint32_t count;
};

static bool sweep_node(void *arg, const struct ndb_node *node)
{
	struct pst_sweep *s = arg;
	struct pst_listing *l = s->l;
	uint32_t type = node->nid & NDB_TYPE;
	static const char *const names[] = { "(orphans)" };

	convert_alive(l->c);
	if (type != PST_MESSAGE || node->data == 0 ||
	    !see(l->c->arena, l->messages, node->nid))
		return true;
	if (!l->at_orphans)
		store_folder(l->c, l->store, names, 1, 0);
	l->at_orphans = true;
	l->orphans++;
	list_entry(l, NULL, node->nid, NULL, FORMATS_ORPHAN);
	return true;
}

static bool sweep_folder(void *arg, const struct ndb_node *node)
{
	struct pst_sweep *s = arg;

	if ((node->nid & NDB_TYPE) == PST_FOLDER && node->nid > s->after &&
	    s->count < FOUND_MOST && see(s->l->c->arena, s->l->folders, node->nid))
		s->found[s->count++] = node->nid;
	return true;
}

static void list_orphans(struct pst_listing *l, struct ndb *all)
{
	struct pst_sweep s = { .l = l };

	/* Folders that hang in no other one are folders nonetheless. */
	s.found = arena_array(l->c->arena, FOUND_MOST, sizeof *s.found);
	ndb_each(all, sweep_folder, &s);
	l->names[0] = "(orphans)";
	l->depth = 1;
	for (uint32_t i = 0; i < s.count; i++)
		list_folder(l, s.found[i], true);
	ndb_each(all, sweep_node, &s);
	if (l->orphans > 0)
		notes_add(&l->c->notes, NOTE_KEPT, "store", "orphans",
		    "%llu messages that no folder lists", (unsigned long long)l->orphans);
}

bool pst_each(struct convert *c, const struct store *store)
{
	struct pst_listing l = { .c = c, .store = store };
	struct pst p;

	if (!pst_open(&p, c, store->in))
		return false;
	l.brief = arena_new(LISTING_MEMORY);
	l.folders = arena_alloc(c->arena, sizeof *l.folders);
	l.messages = arena_alloc(c->arena, sizeof *l.messages);
	l.associated = arena_alloc(c->arena, sizeof *l.associated);
	l.top = top_of(&l);
	(void)see(c->arena, l.folders, PST_ROOT);
	list_folder(&l, PST_ROOT, false);
	list_orphans(&l, p.ndb);
	arena_free(l.brief);
	return true;
}

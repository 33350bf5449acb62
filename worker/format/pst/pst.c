/* SPDX-License-Identifier: ISC */
/* Outlook's stores (.pst, .ost) as stores of messages. */
#include "format/pst/pst.h"

#include "base/arena.h"
#include "base/crumb.h"
#include "message/notes.h"

enum { KEPT_MOST = 4 << 20 /* bytes of names that are kept for the next order */ };

static void pst_odd(void *arg, uint64_t offset, const char *what)
{
	struct convert *c = arg;

	if (offset > 0)
		notes_add(&c->notes, NOTE_LOST, "message", "store", "%s (at offset %llu)",
		    what, (unsigned long long)offset);
	else
		notes_add(&c->notes, NOTE_LOST, "message", "store", "%s", what);
}

bool pst_open(struct pst *p, struct convert *c, struct span in)
{
	const char *why = "";

	*p = (struct pst){ .c = c };
	p->ndb = ndb_open(c->arena, in, pst_odd, c, &why);
	return p->ndb || convert_refuse(c, "message", 0, "a store %s", why);
}

/* Read it once more, to where it stays. Only what nothing was to be said of: the next
 * message is told all that the first one was. */
static void pst_keep(struct convert *c, struct span in)
{
	struct pst *p = arena_alloc(c->kept->arena, sizeof *p);
	const char *why;

	*p = (struct pst){ .c = c };
	p->ndb = ndb_open(c->kept->arena, in, NULL, NULL, &why);
	if (!p->ndb)
		return;
	pst_names(p);
	c->kept->state = p;
}

/* A store whose names are known. NULL: refused. */
static struct pst *pst_opened(struct convert *c, struct span in)
{
	struct pst *p = c->kept ? c->kept->state : NULL;

	if (p) {
		p->c = c;
		ndb_go_on(p->ndb, c->arena, in, pst_odd, c);
		return p;
	}
	p = arena_alloc(c->arena, sizeof *p);
	const size_t before = arena_used(c->arena);
	struct note *const *last = c->notes.last;
	if (!pst_open(p, c, in))
		return NULL;
	pst_names(p);
	if (c->kept && c->notes.last == last &&
	    arena_used(c->arena) - before <= KEPT_MOST)
		pst_keep(c, in);
	return p;
}

static bool pst_pick(
    struct convert *c, struct span in, const struct store_place *at, struct picked *out)
{
	struct pst *p = pst_opened(c, in);
	struct ndb_node node;

	if (!p)
		return false;
	if (!ndb_find(p->ndb, (uint32_t)at->at, &node))
		return convert_refuse(c, "message", at->at, "it is no more in the store");
	out->message = pst_message(p, &node);
	return out->message != NULL;
}

const struct format format_pst = {
	.row = &formats_rows[FORMATS_PST],
	.each = pst_each,
	.pick = pst_pick,
};

const struct format format_ost = {
	.row = &formats_rows[FORMATS_OST],
	.each = pst_each,
	.pick = pst_pick,
};

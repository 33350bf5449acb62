/* SPDX-License-Identifier: ISC */
/* Outlook's stores (.pst, .ost) as stores of messages. */
#include "format/pst/pst.h"

#include "base/arena.h"
#include "base/crumb.h"
#include "message/notes.h"

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

static bool pst_pick(
    struct convert *c, struct span in, const struct store_place *at, struct picked *out)
{
	struct ndb_node node;
	struct pst p;

	if (!pst_open(&p, c, in))
		return false;
	if (!ndb_find(p.ndb, (uint32_t)at->at, &node))
		return convert_refuse(c, "message", at->at, "it is no more in the store");
	pst_names(&p);
	out->message = pst_message(&p, &node);
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

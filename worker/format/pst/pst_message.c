/* SPDX-License-Identifier: ISC */
/* A message of a store as a message object ([MS-PST] 2.4.5, 2.4.6). */
#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "format/pst/pst.h"
#include "message/codepage.h"
#include "message/envelope.h"
#include "message/facts.h"
#include "message/notes.h"
#include "message/tags.h"

struct pst_rows {
	struct pst *p;
	struct message *m;
	const struct ltp_table *table;
	const struct ndb_node *of;
};

static struct message *pst_message_read(struct pst *, const struct ndb_node *, bool top);

static bool add_recipient(void *arg, uint32_t row, const uint8_t *cells)
{
	struct pst_rows *all = arg;
	struct message *m = all->m;

	(void)row;
	if (!message_add_recipient(m))
		return false;
	uint32_t number = m->recipient_count;
	struct pst_place at = { .m = m,
		.to = &m->recipients[number - 1].props,
		.part = arena_printf(m->arena, "recipient %u", number),
		.number = number };
	pst_row(all->p, all->table, cells, &at);
	convert_alive(all->p->c);
	return true;
}

static void set_method(struct message *m, struct attachment *a, int64_t method)
{
	struct prop p = { .id = PidTagAttachMethod, .type = PT_LONG, .count = 1 };

	p.values = arena_alloc(m->arena, sizeof *p.values);
	p.values[0].number = method;
	(void)props_put(&a->props, m->arena, &p);
}

/* What the attachment holds is a node: a message, or another program's storage. */
static void take_object(struct pst *p, struct attachment *a, const struct ndb_node *of,
    uint32_t nid, const char *part)
{
	struct convert *parent = p->c;
	struct ndb_node node;

	if (!ndb_find_sub(p->ndb, of->sub, nid, &node)) {
		notes_add(&p->c->notes, NOTE_LOST, part, "PidTagAttachDataObject",
		    "its node is missing");
		return;
	}
	if (props_number(&a->props, PidTagAttachMethod, 0) != ATTACH_EMBEDDED_MESSAGE) {
		a->data = ndb_data_span(ndb_data(p->ndb, node.data));
		return;
	}
	if (p->c->depth + 1 >= LIMIT_DEPTH) {
		notes_add(&p->c->notes, NOTE_LOST, part, "nested message",
		    "nested deeper than %d levels", LIMIT_DEPTH);
		return;
	}
	p->c = convert_nested(parent, span_over(NULL, 0));
	a->embedded = pst_message_read(p, &node, false);
	convert_adopt(parent, p->c, part, a->embedded);
	p->c = parent;
}

static bool add_attachment(void *arg, uint32_t row, const uint8_t *cells)
{
	struct pst_rows *all = arg;
	struct message *m = all->m;
	struct pst *p = all->p;
	struct attachment *a = message_add_attachment(m);
	struct ndb_node node;

	if (!a)
		return false;
	const char *part = arena_printf(m->arena, "attachment %u", a->number);
	struct pst_place at = { .m = m,
		.to = &a->props,
		.attachment = a,
		.part = part,
		.number = a->number };
	struct ltp_heap *h = ndb_find_sub(p->ndb, all->of->sub, row, &node)
				 ? ltp_open(p->ndb, &node, LTP_PROPERTIES)
				 : NULL;
	if (h) {
		pst_props(p, h, &at);
	} else {
		pst_row(p, all->table, cells, &at);
		notes_add(&p->c->notes, NOTE_LOST, part, "attachment",
		    "its node is missing: only what the table says is known");
	}
	if (at.object)
		take_object(p, a, &node, at.object, part);
	else if (props_number(&a->props, PidTagAttachMethod, 0) == 0 && a->data.len > 0)
		set_method(m, a, ATTACH_BY_VALUE);
	convert_alive(p->c);
	return true;
}

static void pst_tell_facts(struct convert *c, struct message *m)
{
	if (!convert_wants_facts(c))
		return;
	struct codepage_early early = { m, codepage_settle(m, 0, false) };
	const struct facts facts =
	    facts_of(m->arena, "pst", codepage_fact, &early, envelope_date(m));
	c->tell_facts(c->arg, &facts);
}

static void add_rows(struct pst_rows *all, uint32_t nid, const char *what,
    bool (*each)(void *, uint32_t, const uint8_t *))
{
	struct pst *p = all->p;
	struct ndb_node node;

	if (!ndb_find_sub(p->ndb, all->of->sub, nid, &node))
		return;
	struct ltp_table *t = ltp_table(p->ndb, &node);
	all->table = t;
	if (t)
		ltp_rows(t, each, all);
	else
		notes_add(
		    &p->c->notes, NOTE_LOST, "message", what, "its table is damaged");
}

static struct message *pst_message_read(
    struct pst *p, const struct ndb_node *node, bool top)
{
	struct message *m = message_new(p->c->arena, &p->c->notes, p->c->depth);
	struct pst_place at = { .m = m, .to = &m->props, .part = "message" };
	struct pst_rows all = { .p = p, .m = m, .of = node };
	struct ltp_heap *h = ltp_open(p->ndb, node, LTP_PROPERTIES);

	if (h)
		pst_props(p, h, &at);
	else if (top)
		return NULL;
	else
		notes_add(&p->c->notes, NOTE_LOST, "message", "properties",
		    "they cannot be read");
	add_rows(&all, PST_RECIPIENTS, "recipients", add_recipient);
	if (top)
		pst_tell_facts(p->c, m);
	add_rows(&all, PST_ATTACHMENTS, "attachments", add_attachment);
	m->codepage = codepage_settle(m, 0, true);
	codepage_decode(m);
	codepage_decode_attachments(m);
	return m;
}

struct message *pst_message(struct pst *p, const struct ndb_node *node)
{
	struct message *m = pst_message_read(p, node, true);

	if (!m)
		(void)convert_refuse(
		    p->c, "message", node->nid, "its properties cannot be read");
	return m;
}

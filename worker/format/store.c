/* SPDX-License-Identifier: ISC */
/* Stores: the list of one, with the stores that lie in it, and one item of one. */
#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"
#include "message/message.h"

void store_folder(struct convert *c, const struct store *s, const char *const *names,
    size_t count, uint64_t expected)
{
	const char *way[LIMIT_FOLDERS];
	size_t n = 0;

	for (size_t i = 0; i < s->name_count && n < LIMIT_FOLDERS; i++)
		way[n++] = s->names[i];
	for (size_t i = 0; i < count && n < LIMIT_FOLDERS; i++)
		way[n++] = names[i];
	if (c->tell_folder)
		c->tell_folder(c->arg, way, n, expected);
}

void store_entry(struct convert *c, const struct store *s, const struct entry *e)
{
	struct entry whole = *e;

	whole.place.format = s->place.format;
	whole.place.unpacked = s->place.unpacked;
	whole.place.store = s->place.store;
	whole.place.store_bytes = s->place.store_bytes;
	if (c->tell_entry)
		c->tell_entry(c->arg, &whole);
}

/* The store that a member is; false: it is a message. */
static bool member_is_store(
    struct convert *c, const struct store *s, struct span in, const struct entry *e)
{
	const struct format *f = format_probe(in);
	const char *names[LIMIT_FOLDERS];
	struct store inner = {
		.in = in, .names = names, .depth = s->depth + 1, .place = e->place
	};

	if (!f || !f->each)
		return false;
	if (inner.depth >= LIMIT_STORES) {
		notes_add(&c->notes, NOTE_LOST, e->name ? e->name : "member", "store",
		    "%s nested deeper than %d stores", f->row->title, LIMIT_STORES);
		return true;
	}
	for (size_t i = 0; i < s->name_count && inner.name_count < LIMIT_FOLDERS; i++)
		names[inner.name_count++] = s->names[i];
	if (e->name && inner.name_count < LIMIT_FOLDERS)
		names[inner.name_count++] = e->name;
	inner.place.format = f->row->name;
	inner.place.at = inner.place.bytes = 0;
	if (!f->each(c, &inner)) {
		notes_add(&c->notes, NOTE_LOST, e->name ? e->name : "member", "store",
		    "%s: %s", f->row->title, c->refused ? c->refused : "not readable");
		c->refused = NULL;
	}
	return true;
}

void store_member(
    struct convert *c, const struct store *s, struct span in, const struct entry *e)
{
	if (member_is_store(c, s, in, e))
		return;
	store_folder(c, s, NULL, 0, 0);
	if (c->tell_entry)
		c->tell_entry(c->arg, e);
}

bool store_list(struct convert *c, const struct format *f)
{
	struct store s = { .in = c->in,
		.place = { .format = f->row->name, .store_bytes = c->in.len } };

	CRUMB(f->row->name, c->depth, 0, 0, 0);
	c->listed = true;
	sink_bound(c->out, 0); /* it names what there is, and is not the result */
	return f->each(c, &s);
}

static uint64_t bytes_of_props(const struct props *p)
{
	enum { ROW = 8 };
	uint64_t sum = 0;

	for (uint32_t i = 0; i < p->count; i++)
		for (uint32_t k = 0; k < p->list[i].count; k++) {
			const struct prop_value *v = &p->list[i].values[k];
			sum += ROW + (v->text.s ? v->text.len : v->bytes.len);
		}
	return sum;
}

/* About what a message takes in its store, which does not say so.
 * NOLINTNEXTLINE(misc-no-recursion): as deep as the reader let messages nest */
static uint64_t bytes_of_message(const struct message *m)
{
	uint64_t sum = bytes_of_props(&m->props);

	for (uint32_t i = 0; i < m->recipient_count; i++)
		sum += bytes_of_props(&m->recipients[i].props);
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *a = &m->attachments[i];
		sum += bytes_of_props(&a->props) + a->data.len;
		if (a->embedded)
			sum += bytes_of_message(a->embedded);
	}
	return sum;
}

/* A mail that begins oddly is a mail where nothing else can be. */
static bool store_convert_bytes(
    struct convert *c, const struct format *target, bool surely_mail)
{
	const struct format *source = format_probe(c->in);

	if (!source && surely_mail)
		source = format_by_name(formats_rows[FORMATS_MIME].name);
	if (source && source->each && surely_mail)
		source = format_by_name(formats_rows[FORMATS_MIME].name);
	if (!source)
		return convert_refuse(c, "message", 0, "of no known format");
	if (!(source->row->can & (FORMATS_READ | FORMATS_REWRITE)))
		return convert_refuse(
		    c, "message", 0, "%s: not readable yet", source->row->title);
	return format_convert_as(c, source, target);
}

/* Its bytes; where it has none of its own, what was asked for. */
static bool store_salvage(struct convert *c, struct span bytes, const struct message *m,
    const struct format *target)
{
	if (m && target->write)
		return target->write(c, m);
	if (m)
		return convert_refuse(
		    c, "message", 0, "%s cannot be written", target->row->title);
	sink_span(c->out, bytes, convert_alive, c);
	return true;
}

bool store_convert_item(struct convert *c, const struct format *target)
{
	const struct store_place *at = c->item;
	struct picked picked = { 0 };
	struct span in = span_sub(c->in, at->store, at->store_bytes);
	const struct format *f = *at->format ? format_by_name(at->format) : NULL;

	if (in.len != at->store_bytes)
		return convert_refuse(
		    c, "message", at->store, "its store has become shorter");
	c->item = NULL;
	c->stores = false;
	if (!f || !f->pick) {
		c->in = in;
		return c->salvage ? store_salvage(c, in, NULL, target)
				  : store_convert_bytes(c, target, false);
	}
	CRUMB(f->row->name, c->depth, 0, 0, at->at);
	if (!f->pick(c, in, at, &picked))
		return c->refused ? false
				  : convert_refuse(c, "message", at->at, "not readable");
	if (c->salvage)
		return store_salvage(c, picked.bytes, picked.message, target);
	if (!picked.message) {
		c->in = picked.bytes;
		return store_convert_bytes(c, target, true);
	}
	c->picked = at;
	if (!target->write)
		return convert_refuse(
		    c, "message", 0, "%s cannot be written", target->row->title);
	growth_narrow(c, bytes_of_message(picked.message));
	CRUMB(target->row->name, c->depth, 0, 0, 0);
	return target->write(c, picked.message);
}

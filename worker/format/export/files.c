/* SPDX-License-Identifier: ISC */
#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "format/export/export.h"
#include "format/growth.h"
#include "message/attached.h"
#include "message/body.h"
#include "message/body_item.h"
#include "message/message.h"

/*
 * A message in this one, as a mail of its own: its attachments are in it. One that was a
 * mail keeps its bytes, but for a winmail.dat in it.
 */
static bool files_write_embedded(struct convert *c, const struct attachment *at)
{
	const struct format *mail = format_by_name("mime");
	const struct span whole = c->in;

	if (!mail || !mail->write || !mail->rewrite)
		return false;
	bool is_mail = format_probe(at->data) == mail;
	/* Else it has no bytes of its own that could be kept. */
	c->in = is_mail ? at->data : span_over("", 0);
	c->depth++;
	bool ok = is_mail ? mail->rewrite(c) : mail->write(c, at->embedded);
	c->depth--;
	c->in = whole;
	c->unchanged = false;
	return ok;
}

static void write_one(struct convert *c, const struct attachment *at)
{
	const char *name = attached_name(c->arena, at).s;
	uint64_t from = sink_length(c->out);

	CRUMB("files", c->depth, at->number, 0, 0);
	if (at->embedded && files_write_embedded(c, at)) {
		export_item(c, "message", name, from);
		return;
	}
	struct text path = attached_reference(c->arena, at);
	if (path.len > 0) {
		notes_add(&c->notes, NOTE_LOST,
		    export_part(c->arena, "message", at->number), name,
		    "only a reference: %s", path.s);
		return;
	}
	if (!growth_fits(
		c, at->data.len, export_part(c->arena, "message", at->number), name))
		return;
	sink_span(c->out, at->data, convert_alive, c);
	export_item(c, "attachment", name, from);
}

/* Pictures and objects that the RTF holds; of the body itself nothing is said here. */
static void files_write_items(struct convert *c, const struct message *m)
{
	struct body_want w = convert_body_want(c, "message", "");
	struct notes unheard;

	notes_init(&unheard, c->arena);
	w.notes = &unheard;
	struct body b = body_of(&w, m);
	if (b.rtf_cut)
		notes_add(&c->notes, NOTE_LOST, "message", "PidTagRtfCompressed",
		    "pictures and objects behind where its rendering ends, for its size "
		    "(limits.growth)");
	for (unsigned i = 0; i < b.item_count; i++) {
		struct body_item item = body_item_open(&w, &b, i);
		uint64_t from = sink_length(c->out);
		if (growth_fits(c, item.data.len, "message", item.name)) {
			sink_span(c->out, item.data, convert_alive, c);
			export_item(c, "attachment", item.name, from);
		}
		body_item_close(&w, &item);
	}
}

static bool write_files(struct convert *c, const struct message *m)
{
	for (uint32_t i = 0; i < m->attachment_count; i++)
		write_one(c, &m->attachments[i]);
	files_write_items(c, m);
	return true;
}

const struct format format_attachments = {
	.row = &formats_rows[FORMATS_ATTACHMENTS],
	.write = write_files,
};

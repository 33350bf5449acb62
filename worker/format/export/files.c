/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "format/export/export.h"
#include "message/message.h"
#include "message/tags.h"

static void files_alive(void *arg)
{
	struct convert *c = arg;

	if (c->tell_progress)
		c->tell_progress(c->arg, 0);
}

static const char *mail_name(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	if (n > 4 && strcasecmp(name + n - 4, ".eml") == 0)
		return name;
	return arena_printf(a, "%s.eml", name);
}

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
	const char *name = export_name(c->arena, at);
	uint64_t from = sink_length(c->out);

	CRUMB("files", c->depth, at->number, 0, 0);
	if (at->embedded && files_write_embedded(c, at)) {
		export_item(c, "message", mail_name(c->arena, name), from);
		return;
	}
	struct text path = props_text(&at->props, PidTagAttachLongPathname);
	if (!path.s)
		path = props_text(&at->props, PidTagAttachPathname);
	if (at->data.len == 0 && path.s) {
		notes_add(&c->notes, NOTE_LOST,
		    arena_printf(c->arena, "attachment %u", at->number), name,
		    "only a reference: %s", path.s);
		return;
	}
	sink_span(c->out, at->data, files_alive, c);
	export_item(c, "attachment", name, from);
}

static bool write_files(struct convert *c, const struct message *m)
{
	for (uint32_t i = 0; i < m->attachment_count; i++)
		write_one(c, &m->attachments[i]);
	return true;
}

const struct format format_attachments = {
	.name = "attachments",
	.title = "attachments",
	.write = write_files,
};

/* SPDX-License-Identifier: ISC */
/*
 * What decoders ask of all formats. It is told which there are (registry.c): it names
 * none itself, for each of them uses this file.
 */
#include <assert.h>
#include <string.h>

#include "base/crumb.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/wipe.h"
#include "format/format.h"
#include "message/message.h"

static const struct format *const *formats; /* FORMATS_COUNT of them */

void format_know(const struct format *const *all)
{
	formats = all;
}

const struct format *format_by_name(const char *name)
{
	const struct formats_row *row = formats_by_name(name);

	assert(formats); /* format_init was called */
	return row ? formats[row - formats_rows] : NULL;
}

static enum probe lookup_ask(const struct format *f, struct span head)
{
	if (f->probe)
		return f->probe(head);
	return formats_begins(f->row, head.mem, (size_t)head.len) ? PROBE_YES : PROBE_NO;
}

const struct format *format_probe(struct span in)
{
	static uint8_t buffer[LIMIT_PROBE];
	const struct format *best = NULL;
	enum probe surest = PROBE_NO;

	assert(formats);
	wipe_later(buffer, sizeof buffer);
	struct span head = span_sub(in, 0, LIMIT_PROBE);
	if (!head.mem)
		head = span_over(buffer, span_read(head, 0, buffer, sizeof buffer));
	for (size_t i = 0; i < FORMATS_COUNT; i++) {
		enum probe sure = lookup_ask(formats[i], head);
		if (sure > surest && (!formats[i]->confirm || formats[i]->confirm(in))) {
			surest = sure;
			best = formats[i];
		}
	}
	return best;
}

bool format_of_item(struct arena *a, const struct message *m, struct format_item *item)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++) {
		*item = (struct format_item){ .format = formats[i] };
		if (formats[i]->item && formats[i]->item(a, m, item))
			return true;
	}
	return false;
}

bool format_holds_message(enum formats_id id, struct arena *a, struct span in)
{
	return format_begins(id, in) &&
	       (!formats[id]->holds_message || formats[id]->holds_message(a, in));
}

static bool copy_unchanged(struct convert *c)
{
	sink_span(c->out, c->in, NULL, NULL);
	c->unchanged = true;
	return true;
}

bool format_convert_as(
    struct convert *c, const struct format *source, const struct format *target)
{
	CRUMB(source->row->name, c->depth, 0, 0, 0);
	if (source == target)
		return source->rewrite ? source->rewrite(c) : copy_unchanged(c);
	if (!target->write)
		return convert_refuse(
		    c, "message", 0, "%s cannot be written", target->row->title);
	if (!source->read)
		return convert_refuse(c, "message", 0, "%s cannot be written as %s",
		    source->row->title, target->row->title);
	const struct message *m = source->read(c);
	if (!m)
		return c->refused ? false
				  : convert_refuse(c, "message", 0, "not readable as %s",
					source->row->title);
	CRUMB(target->row->name, c->depth, 0, 0, 0);
	return target->write(c, m);
}

struct message *format_read_nested(
    struct convert *parent, struct span in, const char *part)
{
	const struct format *source;

	if (parent->depth + 1 >= LIMIT_DEPTH) {
		notes_add(&parent->notes, NOTE_KEPT, part, "nested message",
		    "nested deeper than %d levels, left as it is", LIMIT_DEPTH);
		return NULL;
	}
	CRUMB("probe", parent->depth + 1, 0, 0, 0);
	source = format_probe(in);
	if (!source || !source->read) {
		notes_add(&parent->notes, NOTE_KEPT, part, "nested message",
		    "%s, left as it is",
		    source ? source->row->title : "of no known format");
		return NULL;
	}
	struct convert *c = convert_nested(parent, in);
	CRUMB(source->row->name, c->depth, 0, 0, 0);
	struct message *m = source->read(c);
	convert_adopt(parent, c, part, m);
	if (m)
		return m;
	notes_add(&parent->notes, NOTE_KEPT, part, "nested message",
	    "%s, left as it is: %s (byte %llu of it)", source->row->title,
	    c->refused ? c->refused : "not readable",
	    (unsigned long long)c->refused_offset);
	return NULL;
}

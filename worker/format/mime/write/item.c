/* SPDX-License-Identifier: ISC */
#include "format/mime/write/item.h"

#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/growth.h"
#include "format/mime/write/text_body.h"
#include "message/message.h"

struct item item_of(struct out *o, const struct message *m, const char *part)
{
	struct item item = { .data = span_over(NULL, 0) };

	if (!format_of_item(o->c->arena, m, &item.made)) {
		item.made.format = NULL;
		return item;
	}
	struct convert *c = convert_nested(o->c, o->c->in);
	c->out = convert_scratch(c);
	if (item.made.format->write(c, m))
		item.data = sink_bytes(c->out);
	convert_adopt(o->c, c, part, NULL);
	if (!growth_take(o->c, growth_encoded(item.data.len), part, item.made.file)) {
		item.made.format = NULL;
		return item;
	}
	item.held = arena_alloc(o->c->arena, m->attachment_count + 1U);
	if (item.made.holds && item.data.len > 0)
		item.made.holds(o->c->arena, m, item.held);
	return item;
}

bool item_is_calendar(const struct item *item)
{
	return strncmp(item->made.type, "text/calendar", 13) == 0;
}

void item_write_alternative(struct out *o, const struct item *item)
{
	text_body_write(o, item->made.type, NULL, item->data);
}

/* A text, and so in base64: no line of it may change. */
void item_write_file(struct out *o, const struct item *item)
{
	const char *name = item->made.file;

	out_printf(o, "Content-Type: %s; charset=utf-8", item->made.type);
	out_param(o, "name", (struct text){ name, strlen(name), 0 });
	out_printf(o, "%sContent-Transfer-Encoding: base64%s", o->eol, o->eol);
	out_printf(o, "Content-Disposition: attachment");
	out_param(o, "filename", (struct text){ name, strlen(name), 0 });
	out_printf(o, "%s%s", o->eol, o->eol);
	out_base64(o, item->data);
}

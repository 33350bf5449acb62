/* SPDX-License-Identifier: ISC */
/* The formats that there are, and a conversion of whatever comes to one of them. */
#include <stdio.h>

#include "base/crumb.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/growth.h"
#include "message/message.h"

static bool registry_fits(
    void *convert, uint64_t bytes, const char *part, const char *what)
{
	return growth_fits(convert, bytes, part, what);
}

static bool dump_write(struct convert *c, const struct message *m)
{
	const struct body_want bodies = convert_body_want(c, "message", "");

	message_dump_within(m, c->out, &bodies, registry_fits, c);
	return true;
}

/* The message object itself, for people and for the tests' golden files. */
static const struct format format_dump = {
	.row = &formats_rows[FORMATS_DUMP],
	.write = dump_write,
};

/* To add a format: its folder, its declaration, its row here and in proto/formats.inc. */
extern const struct format format_tnef, format_msg, format_mime, format_ical,
    format_vcard, format_vcard3, format_text, format_json, format_json_files,
    format_attachments, format_mbox, format_emlx, format_pst, format_ost, format_zip,
    format_gzip, format_tar;

/* Known by its row alone: recognised, to be refused by name. */
#define UNREAD(id) \
	[FORMATS_##id] = &(const struct format) \
	{ \
		.row = &formats_rows[FORMATS_##id] \
	}
static const struct format *const formats_all[FORMATS_COUNT] = {
	[FORMATS_MIME] = &format_mime,
	[FORMATS_ICAL] = &format_ical,
	[FORMATS_VCARD] = &format_vcard,
	[FORMATS_VCARD3] = &format_vcard3,
	[FORMATS_TEXT] = &format_text,
	[FORMATS_JSON] = &format_json,
	[FORMATS_DUMP] = &format_dump,
	[FORMATS_ATTACHMENTS] = &format_attachments,
	[FORMATS_JSON_FILES] = &format_json_files,
	[FORMATS_TNEF] = &format_tnef,
	[FORMATS_MSG] = &format_msg,
	[FORMATS_MBOX] = &format_mbox,
	[FORMATS_EMLX] = &format_emlx,
	[FORMATS_PST] = &format_pst,
	[FORMATS_OST] = &format_ost,
	[FORMATS_ZIP] = &format_zip,
	[FORMATS_GZIP] = &format_gzip,
	[FORMATS_TAR] = &format_tar,
	UNREAD(PAB),
	UNREAD(DBX),
	UNREAD(BZIP2),
	UNREAD(XZ),
	UNREAD(SEVEN_ZIP),
	UNREAD(RAR),
};

void format_init(void)
{
	format_know(formats_all);
}

/* What nobody claims is named by how it begins. */
static bool refuse_unknown(struct convert *c)
{
	enum { SEEN = 16 };
	uint8_t head[SEEN];
	char hex[SEEN * 3 + 1] = "", text[SEEN + 1] = "";
	size_t n = span_read(c->in, 0, head, sizeof head);

	if (n == 0)
		return convert_refuse(c, "message", 0, "the file is empty");
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(hex + 3 * i, 4, " %02x", head[i]);
		text[i] = (char)(head[i] >= ' ' && head[i] < 0x7f ? head[i] : '.');
	}
	return convert_refuse(c, "message", 0,
	    "of no known format; its first bytes are%s \"%.*s\"", hex, (int)n, text);
}

static bool report_undelivered(
    struct convert *c, const struct format *source, const struct format *target)
{
	return target->report
		   ? target->report(c, source)
		   : convert_refuse(c, "message", 0, "a report cannot be written as %s",
			 target->row->title);
}

static bool convert_to(struct convert *c, const char *to)
{
	const struct format *target = format_by_name(to);

	CRUMB("probe", c->depth, 0, 0, 0);
	if (!target)
		return convert_refuse(c, "message", 0, "no such target format: %s", to);
	if (c->item)
		return store_convert_item(c, target);
	const struct format *source = format_probe(c->in);
	if (c->notice)
		return report_undelivered(c, source, target);
	if (!source)
		return refuse_unknown(c);
	if (source->each && c->stores)
		return store_list(c, source);
	if (source->each)
		return convert_refuse(c, "message", 0,
		    "%s: bulkhead convert takes its items one by one",
		    source->row->title);
	if (source->pick && !source->read) { /* a mail in a shell of its own */
		const struct store_place all = { .format = source->row->name,
			.store_bytes = c->in.len };
		c->item = &all;
		bool ok = store_convert_item(c, target);
		c->unchanged = false; /* the shell is gone */
		return ok;
	}
	if (!(source->row->can & (FORMATS_READ | FORMATS_REWRITE)))
		return convert_refuse(
		    c, "message", 0, "%s: not readable yet", source->row->title);
	return format_convert_as(c, source, target);
}

/* Writers leave out what would be too much. Should one not, the message is refused: no
 * result is longer than is said. */
bool format_convert(struct convert *c, const char *to)
{
	if (c->growth)
		sink_bound(c->out, c->growth->whole);
	bool ok = convert_to(c, to);
	if (!ok || !sink_is_over(c->out))
		return ok;
	return convert_refuse(c, "message", sink_length(c->out),
	    "more would come of it than its size allows (limits.growth)");
}

/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_attach.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/transfer.h"
#include "format/mime/syntax/words.h"
#include "message/media.h"
#include "message/tags.h"

static struct text read_attach_text_of(const char *s)
{
	return (struct text){ .s = s, .len = s ? strlen(s) : 0 };
}

/* A text without the angle brackets around it. */
static struct text read_attach_bare(struct arena *a, struct text t)
{
	if (t.len > 1 && t.s[0] == '<' && t.s[t.len - 1] == '>')
		return (
		    struct text){ arena_copy(a, t.s + 1, t.len - 2), t.len - 2, t.lossy };
	return t;
}

void read_attach_common(
    struct reading *r, struct attachment *at, struct text name, struct span data)
{
	struct props *to = &at->props;
	const char *dot = name.len ? memrchr(name.s, '.', name.len) : NULL;

	at->data = data;
	reading_number(r, to, PidTagAttachMethod, PT_LONG, ATTACH_BY_VALUE);
	reading_number(r, to, PidTagAttachSize, PT_LONG,
	    data.len < INT32_MAX ? (int64_t)data.len : INT32_MAX);
	reading_number(r, to, PidTagRenderingPosition, PT_LONG, -1);
	reading_text(r, to, PidTagAttachLongFilename, name);
	reading_text(r, to, PidTagDisplayName, name);
	if (dot && dot > name.s && dot[1])
		reading_text(r, to, PidTagAttachExtension, read_attach_text_of(dot));
}

void read_attach_file(
    struct reading *r, const char *part, struct text name, struct span data)
{
	struct attachment *at = message_add_attachment(r->m);

	(void)part;
	if (at)
		read_attach_common(r, at, name, data);
}

/* MS-OXCMAIL 2.2.3.4.1.4: what the HTML beside it shows. */
static bool read_attach_is_inline(
    const struct entity *e, struct text id, struct text place)
{
	return e->parent && e->parent->type &&
	       strcmp(e->parent->type, "multipart/related") == 0 &&
	       (id.len > 0 || place.len > 0) && e->type &&
	       strncmp(e->type, "image/", 6) == 0;
}

/* Where an attachment of message/external-body lies (MS-OXCMAIL 2.2.3.5). */
static void read_attach_put_reference(struct reading *r, struct attachment *at,
    const struct entity *e, const struct read_header *h)
{
	struct arena *a = r->c->arena;
	const char *access = read_type_param(a, h, "access-type");
	bool web = access && strcasecmp(access, "URL") == 0;
	bool file = access && strcasecmp(access, "local-file") == 0;
	const char *place = web ? read_type_param(a, h, "URL") : file ? e->name : NULL;

	if (!place)
		return;
	reading_number(r, &at->props, PidTagAttachMethod, PT_LONG,
	    web ? ATTACH_BY_WEB_REFERENCE : ATTACH_BY_REFERENCE_ONLY);
	reading_text(r, &at->props, PidTagAttachLongPathname, read_attach_text_of(place));
	/* What lies in the part is the header that the file would have. */
	struct read_header header =
	    read_group(a, span_load(a, span_sub(at->data, 0, LIMIT_HEADER)));
	const char *type = read_raw_of(a, &header, "Content-Type");
	if (type)
		reading_text(r, &at->props, PidTagAttachMimeTag,
		    (struct text){ .s = type, .len = strcspn(type, "; ") });
	reading_number(r, &at->props, PidTagAttachSize, PT_LONG, 0);
	at->data = span_over(NULL, 0);
}

static void read_attach_put_header(
    struct reading *r, struct attachment *at, const struct entity *e)
{
	static const struct {
		const char *name;
		uint16_t id;
	} dates[] = { { "creation-date", PidTagCreationTime },
		{ "modification-date", PidTagLastModificationTime } };
	struct arena *a = r->c->arena;
	struct read_header h = read_header(r->c, e);
	struct props *to = &at->props;
	const char *type = !e->type && e->mail ? "message/rfc822" : e->type;
	struct text id = read_attach_bare(a, read_text_of(a, &h, "Content-ID"));
	struct text place = read_text_of(a, &h, "Content-Location");

	reading_text(r, to, PidTagAttachMimeTag, read_attach_text_of(type));
	reading_text(r, to, PidTagAttachContentId, id);
	reading_text(r, to, PidTagAttachContentLocation, place);
	reading_text(r, to, PidTagAttachContentBase, read_text_of(a, &h, "Content-Base"));
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		const char *date = read_disposition_param(a, &h, dates[i].name);
		if (date)
			(void)reading_date(r, to, dates[i].id, date);
	}
	if (!props_get(to, PidTagAttachExtension))
		reading_text(r, to, PidTagAttachExtension,
		    read_attach_text_of(media_extension(a, type)));
	if (e->type && strncmp(e->type, "text/", 5) == 0)
		reading_text(r, to, PidTagTextAttachmentCharset,
		    read_attach_text_of(read_type_param(a, &h, "charset")));
	if (read_attach_is_inline(e, id, place)) {
		reading_number(
		    r, to, PidTagAttachFlags, PT_LONG, ATTACH_RENDERED_IN_BODY);
		reading_number(r, to, PidTagAttachmentHidden, PT_BOOLEAN, 1);
	}
	if (e->type && strcmp(e->type, "message/external-body") == 0)
		read_attach_put_reference(r, at, e, &h);
}

/* By its type, or a file that is named so and begins so. */
static bool holds_mail(struct arena *a, const struct entity *e, struct span data)
{
	const struct format *is;

	if (e->mail || (e->type && (strcmp(e->type, "message/rfc822") == 0 ||
				       strcmp(e->type, "message/global") == 0)))
		return true;
	if (format_holds_message(FORMATS_MSG, a, data))
		return true;
	if (!e->name || !formats_is_named(&formats_rows[FORMATS_MIME], e->name))
		return false;
	is = format_probe(data);
	return is && is == format_by_name("mime");
}

/* MS-OXCMAIL 2.2.3.4.3 */
static void open_message(struct reading *r, struct attachment *at, const struct entity *e)
{
	if (arena_used(r->c->arena) > LIMIT_OPEN) {
		notes_add(&r->c->notes, NOTE_KEPT, e->path, "nested message",
		    "too many in one mail: left as it is");
		return;
	}
	at->embedded = format_read_nested(r->c, at->data, e->path);
	if (!at->embedded)
		return;
	reading_number(
	    r, &at->props, PidTagAttachMethod, PT_LONG, ATTACH_EMBEDDED_MESSAGE);
	if (!props_get(&at->props, PidTagDisplayName))
		reading_text(r, &at->props, PidTagDisplayName,
		    props_text(&at->embedded->props, PidTagSubject));
}

void read_attach_bytes(
    struct reading *r, const struct entity *e, struct span data, bool opened)
{
	struct attachment *at = message_add_attachment(r->m);
	struct text name = { 0 };

	if (!at)
		return;
	if (e->name)
		name = read_attach_text_of(e->name);
	read_attach_common(r, at, name, data);
	read_attach_put_header(r, at, e);
	if (opened && holds_mail(r->c->arena, e, data))
		open_message(r, at, e);
}

void read_attach(struct reading *r, const struct entity *e)
{
	bool odd;
	struct span data = transfer_decode(
	    r->c, span_sub(r->c->in, e->body, e->end - e->body), e->encoding, &odd);

	if (odd)
		notes_add(&r->c->notes, NOTE_CHANGED, e->path,
		    e->type ? e->type : "text/plain",
		    "is not all base64: decoded as far as it is");
	read_attach_bytes(r, e, data, true);
}

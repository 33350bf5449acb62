/* SPDX-License-Identifier: ISC */
#include "format/mime/write/attach.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "format/mime/write/macbinary.h"
#include "message/attached.h"
#include "message/message.h"
#include "message/tags.h"

static void date_param(
    struct out *o, const struct attachment *at, uint16_t id, const char *name)
{
	struct when when = props_when(&at->props, id);
	char text[64];

	if (!when.valid)
		return;
	when_rfc5322(when, text, sizeof text);
	out_param(o, name, (struct text){ text, strlen(text), 0 });
}

void attach_bytes(struct out *o, struct span data, const char *type, const char *name)
{
	out_printf(o, "Content-Type: %s", type);
	out_param(o, "name", (struct text){ name, strlen(name), 0 });
	out_printf(o, "%sContent-Transfer-Encoding: base64%s", o->eol, o->eol);
	out_printf(o, "Content-Disposition: attachment");
	out_param(o, "filename", (struct text){ name, strlen(name), 0 });
	out_printf(o, "%s%s", o->eol, o->eol);
	out_base64(o, data);
}

void attach_picture(
    struct out *o, struct span data, const char *type, const char *name, const char *id)
{
	struct text text = { name, strlen(name), 0 };

	out_printf(o, "Content-Type: %s", type);
	out_param(o, "name", text);
	out_printf(o, "%sContent-Transfer-Encoding: base64%sContent-Disposition: inline",
	    o->eol, o->eol);
	out_param(o, "filename", text);
	out_printf(o, "%sContent-ID: <%s>%s%s", o->eol, id, o->eol, o->eol);
	out_base64(o, data);
}

/* The fields that tell what becomes of it, behind its type and encoding. */
static void attach_disposition(struct out *o, const struct attachment *at,
    struct text name, const struct text *shown)
{
	/* MS-OXCMAIL 2.1.3.2.18, 2.1.3.4.2.3 */
	static const struct {
		uint16_t id;
		const char *name;
	} texts[] = {
		{ PidTagAttachContentLocation, "Content-Location" },
		{ PidTagAttachContentBase, "Content-Base" },
		{ PidTagAttachPayloadClass, "X-Payload-Class" },
		{ PidTagAttachPayloadProviderGuidString, "X-Payload-Provider-Guid" },
	};
	struct text id =
	    shown ? *shown
		  : attached_content_id(o->c->arena, &at->props, PidTagAttachContentId);

	out_printf(o, "Content-Disposition: %s", shown ? "inline" : "attachment");
	out_param(o, "filename", name);
	date_param(o, at, PidTagCreationTime, "creation-date");
	date_param(o, at, PidTagLastModificationTime, "modification-date");
	out_printf(o, "%s", o->eol);
	if (id.len > 0)
		out_printf(o, "Content-ID: <%s>%s", id.s, o->eol);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct text t =
		    text_clean(o->c->arena, props_text(&at->props, texts[i].id));
		if (t.len > 0)
			out_text_field(o, texts[i].name, t);
	}
	out_printf(o, "%s", o->eol);
}

/* MS-OXCMAIL 2.1.3.4.2: the header file, then the file itself. */
static void write_macbinary(struct out *o, const struct attachment *at,
    const struct macbinary *mac, struct text name, const struct text *shown)
{
	char boundary[OUT_BOUNDARY];

	out_boundary(o, boundary);
	out_printf(o, "Content-Type: multipart/appledouble;%s\tboundary=\"%s\"%s", o->eol,
	    boundary, o->eol);
	attach_disposition(o, at, name, shown);
	out_delimiter(o, boundary, false);
	attach_bytes(o, mac->header, "application/applefile", name.s);
	out_delimiter(o, boundary, false);
	attach_bytes(o, mac->data, attached_type(o->c->arena, at), name.s);
	out_delimiter(o, boundary, true);
	out_line(o, "");
}

/* RFC 2046 5.2.3, and RFC 2017 for addresses on the web. */
static void write_reference(
    struct out *o, const struct attachment *at, struct text path, struct text name)
{
	bool web = strncasecmp(path.s, "http://", 7) == 0 ||
		   strncasecmp(path.s, "https://", 8) == 0;

	out_printf(o, "Content-Type: message/external-body; access-type=%s",
	    web ? "URL" : "local-file");
	out_param(o, web ? "URL" : "name", path);
	out_printf(o, "%sContent-Disposition: attachment", o->eol);
	out_param(o, "filename", name);
	out_printf(o, "%s%sContent-Type: %s%s", o->eol, o->eol,
	    attached_type(o->c->arena, at), o->eol);
	out_printf(o, "Content-ID: <%016llx.%u@unknown.invalid>%s%s",
	    (unsigned long long)o->seed, at->number, o->eol, o->eol);
}

void attach_write(struct out *o, const struct attachment *at, const char *part,
    const struct text *shown)
{
	struct text name = attached_name(o->c->arena, at);
	struct text path = attached_reference(o->c->arena, at);
	struct macbinary mac;

	if (path.len > 0) {
		write_reference(o, at, path, name);
		return;
	}
	if (macbinary_claimed(at)) {
		if (macbinary_read(o->c->arena, at->data, &mac)) {
			write_macbinary(o, at, &mac, name, shown);
			return;
		}
		notes_add(&o->c->notes, NOTE_KEPT, part, "PidTagAttachEncoding",
		    "says MacBinary, which it is not: passed on as its bytes");
	}
	out_printf(o, "Content-Type: %s", attached_type(o->c->arena, at));
	out_param(o, "name", name);
	out_printf(o, "%sContent-Transfer-Encoding: base64%s", o->eol, o->eol);
	attach_disposition(o, at, name, shown);
	out_base64(o, at->data);
}

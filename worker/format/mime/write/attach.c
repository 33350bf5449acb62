/* SPDX-License-Identifier: ISC */
#include "format/mime/write/attach.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "format/mime/write/macbinary.h"
#include "message/media.h"
#include "message/message.h"
#include "message/tags.h"

enum { NAME_MAX_BYTES = 240, TYPE_MAX = 100 };

/* type "/" subtype of token characters (RFC 2045 5.1), and one that may be in base64. */
static bool is_type(struct text t)
{
	const char *slash = t.s && t.len ? memchr(t.s, '/', t.len) : NULL;

	if (!slash || slash == t.s || slash == t.s + t.len - 1 || t.len > TYPE_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.s + i != slash && !isalnum((unsigned char)t.s[i]) &&
		    !strchr("!#$&-^_.+", t.s[i]))
			return false;
	return strncasecmp(t.s, "multipart/", 10) != 0 &&
	       strncasecmp(t.s, "message/", 8) != 0;
}

static const char *attach_type_of(
    struct out *o, const struct attachment *at, struct text name)
{
	struct text tag =
	    text_clean(o->c->arena, props_text(&at->props, PidTagAttachMimeTag));

	return is_type(tag) ? tag.s : media_type(name.s, name.len);
}

struct text attach_base_name(struct arena *a, struct text t)
{
	struct text c = text_clean(a, t);
	const char *start = c.s;

	for (size_t i = 0; i < c.len; i++)
		if (c.s[i] == '/' || c.s[i] == '\\')
			start = c.s + i + 1;
	size_t n = c.len - (size_t)(start - c.s);
	if (n > NAME_MAX_BYTES) {
		/* The end holds the extension, by which people and programs go. */
		start += n - NAME_MAX_BYTES;
		n = NAME_MAX_BYTES;
		while (n > 0 && ((unsigned char)*start & 0xc0) == 0x80) {
			start++;
			n--;
		}
	}
	bool dots = strspn(start, ". ") >= n; /* "", ".", "..": no names */
	return (struct text){ .s = start, .len = dots ? 0 : n };
}

static struct text with_extension(
    struct arena *a, struct text name, const char *extension)
{
	char *whole = arena_printf(a, "%s.%s", name.s, extension);

	return (struct text){ .s = whole, .len = strlen(whole) };
}

struct text attach_name(struct out *o, const struct attachment *at)
{
	static const uint16_t ids[] = { PidTagAttachLongFilename, PidTagAttachFilename,
		PidTagAttachTransportName, PidTagDisplayName };
	struct arena *a = o->c->arena;
	const char *extension = at->embedded ? "eml" : "bin";

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct text t = attach_base_name(a, props_text(&at->props, ids[i]));
		bool bare = at->embedded &&
			    (t.len < 4 || strcasecmp(t.s + t.len - 4, ".eml") != 0);
		if (t.len > 0 && bare)
			t = with_extension(a, t, extension);
		if (t.len > 0)
			return t;
	}
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));
	struct text own =
	    attach_base_name(a, props_text(&at->props, PidTagAttachExtension));
	const char *known = at->embedded ? NULL : media_extension(a, tag.s);
	if (known)
		extension = known + 1;
	if (own.len > 1 && *own.s == '.')
		extension = own.s + 1;
	char *name = arena_printf(a, "attachment-%u", at->number);
	return with_extension(
	    a, (struct text){ .s = name, .len = strlen(name) }, extension);
}

struct text attach_content_id(struct out *o, const struct props *props, uint16_t id)
{
	struct text t = text_clean(o->c->arena, props_text(props, id));

	if (t.len > 2 && *t.s == '<' && t.s[t.len - 1] == '>')
		t = (struct text){ arena_copy(o->c->arena, t.s + 1, t.len - 2), t.len - 2,
			0 };
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] <= ' ' || t.s[i] >= 0x7f || strchr("<>", t.s[i]))
			return (struct text){ 0 };
	return t.len < NAME_MAX_BYTES ? t : (struct text){ 0 };
}

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

/* Is it said to lie elsewhere (MS-OXCMSG 2.2.2.9), and is not here? */
static bool is_elsewhere(const struct attachment *at)
{
	int64_t method = props_number(&at->props, PidTagAttachMethod, 1);

	return !at->embedded && at->data.len == 0 &&
	       (method == ATTACH_BY_REFERENCE || method == ATTACH_BY_REFERENCE_RESOLVE ||
		   method == ATTACH_BY_REFERENCE_ONLY ||
		   method == ATTACH_BY_WEB_REFERENCE);
}

/* Where it lies; .len 0: here, or nobody knows. */
static struct text attach_reference(struct out *o, const struct attachment *at)
{
	struct text path = props_text(&at->props, PidTagAttachLongPathname);

	if (!is_elsewhere(at))
		return (struct text){ 0 };
	if (!path.s)
		path = props_text(&at->props, PidTagAttachPathname);
	return text_clean(o->c->arena, path);
}

void attach_note(struct out *o, const struct attachment *at, const char *part)
{
	int64_t method = props_number(&at->props, PidTagAttachMethod, 1);

	if (at->embedded)
		return;
	if (method == ATTACH_STORAGE)
		notes_add(&o->c->notes, NOTE_KEPT, part, "PidTagAttachDataObject",
		    "an OLE object, passed on as its bytes");
	struct text path = attach_reference(o, at);
	if (path.len > 0)
		notes_add(&o->c->notes, NOTE_CHANGED, part, attach_name(o, at).s,
		    "only a reference: %s", path.s);
	else if (is_elsewhere(at))
		notes_add(&o->c->notes, NOTE_LOST, part, attach_name(o, at).s,
		    "a reference that does not say where: an empty file in its place");
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

/* The fields that tell what becomes of it, behind its type and encoding. */
static void attach_disposition(
    struct out *o, const struct attachment *at, struct text name, bool in_line)
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
	struct text id = attach_content_id(o, &at->props, PidTagAttachContentId);

	out_printf(o, "Content-Disposition: %s", in_line ? "inline" : "attachment");
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
    const struct macbinary *mac, struct text name, bool in_line)
{
	char boundary[OUT_BOUNDARY];

	out_boundary(o, boundary);
	out_printf(o, "Content-Type: multipart/appledouble;%s\tboundary=\"%s\"%s", o->eol,
	    boundary, o->eol);
	attach_disposition(o, at, name, in_line);
	out_delimiter(o, boundary, false);
	attach_bytes(o, mac->header, "application/applefile", name.s);
	out_delimiter(o, boundary, false);
	attach_bytes(o, mac->data, attach_type_of(o, at, name), name.s);
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
	    attach_type_of(o, at, name), o->eol);
	out_printf(o, "Content-ID: <%016llx.%u@unknown.invalid>%s%s",
	    (unsigned long long)o->seed, at->number, o->eol, o->eol);
}

void attach_write(
    struct out *o, const struct attachment *at, const char *part, bool in_line)
{
	struct text name = attach_name(o, at);
	struct text path = attach_reference(o, at);
	struct macbinary mac;

	if (path.len > 0) {
		write_reference(o, at, path, name);
		return;
	}
	if (macbinary_claimed(at)) {
		if (macbinary_read(o->c->arena, at->data, &mac)) {
			write_macbinary(o, at, &mac, name, in_line);
			return;
		}
		notes_add(&o->c->notes, NOTE_KEPT, part, "PidTagAttachEncoding",
		    "says MacBinary, which it is not: passed on as its bytes");
	}
	out_printf(o, "Content-Type: %s", attach_type_of(o, at, name));
	out_param(o, "name", name);
	out_printf(o, "%sContent-Transfer-Encoding: base64%s", o->eol, o->eol);
	attach_disposition(o, at, name, in_line);
	out_base64(o, at->data);
}

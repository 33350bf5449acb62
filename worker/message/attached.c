/* SPDX-License-Identifier: ISC */
#include "message/attached.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "message/body.h"
#include "message/body_place.h"
#include "message/envelope.h"
#include "message/media.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/refs.h"
#include "message/tags.h"

enum { NAME_MAX_BYTES = 240, EXTENSION_MAX = 32, ID_MAX_BYTES = 900, TYPE_MAX = 100 };

/* type "/" subtype of token characters (RFC 2045 5.1), and one that may be in base64. */
static bool attached_is_type(struct text t)
{
	const char *slash = t.s && t.len ? memchr(t.s, '/', t.len) : NULL;

	if (!slash || slash == t.s || slash == t.s + t.len - 1 || t.len > TYPE_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.s + i != slash && !isalnum((unsigned char)t.s[i]) &&
		    !text_among("!#$&-^_.+", t.s[i]))
			return false;
	return strncasecmp(t.s, "multipart/", 10) != 0 &&
	       strncasecmp(t.s, "message/", 8) != 0;
}

/* A name that is too long keeps its beginning, by which people know it, and its
 * extension, by which programs do. */
static struct text attached_shorter(struct arena *a, struct text t)
{
	const char *dot = memrchr(t.s, '.', t.len);
	size_t end = dot ? t.len - (size_t)(dot - t.s) : 0;

	if (end > EXTENSION_MAX)
		end = 0;
	size_t n = NAME_MAX_BYTES - end;
	while (n > 0 && ((unsigned char)t.s[n] & 0xc0) == 0x80)
		n--;
	char *whole =
	    arena_printf(a, "%.*s%.*s", (int)n, t.s, (int)end, t.s + t.len - end);
	return (struct text){ .s = whole, .len = n + end };
}

struct text attached_base_name(struct arena *a, struct text t)
{
	static const char bom[] = "\xef\xbb\xbf"; /* text_clean leaves it */
	struct text c = text_clean(a, t);
	const char *start = c.s;

	for (size_t i = 0; i < c.len; i++)
		if (c.s[i] == '/' || c.s[i] == '\\')
			start = c.s + i + 1;
	while (strncmp(start, bom, 3) == 0)
		start += 3;
	size_t n = c.len - (size_t)(start - c.s);
	bool dots = strspn(start, ". ") >= n; /* "", ".", "..": no names */
	struct text name = { .s = start, .len = dots ? 0 : n };
	return name.len > NAME_MAX_BYTES ? attached_shorter(a, name) : name;
}

static struct text attached_with_extension(
    struct arena *a, struct text name, const char *extension)
{
	char *whole = arena_printf(a, "%s.%s", name.s, extension);

	return (struct text){ .s = whole, .len = strlen(whole) };
}

/* What Outlook calls every attachment that it has no name for. */
static bool attached_is_untitled(struct text t)
{
	static const char *const names[] = { "Untitled Attachment", "Untitled" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (t.len == strlen(names[i]) && strcasecmp(t.s, names[i]) == 0)
			return true;
	return false;
}

/* For a message its title (the subject) comes first, for a file its name. */
static struct text attached_given_name(struct arena *a, const struct attachment *at)
{
	static const uint16_t files[] = { PidTagAttachLongFilename, PidTagAttachFilename,
		PidTagAttachTransportName, PidTagDisplayName };
	static const uint16_t messages[] = { PidTagDisplayName, PidTagAttachLongFilename,
		PidTagAttachFilename, PidTagAttachTransportName };
	bool message = props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
			   ATTACH_EMBEDDED_MESSAGE ||
		       at->embedded;
	const uint16_t *ids = message ? messages : files;
	struct text untitled = { 0 };

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct text t = attached_base_name(a, props_text(&at->props, ids[i]));
		if (t.len > 0 && !attached_is_untitled(t))
			return t;
		untitled = untitled.len > 0 ? untitled : t;
	}
	if (at->embedded) {
		struct text t = attached_base_name(a, envelope_subject(a, at->embedded));
		if (t.len > 0)
			return t;
	}
	return untitled;
}

static bool attached_ends_with(struct text t, const char *extension)
{
	size_t n = strlen(extension);

	return t.len > n && t.s[t.len - n - 1] == '.' &&
	       strcasecmp(t.s + t.len - n, extension) == 0;
}

/* A message that was nested too deeply to be opened is a file of its format. */
static const char *attached_closed(const struct attachment *at)
{
	uint8_t head[4];

	if (at->embedded || props_number(&at->props, PidTagAttachMethod,
				ATTACH_BY_VALUE) != ATTACH_EMBEDDED_MESSAGE)
		return NULL;
	return span_read(at->data, 0, head, sizeof head) == sizeof head &&
		       memcmp(head, "\x78\x9f\x3e\x22", sizeof head) == 0
		   ? "tnef"
		   : "eml";
}

struct text attached_name(struct arena *a, const struct attachment *at)
{
	struct text name = attached_given_name(a, at);
	const char *needed = at->embedded ? "eml" : attached_closed(at);

	if (name.len > 0)
		return needed && !attached_ends_with(name, needed)
			   ? attached_with_extension(a, name, needed)
			   : name;
	const char *extension = needed ? needed : "bin";
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));
	struct text own =
	    attached_base_name(a, props_text(&at->props, PidTagAttachExtension));
	const char *known = needed ? NULL : media_extension(a, tag.s);
	if (known)
		extension = known + 1;
	if (own.len > 1 && *own.s == '.')
		extension = own.s + 1;
	char *number = arena_printf(a, "attachment-%u", at->number);
	return attached_with_extension(
	    a, (struct text){ .s = number, .len = strlen(number) }, extension);
}

const char *attached_type(struct arena *a, const struct attachment *at)
{
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));
	struct text name = attached_name(a, at);

	return attached_is_type(tag) ? tag.s : media_type(name.s, name.len);
}

struct text attached_id(struct arena *a, struct text id)
{
	struct text t = text_clean(a, id);
	char *to = arena_alloc(a, 3 * t.len + 1);
	size_t n = 0;

	if (t.len > 2 && *t.s == '<' && t.s[t.len - 1] == '>')
		t = (struct text){ arena_copy(a, t.s + 1, t.len - 2), t.len - 2, 0 };
	for (size_t i = 0; i < t.len; i++) {
		unsigned char ch = (unsigned char)t.s[i];
		if (ch > ' ' && ch < 0x7f && !text_among("<>", ch))
			to[n++] = (char)ch;
		else /* as a URL of it has it (RFC 2392) */
			n += (size_t)snprintf(to + n, 4, "%%%02X", ch);
	}
	return n < ID_MAX_BYTES ? (struct text){ .s = to, .len = n } : (struct text){ 0 };
}

struct text attached_content_id(struct arena *a, const struct props *props, uint16_t id)
{
	return attached_id(a, props_text(props, id));
}

/* Is it only a reference to a file that lies elsewhere (MS-OXCMSG 2.2.2.9)? */
static bool attached_is_elsewhere(const struct attachment *at)
{
	int64_t method = props_number(&at->props, PidTagAttachMethod, 1);

	return !at->embedded && at->data.len == 0 &&
	       (method == ATTACH_BY_REFERENCE || method == ATTACH_BY_REFERENCE_RESOLVE ||
		   method == ATTACH_BY_REFERENCE_ONLY ||
		   method == ATTACH_BY_WEB_REFERENCE);
}

/* Where it lies; .len 0: here, or nobody knows. */
struct text attached_reference(struct arena *a, const struct attachment *at)
{
	struct text path = props_text(&at->props, PidTagAttachLongPathname);

	if (!attached_is_elsewhere(at))
		return (struct text){ 0 };
	if (!path.s)
		path = props_text(&at->props, PidTagAttachPathname);
	return text_clean(a, path);
}

/* A mail within that only those with a right to it can open ([MS-OXORMMS] 2.1.2.2). */
static bool attached_is_protected(struct arena *a, const struct attachment *at)
{
	static const char type[] = "application/x-microsoft-rpmsg-message";
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));

	return (tag.len > 0 && strcasecmp(tag.s, type) == 0) ||
	       attached_ends_with(attached_name(a, at), "rpmsg");
}

void attached_note(
    struct arena *a, struct notes *notes, const struct attachment *at, const char *part)
{
	if (at->embedded)
		return;
	if (props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
	    ATTACH_STORAGE)
		notes_add(notes, NOTE_KEPT, part, "PidTagAttachDataObject",
		    "an OLE object, passed on as its bytes");
	if (at->data.len > 0 && attached_is_protected(a, at))
		notes_add(notes, NOTE_KEPT, part, attached_name(a, at).s,
		    "a protected message, passed on as it is: who has the right to it "
		    "can open it");
	struct text path = attached_reference(a, at);
	if (path.len > 0)
		notes_add(notes, NOTE_CHANGED, part, attached_name(a, at).s,
		    "only a reference: %s", path.s);
	else if (attached_is_elsewhere(at))
		notes_add(notes, NOTE_LOST, part, attached_name(a, at).s,
		    "a reference that does not say where: an empty file in its place");
}

/* What the HTML could refer to, and whether it does. */
static const struct refs_want *attached_refs(
    struct arena *a, const struct message *m, const struct body *b)
{
	struct refs_want *refs = arena_array(a, m->attachment_count, sizeof *refs);

	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		refs[i].id = attached_content_id(a, &at->props, PidTagAttachContentId);
		refs[i].place = props_text(&at->props, PidTagAttachContentLocation);
		if (refs[i].id.len == 0 && !at->embedded)
			refs[i].file = attached_name(a, at);
	}
	refs_find(a, b->html, refs, m->attachment_count);
	return refs;
}

static bool attached_is_marked(const struct props *ps)
{
	return props_number(ps, PidTagAttachmentHidden, 0) != 0 ||
	       (props_number(ps, PidTagAttachFlags, 0) & ATTACH_RENDERED_IN_BODY);
}

/* By which id the HTML shows it: its own, as the HTML spells it, else by its name. */
static struct text attached_shown_id(
    struct arena *a, const struct attachment *at, const struct refs_want *ref)
{
	struct text id = attached_content_id(a, &at->props, PidTagAttachContentId);

	if (ref->as.len > 0)
		return attached_id(a, ref->as);
	if (id.len > 0 || props_text(&at->props, PidTagAttachContentLocation).len > 0)
		return id;
	return attached_id(a, attached_name(a, at));
}

const struct attached_view *attached_shown(
    struct arena *a, const struct message *m, const struct body *b)
{
	struct attached_view *view = arena_array(a, m->attachment_count, sizeof *view);

	if (b->html.len == 0 || m->attachment_count == 0)
		return view;
	const struct refs_want *refs = attached_refs(a, m, b);
	for (unsigned i = 0; i < b->place_count; i++) {
		struct attached_view *v = &view[b->places[i].attachment];
		v->pictured = b->places[i].rendering;
		v->shown = b->places[i].id.len > 0 && !v->pictured;
		v->id = b->places[i].id;
	}
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		bool found = refs[i].found ||
			     (refs[i].id.len > 0 && attached_is_marked(&at->props));
		if (view[i].id.len > 0 || !found || at->embedded || at->data.len == 0)
			continue;
		view[i].shown = true;
		view[i].id = attached_shown_id(a, at, &refs[i]);
	}
	return view;
}

/* SPDX-License-Identifier: ISC */
#include "message/attached.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "message/media.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/tags.h"

enum { NAME_MAX_BYTES = 240, TYPE_MAX = 100 };

/* type "/" subtype of token characters (RFC 2045 5.1), and one that may be in base64. */
static bool attached_is_type(struct text t)
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

struct text attached_base_name(struct arena *a, struct text t)
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

static struct text attached_with_extension(
    struct arena *a, struct text name, const char *extension)
{
	char *whole = arena_printf(a, "%s.%s", name.s, extension);

	return (struct text){ .s = whole, .len = strlen(whole) };
}

struct text attached_name(struct arena *a, const struct attachment *at)
{
	static const uint16_t ids[] = { PidTagAttachLongFilename, PidTagAttachFilename,
		PidTagAttachTransportName, PidTagDisplayName };
	const char *extension = at->embedded ? "eml" : "bin";

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct text t = attached_base_name(a, props_text(&at->props, ids[i]));
		bool bare = at->embedded &&
			    (t.len < 4 || strcasecmp(t.s + t.len - 4, ".eml") != 0);
		if (t.len > 0 && bare)
			t = attached_with_extension(a, t, extension);
		if (t.len > 0)
			return t;
	}
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));
	struct text own =
	    attached_base_name(a, props_text(&at->props, PidTagAttachExtension));
	const char *known = at->embedded ? NULL : media_extension(a, tag.s);
	if (known)
		extension = known + 1;
	if (own.len > 1 && *own.s == '.')
		extension = own.s + 1;
	char *name = arena_printf(a, "attachment-%u", at->number);
	return attached_with_extension(
	    a, (struct text){ .s = name, .len = strlen(name) }, extension);
}

const char *attached_type(struct arena *a, const struct attachment *at)
{
	struct text tag = text_clean(a, props_text(&at->props, PidTagAttachMimeTag));
	struct text name = attached_name(a, at);

	return attached_is_type(tag) ? tag.s : media_type(name.s, name.len);
}

struct text attached_content_id(struct arena *a, const struct props *props, uint16_t id)
{
	struct text t = text_clean(a, props_text(props, id));

	if (t.len > 2 && *t.s == '<' && t.s[t.len - 1] == '>')
		t = (struct text){ arena_copy(a, t.s + 1, t.len - 2), t.len - 2, 0 };
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] <= ' ' || t.s[i] >= 0x7f || strchr("<>", t.s[i]))
			return (struct text){ 0 };
	return t.len < NAME_MAX_BYTES ? t : (struct text){ 0 };
}

/* Is it said to lie elsewhere (MS-OXCMSG 2.2.2.9), and is not here? */
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

void attached_note(
    struct arena *a, struct notes *notes, const struct attachment *at, const char *part)
{
	if (at->embedded)
		return;
	if (props_number(&at->props, PidTagAttachMethod, ATTACH_BY_VALUE) ==
	    ATTACH_STORAGE)
		notes_add(notes, NOTE_KEPT, part, "PidTagAttachDataObject",
		    "an OLE object, passed on as its bytes");
	struct text path = attached_reference(a, at);
	if (path.len > 0)
		notes_add(notes, NOTE_CHANGED, part, attached_name(a, at).s,
		    "only a reference: %s", path.s);
	else if (attached_is_elsewhere(at))
		notes_add(notes, NOTE_LOST, part, attached_name(a, at).s,
		    "a reference that does not say where: an empty file in its place");
}

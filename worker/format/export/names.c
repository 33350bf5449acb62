/* SPDX-License-Identifier: ISC */
#include "format/export/names.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/text.h"
#include "message/attached.h"

enum { LONGEST = 150, EXTENSION = 16 }; /* bytes */

/* Bytes of what cannot stand in a name at p, 0: it can. It becomes one '_'. */
static size_t names_forbidden(const char *p)
{
	unsigned char c = (unsigned char)p[0], d = c ? (unsigned char)p[1] : 0;

	if (c < ' ' || c == 0x7f || text_among("<>:\"|?*", c))
		return 1;
	if (c == 0xc2 && d < 0xa0) /* C1 controls */
		return 2;
	if (c == 0xe2 && (d == 0x80 || d == 0x81)) /* marks, separators, odd blanks */
		return 3;
	if (c == 0xef && (d == 0xbb || d == 0xbf)) /* U+FEFF, U+FFFD and the like */
		return 3;
	return 0;
}

/* What some system takes for a device, whatever extension follows. */
static bool names_is_device(const char *name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "com", "lpt" };

	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (strncasecmp(name, devices[i], 3) == 0)
			return true;
	return false;
}

/* At most n bytes, and not within a character. */
static size_t names_cut(const char *s, size_t n)
{
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static const char *names_extension_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && strlen(dot) <= EXTENSION ? dot : name + strlen(name);
}

static const char *names_safe(struct arena *a, const char *claimed)
{
	struct text t =
	    attached_base_name(a, (struct text){ .s = claimed, .len = strlen(claimed) });
	const char *start = t.s + strspn(t.s, ". ");
	size_t n = 0;

	char *to = arena_copy(a, start, strlen(start));
	for (const char *p = start; *p;) {
		size_t bad = names_forbidden(p);
		to[n] = *p;
		if (bad)
			to[n] = '_';
		n++;
		p += bad ? bad : 1;
	}
	while (n > 0 && (to[n - 1] == '.' || to[n - 1] == ' '))
		n--;
	to[n] = '\0';
	if (n == 0)
		return "attachment";
	const char *extension = names_extension_of(to);
	size_t stem = (size_t)(extension - to);
	if (n > LONGEST)
		stem = names_cut(to, LONGEST - strlen(extension));
	return arena_printf(
	    a, "%s%.*s%s", names_is_device(to) ? "_" : "", (int)stem, to, extension);
}

static uint32_t names_hash(const char *s)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	return h;
}

static bool is_taken(const struct names *n, const char *name, uint32_t h)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->rows[i].hash == h && strcmp(n->rows[i].name, name) == 0)
			return true;
	return false;
}

const char *names_add(struct names *n, const char *claimed, struct span data)
{
	const char *first = names_safe(n->arena, claimed), *name = first;
	uint32_t h = names_hash(name);

	for (size_t number = n->count + 1; is_taken(n, name, h); number++) {
		const char *extension = names_extension_of(first);
		name = arena_printf(n->arena, "%.*s~%zu%s", (int)(extension - first),
		    first, number, extension);
		h = names_hash(name);
	}
	if (n->count == n->capacity) {
		size_t capacity = n->capacity ? 2 * n->capacity : 16;
		struct names_row *more = arena_array(n->arena, capacity, sizeof *more);
		if (n->count)
			memcpy(more, n->rows, n->count * sizeof *more);
		n->rows = more;
		n->capacity = capacity;
	}
	n->rows[n->count++] = (struct names_row){ name, data, h };
	return name;
}

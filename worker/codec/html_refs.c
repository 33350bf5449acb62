/* SPDX-License-Identifier: ISC */
#include "codec/html_refs.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const struct ref {
	char name[32];
	uint32_t first, second;
	bool legacy;
} refs[] = {
#include <html_refs.inc>
};

/* HTML 13.2.5.80: what 0x80 to 0x9f mean; 0: nothing else. */
static const uint16_t repaired[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
	0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019,
	0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,
	0x017e, 0x0178 };

static const struct ref *html_refs_find(const char *name, size_t n)
{
	size_t low = 0, high = sizeof refs / sizeof refs[0];

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strncmp(name, refs[mid].name, n);
		if (order == 0 && refs[mid].name[n] == '\0')
			return &refs[mid];
		if (order <= 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static int html_refs_digit(char c, unsigned base)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return base == 16 && isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* "&#8217;", "&#x2019". */
static size_t html_refs_number(const char *p, size_t n, uint32_t to[2])
{
	unsigned base = n > 2 && (p[2] | 0x20) == 'x' ? 16 : 10;
	size_t start = base == 16 ? 3 : 2, i = start;
	uint32_t code = 0;

	for (; i < n && html_refs_digit(p[i], base) >= 0; i++) {
		code = code * base + (uint32_t)html_refs_digit(p[i], base);
		code = code > 0x10ffff ? 0x110000 : code;
	}
	if (i == start)
		return 0;
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		code = 0xfffd;
	else if (code >= 0x80 && code <= 0x9f)
		code = repaired[code - 0x80];
	bool blank = code == '\t' || code == '\n' || code == '\f' || code == '\r';
	if ((code < ' ' && !blank) || code == 0x7f)
		return 0;
	to[0] = code;
	return i + (i < n && p[i] == ';');
}

size_t html_refs_at(const char *p, size_t n, uint32_t to[2])
{
	const struct ref *ref = NULL;
	size_t len = 1;

	to[0] = to[1] = 0;
	n = n < HTML_REFS_LONGEST ? n : HTML_REFS_LONGEST;
	if (n > 2 && p[1] == '#')
		return html_refs_number(p, n, to);
	while (len < n && isalnum((unsigned char)p[len]))
		len++;
	if (len > 1 && len <= sizeof refs[0].name && len < n && p[len] == ';')
		ref = html_refs_find(p + 1, len - 1);
	size_t taken = len + 1;
	for (len = len < 8 ? len : 8; !ref && len > 1; len--) { /* "&copyright" */
		const struct ref *old = html_refs_find(p + 1, len - 1);
		ref = old && old->legacy ? old : NULL;
		taken = len;
	}
	if (!ref)
		return 0;
	to[0] = ref->first;
	to[1] = ref->second;
	return taken;
}

/* SPDX-License-Identifier: ISC */
#include "attempt/dirstore_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "attempt/items.h"
#include "base/utf8.h"
#include "proto/formats.h"

unsigned dirstore_name_flags(const char *name)
{
	static const struct {
		char letter;
		unsigned flag;
	} letters[] = {
		{ 'D', FORMATS_DRAFT },
		{ 'F', FORMATS_FLAGGED },
		{ 'P', FORMATS_PASSED_ON },
		{ 'R', FORMATS_ANSWERED },
		{ 'S', FORMATS_SEEN },
		{ 'T', FORMATS_DELETED },
	};
	const char *info = strrchr(name, ',');
	unsigned flags = 0;

	if (!info || info - name < 2 || info[-1] != '2' || !strchr(":;!", info[-2]))
		return 0;
	for (const char *p = info + 1; *p; p++)
		for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
			if (*p == letters[k].letter)
				flags |= letters[k].flag;
	return flags;
}

int64_t dirstore_name_date(const char *name, int64_t otherwise)
{
	enum { DIGITS_MOST = 11 }; /* until the year 5138 */
	size_t n = strspn(name, "0123456789");

	return n > 0 && n <= DIGITS_MOST && name[n] == '.' ? strtoll(name, NULL, 10)
							   : otherwise;
}

char *dirstore_name_clean(const char *name, size_t n)
{
	char *to = calloc(1, n + 1);
	size_t k = 0, at = 0;

	while (to && k < n) {
		uint32_t code;
		size_t len = utf8_char(name + k, n - k, &code);
		if (len > 0 && utf8_is_clean(name + k, len)) {
			memcpy(to + at, name + k, len);
			at += len;
		} else {
			to[at++] = '?';
			len = 1;
		}
		k += len;
	}
	return to;
}

/* --- modified UTF-7 --- */

static size_t put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* UTF-16 in base64 with "," for "/", n digits, to UTF-8. Bytes written; 0: it is none. */
static size_t dirstore_name_shifted(const char *p, size_t n, char *to)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
	uint32_t bits = 0, high = 0;
	unsigned have = 0;
	size_t at = 0;

	for (size_t k = 0; k < n; k++) {
		const char *digit = memchr(digits, p[k], sizeof digits - 1);
		if (!digit)
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
		have += 6;
		if (have < 16)
			continue;
		have -= 16;
		uint32_t unit = bits >> have & 0xffff;
		bool is_high = unit >= 0xd800 && unit < 0xdc00;
		bool is_low = unit >= 0xdc00 && unit < 0xe000;
		if (is_low != (high != 0))
			return 0;
		if (is_low)
			at += put_utf8(
			    to + at, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
		else if (!is_high)
			at += put_utf8(to + at, unit);
		high = is_high ? unit : 0;
	}
	return high == 0 ? at : 0;
}

/* One name; what is no such UTF-7 stays as it is. malloc. */
static char *dirstore_name_read(const char *p, size_t n)
{
	char *text = calloc(1, 2 * n + 4), *clean;
	size_t at = 0;

	if (!text)
		return NULL;
	for (size_t k = 0; k < n;) {
		const char *end = p[k] == '&' ? memchr(p + k, '-', n - k) : NULL;
		size_t inside = end ? (size_t)(end - p) - k - 1 : 0;
		size_t made = 0;
		if (end && inside == 0)
			made = put_utf8(text + at, '&');
		else if (end)
			made = dirstore_name_shifted(p + k + 1, inside, text + at);
		if (made > 0)
			k += inside + 2;
		else
			text[at + made++] = p[k++];
		at += made;
	}
	clean = dirstore_name_clean(text, at);
	free(text);
	return clean;
}

bool dirstore_name_folders(const char *name, char **names, unsigned *count)
{
	const bool dotted = *name == '.';
	const unsigned before = *count;
	const char *p = dotted ? name + 1 : name;

	while (*count < ITEMS_NAMES) {
		const char *dot = dotted ? strchr(p, '.') : NULL;
		size_t n = dot ? (size_t)(dot - p) : strlen(p);
		if (n > 0) {
			names[*count] = dirstore_name_read(p, n);
			if (!names[*count])
				break;
			++*count;
		}
		if (!dot)
			return true;
		p = dot + 1;
	}
	const bool deep = *count == ITEMS_NAMES;
	while (*count > before)
		free(names[--*count]);
	errno = deep ? ELOOP : ENOMEM;
	return false;
}

/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"

#include <string.h>

size_t utf8_char(const char *s, size_t n, uint32_t *code)
{
	/* By the first byte: its lowest value, the bits it gives, the smallest code that
	 * needs this length (RFC 3629 section 3: longer forms are invalid). */
	static const struct {
		uint8_t from, to, bits;
		uint32_t least;
	} forms[] = {
		{ 0x00, 0x7f, 0x7f, 0 },
		{ 0xc2, 0xdf, 0x1f, 0x80 },
		{ 0xe0, 0xef, 0x0f, 0x800 },
		{ 0xf0, 0xf4, 0x07, 0x10000 },
	};
	if (n == 0)
		return 0;
	uint8_t first = (uint8_t)s[0];
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (first < forms[i].from || first > forms[i].to)
			continue;
		if (i >= n)
			return 0;
		uint32_t value = first & forms[i].bits;
		for (size_t k = 1; k <= i; k++) {
			uint8_t next = (uint8_t)s[k];
			if ((next & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (next & 0x3fU);
		}
		if (value < forms[i].least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		*code = value;
		return i + 1;
	}
	return 0;
}

bool utf8_is_clean(const char *s, size_t n)
{
	while (n > 0) {
		uint32_t code = 0;
		size_t length = utf8_char(s, n, &code);
		if (length == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
		s += length;
		n -= length;
	}
	return true;
}

bool utf8_printable(uint32_t code)
{
	static const struct {
		uint32_t from, to;
	} odd[] = {
		{ 0x00, 0x1f },   /* C0 */
		{ 0x7f, 0x9f },   /* DEL, C1 */
		{ 0x61c, 0x61c }, /* marks of direction */
		{ 0x200e, 0x200f },
		{ 0x2028, 0x202e }, /* line and paragraph separators, embeddings */
		{ 0x2066, 0x2069 }, /* isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfffe, 0xffff },
	};
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
		if (code >= odd[i].from && code <= odd[i].to)
			return false;
	return true;
}

void utf8_put(FILE *to, const char *text, size_t limit, enum utf8_escape escape)
{
	size_t left = strlen(text), done = 0;

	while (left > 0) {
		uint32_t code = 0;
		size_t n = utf8_char(text, left, &code);
		bool odd = escape != UTF8_ESCAPE_BROKEN && n > 0 && !utf8_printable(code);
		size_t take = n > 0 ? n : 1;
		if (take > limit - done) {
			(void)fputs("...", to);
			return;
		}
		for (size_t i = 0; (n == 0 || odd) && i < take; i++)
			(void)fprintf(to, "\\x%02x", (unsigned)(uint8_t)text[i]);
		if (n > 0 && !odd) {
			if (escape == UTF8_ESCAPE_QUOTED && (code == '"' || code == '\\'))
				(void)fputc('\\', to);
			(void)fwrite(text, 1, take, to);
		}
		text += take;
		left -= take;
		done += take;
	}
}

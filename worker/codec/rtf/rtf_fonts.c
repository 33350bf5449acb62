/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_fonts.h"

#include <string.h>

#include "base/arena.h"
#include "codec/rtf/rtf_words.h"

/* [MSFT-RTF] numbers fonts up to 32767; the table is as long as the highest seen. */
enum { FONTS = 32768, FONTS_FIRST = 64 };

static struct rtf_font *rtf_fonts_entry(struct rtf_fonts *f)
{
	if (f->current >= f->capacity) {
		size_t capacity = f->capacity ? f->capacity : FONTS_FIRST;
		while (capacity <= f->current)
			capacity *= 2;
		struct rtf_font *list = arena_array(f->arena, capacity, sizeof *list);
		if (f->capacity)
			memcpy(list, f->list, f->capacity * sizeof *list);
		f->list = list;
		f->capacity = capacity;
	}
	return &f->list[f->current];
}

void rtf_fonts_begin(struct rtf_fonts *f, int32_t number)
{
	f->current = number >= 0 && number < FONTS ? (uint16_t)number : FONTS - 1;
	f->name_len = 0;
	f->odd = false;
}

void rtf_fonts_family(struct rtf_fonts *f, enum rtf_family family)
{
	rtf_fonts_entry(f)->family = (uint8_t)family;
}

void rtf_fonts_charset(struct rtf_fonts *f, int32_t charset)
{
	rtf_fonts_entry(f)->codepage = (uint16_t)rtf_words_codepage(charset);
}

void rtf_fonts_codepage(struct rtf_fonts *f, int32_t codepage)
{
	if (codepage > 0 && codepage <= UINT16_MAX)
		rtf_fonts_entry(f)->codepage = (uint16_t)codepage;
}

static void name_ends(struct rtf_fonts *f)
{
	static const struct {
		const char *name;
		uint8_t face;
	} rows[] = {
		{ "Symbol", RTF_FACE_SYMBOL },
		{ "Wingdings", RTF_FACE_WINGDINGS },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (f->name_len == strlen(rows[i].name) &&
		    memcmp(f->name, rows[i].name, f->name_len) == 0) {
			rtf_fonts_entry(f)->face = rows[i].face;
			rtf_fonts_entry(f)->codepage = RTF_SYMBOL_PAGE;
		}
	/* One name for each: a table that goes on and on must not fill the memory. */
	if (!f->odd && f->name_len > 0 && !rtf_fonts_entry(f)->name)
		rtf_fonts_entry(f)->name = arena_copy(f->arena, f->name, f->name_len);
	f->name_len = 0;
	f->odd = false;
}

static bool rtf_fonts_is_plain(uint8_t b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ||
	       (b >= '0' && b <= '9') || b == ' ' || b == '-' || b == '_';
}

void rtf_fonts_name(struct rtf_fonts *f, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == ';') {
			name_ends(f);
			continue;
		}
		if (p[i] == '"' || (p[i] == ' ' && f->name_len == 0))
			continue; /* some writers quote names */
		if (f->name_len < sizeof f->name && rtf_fonts_is_plain(p[i]))
			f->name[f->name_len++] = (char)p[i];
		else
			f->odd = true;
	}
}

struct rtf_font rtf_fonts_get(const struct rtf_fonts *f, uint16_t number)
{
	return number < f->capacity ? f->list[number] : (struct rtf_font){ 0 };
}

/* The signs that mail uses: bullets, arrows, faces, Greek. */
static const struct sign {
	uint8_t face, byte;
	uint16_t sign;
} signs[] = {
	{ RTF_FACE_SYMBOL, 0xa3, 0x2264 },
	{ RTF_FACE_SYMBOL, 0xa5, 0x221e },
	{ RTF_FACE_SYMBOL, 0xab, 0x2194 },
	{ RTF_FACE_SYMBOL, 0xac, 0x2190 },
	{ RTF_FACE_SYMBOL, 0xad, 0x2191 },
	{ RTF_FACE_SYMBOL, 0xae, 0x2192 },
	{ RTF_FACE_SYMBOL, 0xaf, 0x2193 },
	{ RTF_FACE_SYMBOL, 0xb0, 0x00b0 },
	{ RTF_FACE_SYMBOL, 0xb1, 0x00b1 },
	{ RTF_FACE_SYMBOL, 0xb3, 0x2265 },
	{ RTF_FACE_SYMBOL, 0xb4, 0x00d7 },
	{ RTF_FACE_SYMBOL, 0xb7, 0x2022 },
	{ RTF_FACE_SYMBOL, 0xb8, 0x00f7 },
	{ RTF_FACE_SYMBOL, 0xb9, 0x2260 },
	{ RTF_FACE_SYMBOL, 0xbb, 0x2248 },
	{ RTF_FACE_SYMBOL, 0xbc, 0x2026 },
	{ RTF_FACE_SYMBOL, 0xd6, 0x221a },
	{ RTF_FACE_SYMBOL, 0xde, 0x21d2 },
	{ RTF_FACE_SYMBOL, 0xe5, 0x2211 },
	{ RTF_FACE_WINGDINGS, 'J', 0x263a },
	{ RTF_FACE_WINGDINGS, 'L', 0x2639 },
	{ RTF_FACE_WINGDINGS, 'l', 0x25cf },
	{ RTF_FACE_WINGDINGS, 'n', 0x25a0 },
	{ RTF_FACE_WINGDINGS, 'o', 0x25a1 },
	{ RTF_FACE_WINGDINGS, 'q', 0x2751 },
	{ RTF_FACE_WINGDINGS, 'v', 0x2756 },
	{ RTF_FACE_WINGDINGS, 0xa7, 0x25aa },
	{ RTF_FACE_WINGDINGS, 0xa8, 0x25fb },
	{ RTF_FACE_WINGDINGS, 0xd8, 0x27a2 },
	{ RTF_FACE_WINGDINGS, 0xdf, 0x2190 },
	{ RTF_FACE_WINGDINGS, 0xe0, 0x2192 },
	{ RTF_FACE_WINGDINGS, 0xe8, 0x2794 },
	{ RTF_FACE_WINGDINGS, 0xfb, 0x2717 },
	{ RTF_FACE_WINGDINGS, 0xfc, 0x2713 },
	{ RTF_FACE_WINGDINGS, 0xfe, 0x2611 },
};

uint32_t rtf_fonts_sign(enum rtf_face face, uint8_t b)
{
	/* The Symbol font has Greek letters where others have Latin ones. */
	static const uint16_t greek[2][26] = {
		{ 0x391, 0x392, 0x3a7, 0x394, 0x395, 0x3a6, 0x393, 0x397, 0x399, 0x3d1,
		    0x39a, 0x39b, 0x39c, 0x39d, 0x39f, 0x3a0, 0x398, 0x3a1, 0x3a3, 0x3a4,
		    0x3a5, 0x3c2, 0x3a9, 0x39e, 0x3a8, 0x396 },
		{ 0x3b1, 0x3b2, 0x3c7, 0x3b4, 0x3b5, 0x3c6, 0x3b3, 0x3b7, 0x3b9, 0x3d5,
		    0x3ba, 0x3bb, 0x3bc, 0x3bd, 0x3bf, 0x3c0, 0x3b8, 0x3c1, 0x3c3, 0x3c4,
		    0x3c5, 0x3d6, 0x3c9, 0x3be, 0x3c8, 0x3b6 },
	};

	if (face == RTF_FACE_SYMBOL && b >= 'A' && b <= 'Z')
		return greek[0][b - 'A'];
	if (face == RTF_FACE_SYMBOL && b >= 'a' && b <= 'z')
		return greek[1][b - 'a'];
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (signs[i].face == (uint8_t)face && signs[i].byte == b)
			return signs[i].sign;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "message/named.h"

#include "codec/content_line.h"

static bool is_text(const struct prop *p)
{
	return p->type == PT_STRING8 || p->type == PT_UNICODE;
}

static const struct prop *named_get(
    const struct props *ps, const uint8_t set[16], uint32_t lid)
{
	const struct prop *p = props_get_named(ps, set, lid);

	return p && p->count > 0 ? p : NULL;
}

struct text named_text(const struct props *ps, const uint8_t set[16], uint32_t lid)
{
	const struct prop *p = named_get(ps, set, lid);

	return p && is_text(p) ? p->values[0].text : (struct text){ 0 };
}

int64_t named_number(
    const struct props *ps, const uint8_t set[16], uint32_t lid, int64_t fallback)
{
	return prop_number(named_get(ps, set, lid), fallback);
}

double named_real(
    const struct props *ps, const uint8_t set[16], uint32_t lid, double fallback)
{
	const struct prop *p = named_get(ps, set, lid);

	return p && (p->type == PT_DOUBLE || p->type == PT_FLOAT) ? p->values[0].real
								  : fallback;
}

struct when named_when(const struct props *ps, const uint8_t set[16], uint32_t lid)
{
	const struct prop *p = named_get(ps, set, lid);

	return p && p->type == PT_SYSTIME ? when_from_filetime(p->values[0].filetime)
					  : (struct when){ 0 };
}

struct span named_bytes(const struct props *ps, const uint8_t set[16], uint32_t lid)
{
	const struct prop *p = named_get(ps, set, lid);

	return p && p->type == PT_BINARY ? p->values[0].bytes : span_over(NULL, 0);
}

const struct prop *named_values(
    const struct props *ps, const uint8_t set[16], uint32_t lid, uint16_t type)
{
	const struct prop *p = named_get(ps, set, lid);

	return p && p->type == type ? p : NULL;
}

const struct prop *named_keywords(const struct props *ps)
{
	const struct prop *p =
	    props_get_string_named(ps, props_set_public_strings, "Keywords");

	return p && p->count > 0 && is_text(p) ? p : NULL;
}

void named_put_keywords(struct content_line *l, const struct props *ps)
{
	const struct prop *words = named_keywords(ps);
	bool begun = false;

	for (uint32_t i = 0; words && i < words->count; i++) {
		if (words->values[i].text.len == 0)
			continue;
		if (!begun)
			content_line_begin(l, "CATEGORIES");
		begun = true;
		content_line_item(l, ',', words->values[i].text);
	}
	if (begun)
		content_line_end(l);
}

/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_colors.h"

#include <string.h>

#include "base/arena.h"

enum { COLORS_FIRST = 16 };

void rtf_colors_part(struct rtf_colors *c, int32_t part, unsigned shift)
{
	if (c->color == RTF_COLOR_AUTO)
		c->color = 0;
	c->color &= ~(UINT32_C(0xff) << shift);
	c->color |= ((uint32_t)part & 0xff) << shift;
}

void rtf_colors_text(struct rtf_colors *c, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != ';' || c->count > UINT16_MAX)
			continue;
		if (c->count == c->capacity) {
			size_t capacity = c->capacity ? c->capacity * 2 : COLORS_FIRST;
			uint32_t *list = arena_array(c->arena, capacity, sizeof *list);
			if (c->count)
				memcpy(list, c->list, c->count * sizeof *list);
			c->list = list;
			c->capacity = capacity;
		}
		c->list[c->count++] = c->color; /* one without parts is "automatic" */
		c->color = RTF_COLOR_AUTO;
	}
}

bool rtf_colors_get(const struct rtf_colors *c, unsigned index, uint32_t *rgb)
{
	if (index >= c->count || c->list[index] == RTF_COLOR_AUTO)
		return false;
	*rgb = c->list[index];
	return true;
}

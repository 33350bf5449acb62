/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_COLORS_H
#define CODEC_RTF_COLORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define RTF_COLOR_AUTO UINT32_MAX

/* The colour table. */
struct rtf_colors {
	struct arena *arena;
	uint32_t *list,
	    color; /* color: the one being described, RTF_COLOR_AUTO at first */
	size_t count, capacity;
};

/* A part of the colour being described: red, green or blue by its shift in 0xrrggbb. */
void rtf_colors_part(struct rtf_colors *, int32_t part, unsigned shift);

/* The text of the table: each semicolon ends a colour. */
void rtf_colors_text(struct rtf_colors *, const uint8_t *p, size_t n);

/* False for the automatic colour and for what is not in the table. */
bool rtf_colors_get(const struct rtf_colors *, unsigned index, uint32_t *rgb);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_PLAN_H
#define CODEC_RTF_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "codec/rtf/rtf_fonts.h"
#include "codec/rtf/rtf_walk.h"

struct arena;

/*
 * What HTML wants to know of a table before its text: which cells are joined, where RTF
 * only tells right edges, some of them behind the text. Found in a walk of its own.
 * Tables, rows and cells are numbered in the order in which they begin.
 */
struct rtf_plan_cell {
	int32_t edge; /* twips from the margin */
	uint16_t columns, rows;
	uint16_t shade; /* index into the colour table, 0: none */
	uint8_t valign;
	bool joined;         /* is part of another cell, and has no text */
	uint8_t merge, rise; /* as RTF says it: 1 the first, 2 a further one */
};

struct rtf_plan_row {
	uint32_t first, next; /* of its cells; of the rows of its table, plus 1 */
	int32_t left;
	uint16_t count; /* of cells described */
	uint16_t empty; /* columns left of the first cell */
};

struct rtf_plan {
	struct arena *arena;
	struct rtf_plan_cell *cells;
	struct rtf_plan_row *rows;
	bool *borders; /* of each table */
	uint32_t cell_count, cell_capacity, row_count, row_capacity, table_count,
	    table_capacity;
	struct rtf_facts facts; /* of that walk */
	struct rtf_font font;   /* that text begins in */
	uint16_t default_font;  /* its number */
	bool full;              /* LIMIT_RTF_CELLS was met: the rest is not planned */
};

void rtf_plan_make(struct rtf_plan *, struct arena *, struct span rtf,
    const struct rtf_want *, bool asides);

/* NULL, false: not known. */
const struct rtf_plan_row *rtf_plan_row(const struct rtf_plan *, uint32_t number);
const struct rtf_plan_cell *rtf_plan_cell(
    const struct rtf_plan *, const struct rtf_plan_row *, unsigned index);
bool rtf_plan_border(const struct rtf_plan *, uint32_t table);

#endif

/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_rows.h"

#include "codec/rtf/rtf_state.h"

static void rtf_rows_close_row(struct rtf_rows *r)
{
	struct rtf_rows_level *level = &r->levels[r->depth];

	if (level->cell)
		r->to->close_cell(r->arg, r->depth);
	if (level->row)
		r->to->close_row(r->arg, r->depth);
	*level = (struct rtf_rows_level){ 0 };
}

static void close_to(struct rtf_rows *r, unsigned depth)
{
	while (r->depth > depth) {
		rtf_rows_close_row(r);
		r->to->close_table(r->arg, r->depth);
		r->depth--;
	}
}

static void rtf_rows_open_cell(struct rtf_rows *r)
{
	struct rtf_rows_level *level = &r->levels[r->depth];

	if (!level->row)
		r->to->open_row(r->arg, r->depth);
	if (!level->cell)
		r->to->open_cell(r->arg, r->depth, level->cells++);
	level->row = level->cell = true;
}

static void open_to(struct rtf_rows *r, unsigned depth)
{
	if (depth > LIMIT_RTF_NEST) {
		depth = LIMIT_RTF_NEST;
		r->too_deep = true;
	}
	close_to(r, depth);
	while (r->depth < depth) {
		if (r->depth > 0)
			rtf_rows_open_cell(r);
		r->depth++;
		r->levels[r->depth] = (struct rtf_rows_level){ 0 };
		r->to->open_table(r->arg, r->depth);
	}
	if (depth > 0)
		rtf_rows_open_cell(r);
}

void rtf_rows_place(struct rtf_rows *r, const struct rtf_state *st)
{
	unsigned depth = st->layout.in_table || r->announced ? 1 : 0;

	if (depth > 0 && st->layout.nest > 1)
		depth = st->layout.nest;
	open_to(r, depth);
}

void rtf_rows_cell(struct rtf_rows *r, const struct rtf_state *st, bool nested)
{
	unsigned depth = 1;

	if (nested)
		depth = st->layout.nest > 1 ? st->layout.nest
			: r->depth > 1      ? r->depth
					    : 2;
	open_to(r, depth);
	r->to->close_cell(r->arg, r->depth);
	r->levels[r->depth].cell = false;
}

void rtf_rows_row(struct rtf_rows *r, bool nested)
{
	if (!nested) {
		close_to(r, 1);
		r->announced = false;
	}
	if (r->depth > (nested ? 1U : 0U))
		rtf_rows_close_row(r);
}

void rtf_rows_close(struct rtf_rows *r)
{
	close_to(r, 0);
	r->announced = false;
}

/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_plan.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/rtf/rtf.h"
#include "codec/rtf/rtf_fonts.h"
#include "codec/rtf/rtf_rows.h"

enum { FIRST_CAPACITY = 64, ROW_CELLS = 256, COLUMNS = 512 };
enum { NEAR = 30 }; /* twips */
enum { BEGINS = 1, FURTHER = 2 };

/* The definition of a row: its cells up to their right edges. */
struct definition {
	struct rtf_plan_cell cells[ROW_CELLS];
	unsigned count;
	int32_t left;
	bool border;
};

struct planner {
	struct rtf_plan *plan;
	struct rtf_walk *walk;
	bool asides;
	bool number; /* of a list item: it waits for its paragraph, as in the HTML */
	struct rtf_rows rows;
	struct definition outer, nested;
	struct open_table {
		uint32_t table, row;  /* numbers, plus 1; 0: not planned */
		uint32_t first, last; /* of its rows, plus 1 */
		unsigned cell;        /* index of the open one in its row */
		bool filled[ROW_CELLS];
	} open[LIMIT_RTF_NEST + 1];
	int32_t edges[COLUMNS]; /* of all rows of a table, in order */
	unsigned edge_count;
	uint32_t owner[COLUMNS]; /* of a cell that reaches down, plus 1 */
};

/* Space for one more thing in an array that is full. */
static void *rtf_plan_grow(
    struct arena *a, const void *old, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity ? *capacity * 2 : FIRST_CAPACITY;
	void *to = arena_array(a, more, size);

	if (*capacity)
		memcpy(to, old, *capacity * size);
	*capacity = more;
	return to;
}

static void rtf_plan_open_table(void *arg, unsigned level)
{
	struct planner *p = arg;
	struct rtf_plan *plan = p->plan;
	struct open_table *t = &p->open[level];

	*t = (struct open_table){ 0 };
	if (plan->table_count == LIMIT_RTF_CELLS) {
		plan->full = true;
		return;
	}
	if (plan->table_count == plan->table_capacity)
		plan->borders = rtf_plan_grow(
		    plan->arena, plan->borders, &plan->table_capacity, sizeof(bool));
	t->table = ++plan->table_count;
}

static void rtf_plan_open_row(void *arg, unsigned level)
{
	struct planner *p = arg;
	struct rtf_plan *plan = p->plan;
	struct open_table *t = &p->open[level];

	memset(t->filled, 0, sizeof t->filled);
	t->row = 0;
	if (plan->row_count == LIMIT_RTF_CELLS) {
		plan->full = true;
		return;
	}
	if (plan->row_count == plan->row_capacity)
		plan->rows = rtf_plan_grow(
		    plan->arena, plan->rows, &plan->row_capacity, sizeof *plan->rows);
	t->row = ++plan->row_count;
	if (t->last)
		plan->rows[t->last - 1].next = t->row;
	else
		t->first = t->row;
	t->last = t->row;
}

static void rtf_plan_open_cell(void *arg, unsigned level, unsigned index)
{
	struct planner *p = arg;
	p->open[level].cell = index;
}

static void rtf_plan_close_cell(void *arg, unsigned level)
{
	(void)arg;
	(void)level;
}

/* The row's cells are those of the definition in force at its end. */
static void rtf_plan_close_row(void *arg, unsigned level)
{
	struct planner *p = arg;
	struct rtf_plan *plan = p->plan;
	struct open_table *t = &p->open[level];
	const struct definition *def = level > 1 ? &p->nested : &p->outer;

	if (t->row == 0)
		return;
	if (def->count > LIMIT_RTF_CELLS - plan->cell_count) {
		plan->full = true;
		return;
	}
	while (plan->cell_capacity - plan->cell_count < def->count)
		plan->cells = rtf_plan_grow(
		    plan->arena, plan->cells, &plan->cell_capacity, sizeof *plan->cells);
	struct rtf_plan_row *row = &plan->rows[t->row - 1];
	row->first = plan->cell_count;
	row->count = (uint16_t)def->count;
	row->left = def->left;
	for (unsigned i = 0; i < def->count; i++) {
		struct rtf_plan_cell *cell = &plan->cells[plan->cell_count++];
		*cell = def->cells[i];
		if (t->filled[i]) { /* with text it stays a cell, whatever RTF says */
			cell->merge = cell->merge == FURTHER ? 0 : cell->merge;
			cell->rise = cell->rise == FURTHER ? 0 : cell->rise;
		}
	}
	if (t->table && def->border)
		plan->borders[t->table - 1] = true;
}

/* The place of an edge among those of the table; edges that nearly meet are one. */
static unsigned column_of(const struct planner *p, int32_t edge)
{
	unsigned low = 0, high = p->edge_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		if ((int64_t)p->edges[middle] + NEAR < edge)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool add_edge(struct planner *p, int32_t edge)
{
	unsigned at = column_of(p, edge);

	if (at < p->edge_count && (int64_t)p->edges[at] - NEAR <= edge)
		return true;
	if (p->edge_count == COLUMNS)
		return false;
	memmove(
	    &p->edges[at + 1], &p->edges[at], (p->edge_count - at) * sizeof *p->edges);
	p->edges[at] = edge;
	p->edge_count++;
	return true;
}

static bool find_edges(struct planner *p, uint32_t row)
{
	const struct rtf_plan *plan = p->plan;

	p->edge_count = 0;
	for (; row; row = plan->rows[row - 1].next) {
		const struct rtf_plan_row *r = &plan->rows[row - 1];
		if (r->count > 0 && !add_edge(p, r->left))
			return false;
		for (unsigned i = 0; i < r->count; i++)
			if (!add_edge(p, plan->cells[r->first + i].edge))
				return false;
	}
	return true;
}

/* A cell from column to column: joined with the one above, or the first of such. */
static void join_down(struct planner *p, uint32_t number, unsigned from)
{
	struct rtf_plan_cell *cell = &p->plan->cells[number];
	uint32_t owner = p->owner[from];
	struct rtf_plan_cell *above = owner ? &p->plan->cells[owner - 1] : NULL;

	if (cell->rise == FURTHER && above && above->columns == cell->columns &&
	    above->rows < UINT16_MAX) {
		above->rows++;
		cell->joined = true;
		return;
	}
	for (unsigned i = from; i < from + cell->columns && i < COLUMNS; i++)
		p->owner[i] = 0;
	if (cell->rise == BEGINS)
		p->owner[from] = number + 1;
}

static void join_cells(struct planner *p, struct rtf_plan_row *row)
{
	struct rtf_plan_cell *cells = p->plan->cells;
	unsigned from = column_of(p, row->left);

	row->empty = (uint16_t)from;
	for (unsigned i = 0; i < row->count; i++) {
		struct rtf_plan_cell *cell = &cells[row->first + i];
		unsigned to = column_of(p, cell->edge), last = i;
		while (cell->merge == BEGINS && last + 1 < row->count &&
		       cells[row->first + last + 1].merge == FURTHER) {
			cells[row->first + ++last].joined = true;
			unsigned edge = column_of(p, cells[row->first + last].edge);
			to = edge > to ? edge : to;
		}
		cell->columns = (uint16_t)(to > from ? to - from : 1);
		join_down(p, row->first + i, from < COLUMNS ? from : COLUMNS - 1);
		from = to > from ? to : from;
		i = last;
	}
}

static void rtf_plan_close_table(void *arg, unsigned level)
{
	struct planner *p = arg;
	struct rtf_plan *plan = p->plan;
	uint32_t first = p->open[level].first;

	if (!find_edges(p, first)) {
		rtf_walk_lost(p->walk, RTF_LOST_TABLES);
		return;
	}
	memset(p->owner, 0, sizeof p->owner);
	for (uint32_t row = first; row; row = plan->rows[row - 1].next)
		join_cells(p, &plan->rows[row - 1]);
}

static const struct rtf_rows_to to_planner = { rtf_plan_open_table, rtf_plan_close_table,
	rtf_plan_open_row, rtf_plan_close_row, rtf_plan_open_cell, rtf_plan_close_cell };

/* Something is shown in this state. */
static void rtf_plan_fill(struct planner *p, const struct rtf_state *st)
{
	rtf_rows_place(&p->rows, st);
	struct open_table *t = &p->open[p->rows.depth];
	if (p->rows.depth > 0 && t->cell < ROW_CELLS)
		t->filled[t->cell] = true;
	p->number = false;
}

static void rtf_plan_put_text(
    void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct planner *p = arg;

	(void)s;
	(void)n;
	if (st->dest == RTF_DEST_NUMBER)
		p->number = true;
	else if (!rtf_walk_hides(st))
		rtf_plan_fill(p, st);
}

static void end_cell(struct planner *p, const struct rtf_state *st)
{
	int32_t edge;
	const struct rtf_cell *c = &rtf_walk_now(p->walk, &edge)->cell;
	struct definition *def = st->dest == RTF_DEST_SILENT ? &p->nested : &p->outer;

	def->border |= c->border;
	def->left = rtf_walk_now(p->walk, &edge)->row_left;
	if (def->count == ROW_CELLS) {
		rtf_walk_lost(p->walk, RTF_LOST_TABLES);
		return;
	}
	def->cells[def->count++] = (struct rtf_plan_cell){
		.edge = edge,
		.columns = 1,
		.rows = 1,
		.shade = c->shade,
		.valign = c->valign,
		.merge = c->merge_first ? BEGINS
			 : c->merge     ? FURTHER
					: 0,
		.rise = c->rise_first ? BEGINS
			: c->rise     ? FURTHER
				      : 0,
	};
}

/* A table's row is being defined. */
static void begin_row(struct planner *p, const struct rtf_state *st)
{
	bool nested = st->dest == RTF_DEST_SILENT;
	struct definition *def = nested ? &p->nested : &p->outer;

	def->count = 0;
	def->border = false;
	p->rows.announced |= !nested;
}

/* Where aside text is referred to, or where it begins: as in the HTML. */
static void rtf_plan_put_aside(struct planner *p, const struct rtf_state *st)
{
	int32_t aside;

	(void)rtf_walk_now(p->walk, &aside);
	if (p->asides)
		rtf_rows_close(&p->rows);
	else if (aside == RTF_ASIDE_FOOTNOTE || aside == RTF_ASIDE_ANNOTATION)
		rtf_plan_fill(p, st);
}

static void rtf_plan_put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct planner *p = arg;

	switch (e) {
	case RTF_PAR:
	case RTF_LINE:
		rtf_rows_place(&p->rows, st);
		p->number = false;
		break;
	case RTF_ITEM:
		if (rtf_walk_item(p->walk)->kind != RTF_ITEM_OBJECT)
			rtf_plan_fill(p, st);
		break;
	case RTF_PLACE:
		if (rtf_walk_place(p->walk) && !rtf_walk_hides(st))
			rtf_plan_fill(p, st);
		break;
	case RTF_CELL:
	case RTF_NEST_CELL:
		if (p->number)
			rtf_plan_fill(p, st);
		rtf_rows_cell(&p->rows, st, e == RTF_NEST_CELL);
		break;
	case RTF_ROW:
	case RTF_NEST_ROW:
		if (p->number)
			rtf_plan_fill(p, st);
		rtf_rows_row(&p->rows, e == RTF_NEST_ROW);
		break;
	case RTF_ROW_STARTS:
		begin_row(p, st);
		break;
	case RTF_CELL_EDGE:
		end_cell(p, st);
		break;
	case RTF_ASIDE:
		rtf_plan_put_aside(p, st);
		break;
	case RTF_MARK:
		break;
	}
}

void rtf_plan_make(struct rtf_plan *plan, struct arena *a, struct span rtf,
    const struct rtf_want *want, bool asides)
{
	struct planner *p = arena_alloc(a, sizeof *p);
	struct rtf_visitor visitor = { .text = rtf_plan_put_text,
		.event = rtf_plan_put_event,
		.asides = asides,
		.arg = p };

	*plan = (struct rtf_plan){ .arena = a };
	*p = (struct planner){
		.plan = plan, .asides = asides, .walk = rtf_walk_new(rtf, want)
	};
	p->rows = (struct rtf_rows){ .to = &to_planner, .arg = p };
	plan->facts = rtf_walk_run(p->walk, &visitor);
	rtf_rows_close(&p->rows);
	plan->default_font = rtf_walk_default_font(p->walk);
	plan->font = rtf_walk_font(p->walk, plan->default_font);
	if (plan->font.name)
		plan->font.name = arena_copy(a, plan->font.name, strlen(plan->font.name));
	if (plan->full)
		plan->facts.lost |= RTF_LOST_TABLES;
	rtf_walk_free(p->walk);
}

const struct rtf_plan_row *rtf_plan_row(const struct rtf_plan *plan, uint32_t number)
{
	return number < plan->row_count ? &plan->rows[number] : NULL;
}

const struct rtf_plan_cell *rtf_plan_cell(
    const struct rtf_plan *plan, const struct rtf_plan_row *row, unsigned index)
{
	return row && index < row->count ? &plan->cells[row->first + index] : NULL;
}

bool rtf_plan_border(const struct rtf_plan *plan, uint32_t table)
{
	return table < plan->table_count && plan->borders[table];
}

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_ROWS_H
#define CODEC_RTF_ROWS_H

#include <stdbool.h>

#include "base/limits.h"

struct rtf_state;

/*
 * Tables, rows and cells out of paragraphs that each say how deep in tables they are:
 * what has to be opened and closed, and in which order. Level 1 is a table in the text.
 */
struct rtf_rows_to {
	void (*open_table)(void *arg, unsigned level);
	void (*close_table)(void *arg, unsigned level);
	void (*open_row)(void *arg, unsigned level);
	void (*close_row)(void *arg, unsigned level);
	void (*open_cell)(void *arg, unsigned level, unsigned index); /* in its row */
	void (*close_cell)(void *arg, unsigned level);
};

struct rtf_rows {
	const struct rtf_rows_to *to;
	void *arg;
	unsigned depth; /* tables open */
	bool announced; /* \trowd seen: what follows are cells, \intbl or not */
	bool too_deep;  /* a table deeper than LIMIT_RTF_NEST was met */
	struct rtf_rows_level {
		bool row, cell;
		unsigned cells; /* of the row */
	} levels[LIMIT_RTF_NEST + 1];
};

/* Text is about to be written in this state: what holds it is opened. */
void rtf_rows_place(struct rtf_rows *, const struct rtf_state *);

/* A cell ends, of the table in the text or of a nested one; it may be empty. */
void rtf_rows_cell(struct rtf_rows *, const struct rtf_state *, bool nested);
void rtf_rows_row(struct rtf_rows *, bool nested);

/* All that is open ends. */
void rtf_rows_close(struct rtf_rows *);

#endif

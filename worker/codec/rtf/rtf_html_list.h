/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_HTML_LIST_H
#define CODEC_RTF_HTML_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "codec/rtf/rtf_lists.h"

struct rtf_state;
struct rtf_walk;
struct sink;

/*
 * Lists in HTML out of paragraphs that each say which list and level they are of. The
 * numbers are those that the RTF shows beside its items, where it does.
 */
struct rtf_html_list {
	struct sink *out;
	struct rtf_walk *walk;
	unsigned depth; /* lists open, each in an item of the one before */
	struct rtf_html_level {
		uint8_t marker; /* enum rtf_marker */
		uint16_t list;
		bool item;
		int32_t next; /* the number that an item has by itself */
	} levels[RTF_LEVELS];
	struct rtf_level old; /* of lists that are in no table */
};

/*
 * A paragraph begins, with the number or bullet that RTF shows before it: n bytes. True:
 * it is an item, HTML shows its number. False: it is none, all lists are closed.
 */
bool rtf_html_list_item(
    struct rtf_html_list *, const struct rtf_state *, const char *number, size_t n);

void rtf_html_list_close(struct rtf_html_list *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_FIELD_H
#define CODEC_RTF_FIELD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct rtf_link;

/*
 * A field's instruction, as far as mail needs it: HYPERLINK "address" and its switches
 * \l (a bookmark) and \o (words to show beside it).
 */
struct rtf_field {
	struct arena *arena;
	char *text; /* of the instruction, at most RTF_FIELD_MAX of it */
	size_t len;
	size_t spent; /* bytes of addresses made so far, at most LIMIT_RTF_LINKS */
	bool cut;
};

enum { RTF_FIELD_MAX = 16 * 1024 };

void rtf_field_begin(struct rtf_field *);
void rtf_field_add(struct rtf_field *, const char *s, size_t n);

/*
 * NULL: no hyperlink, or one whose address must not be followed or is too long
 * (*refused is set then). Only http, https, mailto, ftp and cid may, and bookmarks of the
 * document: never javascript, never a file.
 */
struct rtf_link *rtf_field_link(struct rtf_field *, bool *refused);

/* May this bookmark be an id in HTML, and the target of a link? */
bool rtf_field_is_mark(const char *s, size_t n);

#endif

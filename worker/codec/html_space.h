/* SPDX-License-Identifier: ISC */
#ifndef CODEC_HTML_SPACE_H
#define CODEC_HTML_SPACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * White space of HTML where it stands: as it is, or one blank. What <pre> says, and
 * "white-space" (CSS Text 3, section 3) in a style attribute or in a rule of a <style>
 * (html_rules.h), which holds until the element ends.
 */
enum html_space {
	HTML_SPACE_ONE,   /* a run of it is one blank */
	HTML_SPACE_LINES, /* the same, but that line ends are kept */
	HTML_SPACE_ALL,   /* as it is */
	HTML_SPACE_SAME,  /* as around the element; only in what is said of one */
};

enum { HTML_SPACE_NAME = 32, HTML_SPACE_DEPTH = 16 };

/* The elements that are open and say it, the outermost first. Deeper ones say nothing. */
struct html_spaces {
	size_t count;
	struct {
		char name[HTML_SPACE_NAME];
		unsigned open; /* elements of this name since, itself among them */
		enum html_space space;
	} at[HTML_SPACE_DEPTH];
};

/* Is it this name, in letters of either case? One of these names? */
bool html_space_is(const char *, size_t, const char *name);
bool html_space_is_any(const char *, size_t, const char *const *names, size_t count);
/* An element without an end, as <br> (HTML, 13.1.2)? */
bool html_space_no_end(const char *name, size_t n);

enum html_space html_space_now(const struct html_spaces *);

/* What a style says of it. False: nothing. */
bool html_space_style(const char *style, size_t n, enum html_space *);

/* A tag of this name; own: what its element says, NULL: nothing. */
void html_space_open(
    struct html_spaces *, const char *name, size_t n, const enum html_space *own);
void html_space_close(struct html_spaces *, const char *name, size_t n);

#endif

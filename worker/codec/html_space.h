/* SPDX-License-Identifier: ISC */
#ifndef CODEC_HTML_SPACE_H
#define CODEC_HTML_SPACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * White space of HTML where it stands: as it is, or one blank. What <pre> says, and
 * "white-space" (CSS Text 3, section 3) in a style attribute or in a rule of a <style>,
 * which holds until the element ends. Rules are looked at for "name", ".class" and
 * "name.class", HTML_SPACE_RULES of them.
 */
enum html_space {
	HTML_SPACE_ONE,   /* a run of it is one blank */
	HTML_SPACE_LINES, /* the same, but that line ends are kept */
	HTML_SPACE_ALL,   /* as it is */
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

enum {
	HTML_SPACE_RULES = 32,
	HTML_SPACE_CLASS = 48,
	HTML_SPACE_SELECTORS = 256,
	HTML_SPACE_BLOCK = 1024
};

/* The rules of style sheets, which are read byte by byte. */
struct html_rules {
	size_t count;
	struct {
		char name[HTML_SPACE_NAME], class[HTML_SPACE_CLASS]; /* "": any */
		enum html_space space;
	} at[HTML_SPACE_RULES];
	bool within, comment; /* a block, a comment */
	char last;            /* the byte before */
	size_t selectors_len, block_len;
	char selectors[HTML_SPACE_SELECTORS], block[HTML_SPACE_BLOCK];
};

/* The next byte of a sheet; what is longer than the sizes above says nothing. */
void html_rules_byte(struct html_rules *, char);

/* What they say of an element with these classes, between blanks. False: nothing. */
bool html_rules_find(const struct html_rules *, const char *name, size_t n,
    const char *classes, size_t len, enum html_space *);

enum html_space html_space_now(const struct html_spaces *);

/* What a style says of it. False: nothing. */
bool html_space_style(const char *style, size_t n, enum html_space *);

/* A tag of this name; own: what its element says, NULL: nothing. */
void html_space_open(
    struct html_spaces *, const char *name, size_t n, const enum html_space *own);
void html_space_close(struct html_spaces *, const char *name, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_HTML_RULES_H
#define CODEC_HTML_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/html_space.h"

/*
 * What the rules of a <style> say of white space (Selectors 4). Read are selectors of
 * names, "*", classes and ids, joined ("p.a.b#c") and one within the other ("div p",
 * "div > p"), HTML_RULES_STEPS deep. A selector with anything else says nothing, and so
 * does what is larger than the sizes below.
 */
enum {
	HTML_RULES = 32,
	HTML_RULES_STEPS = 4,
	HTML_RULES_TEXT = 128,
	HTML_RULES_SELECTORS = 256,
	HTML_RULES_BLOCK = 1024,
	HTML_RULES_DEPTH = 64,
};

struct html_rule {
	char text[HTML_RULES_TEXT];
	unsigned count, weight; /* of steps; how much it counts (Selectors, section 17) */
	struct {
		unsigned at, len; /* in text */
		bool child;       /* of the step before; else anywhere within it */
	} step[HTML_RULES_STEPS];
	enum html_space space;
};

/* Style sheets, which are read byte by byte, and the elements that are open. */
struct html_rules {
	size_t count;
	struct html_rule at[HTML_RULES];
	bool within, comment; /* a block, a comment */
	bool deep;            /* a rule has several steps: open elements count */
	char last;            /* the byte before */
	size_t selectors_len, block_len;
	char selectors[HTML_RULES_SELECTORS], block[HTML_RULES_BLOCK];

	size_t open, beyond; /* elements that are kept; deeper ones */
	struct {
		char name[HTML_SPACE_NAME];
		/* Of each rule a bit for each step: it and those before match here; here
		 * or further out. */
		uint8_t own[HTML_RULES], above[HTML_RULES];
	} path[HTML_RULES_DEPTH];
};

/* The next byte of a sheet. */
void html_rules_byte(struct html_rules *, char);

/* An element as its tag has it: no NULs at the ends; classes between blanks. */
struct html_element {
	const char *name, *id, *classes;
	size_t name_len, id_len, classes_len;
};

/* An element begins: what they say of it. False: nothing. */
bool html_rules_open(struct html_rules *, const struct html_element *, enum html_space *);
void html_rules_close(struct html_rules *, const char *name, size_t n);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_HTML_TEXT_H
#define CODEC_HTML_TEXT_H

#include <stddef.h>

#include "base/span.h"
#include "base/text.h"

struct arena;
struct sink;

/*
 * The words of an HTML body (UTF-8) for people to read: tags, scripts and styles are
 * left out, blocks and breaks become line ends, character references (html_refs.h) are
 * resolved, white space stays where it is to (html_space.h).
 * Never more bytes than it has and a constant, in linear time; bad HTML is no error.
 * Memory does not grow with it.
 */
void html_text(struct arena *, struct span html, struct sink *to);

/*
 * The same for people to read instead of the HTML: behind a link its target, pictures by
 * their texts, cells of a table apart by tabs, items of ordered lists by numbers
 * (which make it a quarter longer at most).
 */
void html_text_readable(struct arena *, struct span html, struct sink *to);

/* html_text_readable within memory. */
struct text html_text_of(struct arena *, const char *html, size_t n);

#endif

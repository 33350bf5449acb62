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
 * left out, blocks and breaks become line ends, character references are resolved.
 * Never more bytes than it has and a constant, in linear time; bad HTML is no error.
 * Memory does not grow with it.
 */
void html_text(struct arena *, struct span html, struct sink *to);

/* The same within memory. */
struct text html_text_of(struct arena *, const char *html, size_t n);

#endif

#ifndef CODEC_HTML_TEXT_H
#define CODEC_HTML_TEXT_H

#include <stddef.h>

#include "base/text.h"

struct arena;

/*
 * The words of an HTML body (UTF-8) for people to read: tags, scripts and styles are
 * left out, blocks and breaks become line ends, character references are resolved.
 * Never more bytes than n and a constant, in linear time; bad HTML is no error.
 */
struct text html_text(struct arena *, const char *html, size_t n);

#endif

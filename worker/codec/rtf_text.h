#ifndef CODEC_RTF_TEXT_H
#define CODEC_RTF_TEXT_H

#include <stddef.h>

#include "base/text.h"

struct arena;
struct rtf_facts;

/* RTF rendered as plain text: tabs between cells, links behind their text. */
struct text rtf_text(struct arena *, const void *rtf, size_t n, struct rtf_facts *);

#endif

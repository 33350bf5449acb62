#ifndef CODEC_RTF_HTML_H
#define CODEC_RTF_HTML_H

#include <stddef.h>

#include "base/text.h"

struct arena;
struct rtf_facts;

/* RTF rendered as HTML that reads like it. */
struct text rtf_html(struct arena *, const void *rtf, size_t n, struct rtf_facts *);

#endif

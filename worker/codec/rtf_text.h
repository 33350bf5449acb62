#ifndef CODEC_RTF_TEXT_H
#define CODEC_RTF_TEXT_H

#include "base/span.h"

struct sink;

/* RTF rendered as plain text: tabs between cells, links behind their text. */
void rtf_text(struct span rtf, struct sink *to);

#endif

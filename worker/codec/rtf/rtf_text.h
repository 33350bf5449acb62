/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_TEXT_H
#define CODEC_RTF_TEXT_H

#include "base/span.h"

struct rtf_want;

/* RTF rendered as plain text: tabs between cells, links behind their text. Returns what
 * was lost, a set of enum rtf_lost. */
unsigned rtf_text(struct span rtf, const struct rtf_want *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_HTML_H
#define CODEC_RTF_HTML_H

#include "base/span.h"
#include "codec/rtf/rtf.h"

struct arena;
struct rtf_facts;
struct rtf_items;

/* Genuine RTF rendered as HTML. */
struct rtf_facts rtf_html(
    struct arena *, struct span rtf, const struct rtf_want *, struct rtf_items *);

#endif

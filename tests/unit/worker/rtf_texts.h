/* SPDX-License-Identifier: ISC */
#ifndef RTF_TEXTS_H
#define RTF_TEXTS_H

/* A document read into memory, its results as strings. */
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/rtf/rtf.h"

struct rtf_texts {
	struct rtf_body body;
	struct text html, text; /* .s NULL: the document has none */
};

static inline struct text rtf_texts_of(struct arena *a, struct span s)
{
	return (struct text){ arena_copy(a, s.mem, (size_t)s.len), (size_t)s.len, false };
}

static inline bool rtf_texts(
    struct arena *a, const void *rtf, size_t n, const char *url, struct rtf_texts *out)
{
	struct rtf_want want = { .html = sink_memory(a),
		.text = sink_memory(a),
		.url = url,
		.url_end = url ? "" : NULL };

	*out = (struct rtf_texts){ 0 };
	if (!rtf_read(a, span_over(rtf, n), &want, &out->body))
		return false;
	out->text = rtf_texts_of(a, out->body.text);
	if (out->body.kind != RTF_TEXT)
		out->html = rtf_texts_of(a, out->body.html);
	return true;
}

#endif

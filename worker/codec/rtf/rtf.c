/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf.h"

#include <string.h>

#include "base/arena.h"
#include "base/feed.h"
#include "base/sink.h"
#include "codec/rtf/rtf_encap.h"
#include "codec/rtf/rtf_html.h"
#include "codec/rtf/rtf_lex.h"
#include "codec/rtf/rtf_text.h"
#include "codec/rtf/rtf_walk.h"

static bool rtf_is_word(const struct rtf_token *t, const char *name)
{
	return t->kind == RTF_TOKEN_WORD && t->n == strlen(name) &&
	       memcmp(t->name, name, t->n) == 0;
}

/*
 * What the header says that the document was made from (MS-OXRTFEX 2.2.3.1): a word
 * among the first ones, before any group and any text.
 */
static enum rtf_kind rtf_recognize(struct feed *in)
{
	for (;;) {
		struct rtf_token t = rtf_lex(in);
		if (t.kind != RTF_TOKEN_WORD)
			return RTF_GENUINE;
		if (rtf_is_word(&t, "fromhtml") && t.has_number && t.number != 0)
			return RTF_HTML;
		if (rtf_is_word(&t, "fromtext"))
			return RTF_TEXT;
	}
}

/* Is there a tag of the original? Without one it is not encapsulated. */
static bool has_tag(struct arena *a, struct span rtf)
{
	static const char tag[] = "\\htmltag";
	struct feed in = feed_over(a, rtf);

	while (feed_need(&in, sizeof tag - 1)) {
		if (memcmp(in.p, tag, sizeof tag - 1) == 0)
			return true;
		feed_skip(&in, 1);
	}
	return false;
}

/* Skip what may stand before {\rtf, then see whether it is there. */
static bool begins_rtf(struct feed *in, uint64_t *at)
{
	while (feed_any(in) && *in->p <= ' ')
		(void)feed_byte(in);
	*at = feed_at(in);
	struct rtf_token open = rtf_lex(in), word = rtf_lex(in);
	return open.kind == RTF_TOKEN_OPEN && rtf_is_word(&word, "rtf");
}

bool rtf_read(
    struct arena *a, struct span rtf, const struct rtf_want *want, struct rtf_body *out)
{
	struct feed in = feed_over(a, rtf);
	struct rtf_items items = { .arena = a };
	struct rtf_facts facts;
	uint64_t at;

	*out = (struct rtf_body){ .kind = RTF_GENUINE, .html = span_over(NULL, 0) };
	if (!begins_rtf(&in, &at))
		return false;
	rtf = span_sub(rtf, at, rtf.len);
	out->kind = rtf_recognize(&in);
	/* What claims to be from HTML but holds none of it is plain RTF. */
	if (out->kind == RTF_HTML && !has_tag(a, rtf))
		out->kind = RTF_GENUINE;
	if (out->kind == RTF_TEXT) {
		facts = rtf_encap(rtf, RTF_TEXT, want);
	} else {
		facts = out->kind == RTF_HTML ? rtf_encap(rtf, RTF_HTML, want)
					      : rtf_html(a, rtf, want, &items);
		out->html = sink_bytes(want->html);
		facts.lost |= rtf_text(rtf, want) & RTF_LOST_REST;
	}
	out->text = sink_bytes(want->text);
	out->lost = facts.lost;
	out->codepage = facts.codepage;
	out->items = items.list;
	out->item_count = items.count;
	out->places = facts.places;
	return true;
}

const char *rtf_lost_words(struct arena *a, unsigned lost)
{
	static const struct {
		unsigned bit;
		const char *words;
	} rows[] = {
		{ RTF_LOST_CHARACTERS, "bytes without a meaning" },
		{ RTF_LOST_PICTURES, "pictures of an unknown kind" },
		{ RTF_LOST_OBJECTS, "objects without data" },
		{ RTF_LOST_HIDDEN, "hidden text" },
		{ RTF_LOST_LINKS, "links that must not be followed" },
		{ RTF_LOST_ASIDES, "notes or running heads" },
		{ RTF_LOST_DRAWINGS, "drawings" },
		{ RTF_LOST_FORMULAS, "the layout of formulas" },
		{ RTF_LOST_DEPTH, "groups nested too deep" },
		{ RTF_LOST_TABLES, "the layout of tables" },
		{ RTF_LOST_LISTS, "the numbers of lists" },
		{ RTF_LOST_BEHIND, "what stands behind its end" },
		{ RTF_LOST_REST, "all that follows, for its size (limits.growth)" },
	};
	const char *all = "";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (lost & rows[i].bit)
			all = arena_printf(
			    a, "%s%s%s", all, *all ? ", " : "", rows[i].words);
	return all;
}

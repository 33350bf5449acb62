/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_encap.h"

#include "base/sink.h"
#include "codec/rtf/rtf_walk.h"

struct writer {
	struct sink *out;
	enum rtf_kind kind;
};

/* Tags in a document that was plain text are none of it. */
static bool rtf_encap_belongs(const struct writer *w, const struct rtf_state *st)
{
	return w->kind == RTF_HTML || st->dest != RTF_DEST_HTMLTAG;
}

static void rtf_encap_put_text(
    void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct writer *w = arg;

	if (rtf_encap_belongs(w, st))
		sink_write(w->out, s, n);
}

/* Line ends are the only words that mean text here. */
static void rtf_encap_put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct writer *w = arg;

	if (rtf_encap_belongs(w, st) && (e == RTF_PAR || e == RTF_LINE))
		sink_text(w->out, "\r\n");
}

struct rtf_facts rtf_encap(
    struct span rtf, enum rtf_kind kind, const struct rtf_want *want)
{
	struct writer w = { .out = kind == RTF_TEXT ? want->text : want->html,
		.kind = kind };
	struct rtf_visitor visitor = { .text = rtf_encap_put_text,
		.event = rtf_encap_put_event,
		.original = true,
		.out = w.out,
		.most = want->most,
		.arg = &w };

	struct rtf_walk *walk = rtf_walk_new(rtf, want);
	struct rtf_facts facts = rtf_walk_run(walk, &visitor);

	rtf_walk_free(walk);
	return facts;
}

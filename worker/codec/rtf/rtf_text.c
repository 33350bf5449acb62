/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_text.h"

#include <string.h>

#include "base/sink.h"
#include "codec/rtf/rtf.h"
#include "codec/rtf/rtf_walk.h"

struct writer {
	struct sink *out;
	struct rtf_walk *walk;
	bool asides;
	unsigned aside_count;
	uint32_t cells;        /* ended in this row, nothing behind them yet */
	struct rtf_link *link; /* whose text is being written */
	size_t seen;           /* bytes of its address that the text repeated so far */
	bool repeats;
};

/*
 * The text of a link is over: its address follows, unless the text was just that.
 * Only once: a long address must not come back with each paragraph.
 */
static void end_link(struct writer *w)
{
	struct rtf_link *link = w->link;

	w->link = NULL;
	if (!link || link->written)
		return;
	link->written = true;
	if (link->len > 0 && *link->url == '#') /* a place in this document */
		return;
	if (w->repeats && w->seen == link->len)
		return;
	sink_text(w->out, " <");
	sink_write(w->out, link->url, link->len);
	sink_text(w->out, ">");
}

static void follow_link(struct writer *w, struct rtf_link *link, const char *s, size_t n)
{
	if (link != w->link) {
		end_link(w);
		w->link = link;
		w->seen = 0;
		w->repeats = true;
		/* an address is shown without this more often than with it */
		if (link && link->len > 7 && memcmp(link->url, "mailto:", 7) == 0 &&
		    (n < 1 || *s != 'm'))
			w->seen = 7;
	}
	if (!link || !w->repeats)
		return;
	if (n > link->len - w->seen || memcmp(link->url + w->seen, s, n) != 0)
		w->repeats = false;
	else
		w->seen += n;
}

static void put_cells(struct writer *w)
{
	for (; w->cells > 0; w->cells--)
		sink_text(w->out, "\t");
}

static void rtf_text_put_text(
    void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct writer *w = arg;

	if (rtf_walk_hides(st))
		return;
	put_cells(w);
	follow_link(w, st->link, s, n);
	sink_write(w->out, s, n);
}

/* Text stands aside: the place that refers to it, or the text with what it is. */
static void rtf_text_put_aside(struct writer *w)
{
	int32_t kind;

	(void)rtf_walk_now(w->walk, &kind);
	bool numbered = kind == RTF_ASIDE_FOOTNOTE || kind == RTF_ASIDE_ANNOTATION;
	w->aside_count += numbered;
	w->cells = 0;
	sink_text(w->out, w->asides ? "\r\n" : "");
	if (numbered)
		sink_printf(w->out, w->asides ? "[%u] " : "[%u]", w->aside_count);
	else if (w->asides)
		sink_text(w->out, kind == RTF_ASIDE_HEADER ? "[header] " : "[footer] ");
}

static void rtf_text_put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct writer *w = arg;

	(void)st;
	if (e != RTF_ITEM && e != RTF_MARK && e != RTF_PLACE && e != RTF_ROW_STARTS &&
	    e != RTF_CELL_EDGE)
		end_link(w);
	switch (e) {
	case RTF_PAR:
	case RTF_LINE:
		put_cells(w);
		sink_text(w->out, "\r\n");
		break;
	case RTF_CELL:
	case RTF_NEST_CELL:
		w->cells++;
		break;
	case RTF_ROW: /* the last cell has nothing behind it */
	case RTF_NEST_ROW:
		w->cells = 0;
		sink_text(w->out, "\r\n");
		break;
	case RTF_ITEM:
		if (rtf_walk_item(w->walk)->kind == RTF_ITEM_OBJECT)
			break;
		put_cells(w);
		sink_printf(w->out, "[picture %u]", rtf_walk_item(w->walk)->number);
		break;
	case RTF_ASIDE:
		rtf_text_put_aside(w);
		break;
	case RTF_MARK:
	case RTF_PLACE:
	case RTF_ROW_STARTS:
	case RTF_CELL_EDGE:
		break;
	}
}

static struct rtf_facts rtf_text_render(
    struct span rtf, const struct rtf_want *want, const struct rtf_facts *before)
{
	struct writer w = { .out = want->text, .asides = before != NULL };
	struct rtf_visitor visitor = { .text = rtf_text_put_text,
		.event = rtf_text_put_event,
		.asides = w.asides,
		.items_before = before ? before->items : 0,
		.out = want->text,
		.most = want->most,
		.arg = &w };

	w.walk = rtf_walk_new(rtf, want);
	struct rtf_facts facts = rtf_walk_run(w.walk, &visitor);
	end_link(&w);
	rtf_walk_free(w.walk);
	return facts;
}

unsigned rtf_text(struct span rtf, const struct rtf_want *want)
{
	struct rtf_facts facts = rtf_text_render(rtf, want, NULL);

	if (facts.asides > 0)
		facts.lost |= rtf_text_render(rtf, want, &facts).lost;
	return facts.lost;
}

#include "codec/rtf_text.h"

#include <string.h>

#include "base/sink.h"
#include "codec/rtf_walk.h"

struct writer {
	struct sink *out;
	struct rtf_walk *walk;
	uint32_t cells, pictures; /* cells: ended in this row, nothing behind them yet */
	struct rtf_link *link;    /* whose text is being written */
	size_t seen;              /* bytes of its address that the text repeated so far */
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
	if (!link || link->told)
		return;
	link->told = true;
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

static void put_text(void *arg, const struct rtf_state *st, const char *s, size_t n)
{
	struct writer *w = arg;

	if (st->looks.hidden) {
		rtf_walk_lossy(w->walk);
		return;
	}
	put_cells(w);
	follow_link(w, st->link, s, n);
	sink_write(w->out, s, n);
}

static void put_event(void *arg, const struct rtf_state *st, enum rtf_event e)
{
	struct writer *w = arg;

	(void)st;
	if (e != RTF_PICTURE)
		end_link(w);
	switch (e) {
	case RTF_PAR:
	case RTF_LINE:
		put_cells(w);
		sink_text(w->out, "\r\n");
		break;
	case RTF_CELL:
		w->cells++;
		break;
	case RTF_ROW: /* the last cell has nothing behind it */
		w->cells = 0;
		sink_text(w->out, "\r\n");
		break;
	case RTF_PICTURE:
		put_cells(w);
		sink_printf(w->out, "[picture %u]", (unsigned)++w->pictures);
		break;
	case RTF_ROW_STARTS:
		break;
	}
}

struct text rtf_text(struct arena *a, const void *rtf, size_t n, struct rtf_facts *facts)
{
	struct writer w = { .out = sink_memory(a), .walk = rtf_walk_new(a, rtf, n) };
	struct rtf_visitor visitor = { .text = put_text, .event = put_event, .arg = &w };

	*facts = rtf_walk_run(w.walk, &visitor);
	end_link(&w);
	sink_write(w.out, "", 1);
	struct span s = sink_bytes(w.out);
	return (struct text){ (const char *)s.mem, (size_t)s.len - 1, facts->lossy };
}

/* SPDX-License-Identifier: ISC */
/* What an item says at length: MS-OXCICAL 2.1.3.1.1.20.5, .11 and .27 */
#include "base/arena.h"
#include "base/limits.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/body.h"
#include "message/notes.h"
#include "message/tags.h"

bool ical_has_body(const struct message *m)
{
	static const uint16_t ids[] = { PidTagBody, PidTagHtml, PidTagRtfCompressed };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (props_get(&m->props, ids[i]))
			return true;
	return false;
}

/* A body as a text that is held; what is too long for one line of a calendar is cut. */
static struct text held_body(struct ical *ic, struct span body, const char *what)
{
	struct span held = span_load(ic->a, span_sub(body, 0, LIMIT_LOAD));

	if (body.len > held.len)
		notes_add(&ic->c->notes, NOTE_CHANGED, "message", what,
		    "the calendar has the first %llu of %llu bytes",
		    (unsigned long long)held.len, (unsigned long long)body.len);
	return text_from(ic->a, 65001, held.mem, (size_t)held.len);
}

void ical_put_description(struct ical *ic, const struct message *m)
{
	bool answer = ic->class->status != NULL;
	struct notes told = { 0 }; /* by the mail that the calendar is in */
	struct body_want want = convert_body_want(ic->c, "message", "");

	notes_init(&told, ic->a);
	if (ic->c->depth > 0)
		want.notes = &told;
	struct body b = body_of(&want, m);
	struct text plain = held_body(ic, b.plain, "DESCRIPTION");
	if (m == ic->m)
		ic->described = plain;
	content_line_put(&ic->l, answer ? "COMMENT" : "DESCRIPTION", plain);
	if (answer || b.html.len == 0)
		return;
	content_line_put(&ic->l, "X-ALT-DESC;FMTTYPE=text/html",
	    held_body(ic, body_html_utf8(&want, &b), "X-ALT-DESC"));
}

/* Of very many exceptions the text of the series is not said again and again. */
void ical_put_inherited(struct ical *ic)
{
	if (ic->described.len <= LIMIT_LOAD / (ic->recur.exception_count + 1))
		content_line_put(&ic->l, "DESCRIPTION", ic->described);
}

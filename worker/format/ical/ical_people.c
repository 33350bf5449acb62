/* SPDX-License-Identifier: ISC */
/* MS-OXCICAL 2.1.3.1.1.20.2 and .16 */
#include "base/arena.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/notes.h"
#include "message/person.h"
#include "message/tags.h"

enum { IS_ORGANIZER = 0x02, IS_EXCEPTIONAL_DELETED = 0x20 }; /* PidTagRecipientFlags */

/* PidTagRecipientTrackStatus ([MS-OXOCAL] 2.2.4.10.2) */
static const char *const statuses[] = { "NEEDS-ACTION", "ACCEPTED", "TENTATIVE",
	"ACCEPTED", "DECLINED", "NEEDS-ACTION" };

/* By PidTagRecipientType: To, Cc, and resources for which meetings use Bcc. */
static const struct role {
	const char *role, *user_type;
} roles[] = {
	{ "REQ-PARTICIPANT", NULL },
	{ "REQ-PARTICIPANT", NULL },
	{ "OPT-PARTICIPANT", NULL },
	{ "NON-PARTICIPANT", "RESOURCE" },
};

static void put_calendar_address(
    struct ical *ic, const struct person *p, const char *part)
{
	if (p->internet)
		content_line_raw(
		    &ic->l, "mailto:%.*s", (int)p->address.len, p->address.s);
	else {
		content_line_raw(&ic->l, "invalid:nomail");
		notes_add(&ic->c->notes, NOTE_CHANGED, part, "address",
		    "%s is no internet address: invalid:nomail in the calendar",
		    p->address.len ? p->address.s
		    : p->name.len  ? p->name.s
				   : "nothing");
	}
	content_line_end(&ic->l);
}

static bool is_same(struct text a, struct text b)
{
	return a.len > 0 && a.len == b.len && strncasecmp(a.s, b.s, a.len) == 0;
}

static struct person organizer_of(struct ical *ic, const struct message *m)
{
	/* An answer goes to the organizer; old ones name him as who receives it. */
	if (ic->class->status)
		return m->recipient_count > 0
			   ? person_of(ic->a, &m->recipients[0].props, &person_recipient)
			   : person_of(ic->a, &m->props, &person_received_representing);
	struct person p = person_of(ic->a, &m->props, &person_representing);
	return person_any(&p) ? p : person_of(ic->a, &m->props, &person_sender);
}

/* Who sends for the organizer, when that is somebody else. */
static void put_sent_by(struct ical *ic, const struct message *m, struct text organizer)
{
	struct person s = person_of(ic->a, &m->props, &person_sender);

	if (!s.internet || organizer.len == 0 || is_same(s.address, organizer))
		return;
	char *to = arena_printf(ic->a, "mailto:%s", s.address.s);
	content_line_param_word(&ic->l, "SENT-BY", to);
}

static void put_attendee(
    struct ical *ic, const struct props *props, const struct person *p, uint32_t number)
{
	int64_t kind = props_number(props, PidTagRecipientType, 1) & RECIPIENT_TYPE_MASK;
	int64_t status = props_number(props, PidTagRecipientTrackStatus, 0);
	const struct role *role = &roles[kind >= 0 && kind <= 3 ? kind : 1];
	bool answers = props_number(&ic->m->props, PidTagResponseRequested, 1) != 0;

	content_line_begin(&ic->l, "ATTENDEE");
	content_line_param(&ic->l, "CN", p->name);
	content_line_param_word(&ic->l, "CUTYPE", role->user_type ? role->user_type : "");
	content_line_param_word(&ic->l, "ROLE", role->role);
	content_line_param_word(
	    &ic->l, "PARTSTAT", statuses[status >= 0 && status < 6 ? status : 0]);
	content_line_param_word(&ic->l, "RSVP", answers ? "TRUE" : "FALSE");
	put_calendar_address(ic, p, arena_printf(ic->a, "recipient %u", number));
}

/* The one who answers (2.1.3.1.1.1: exactly one attendee). */
static void put_answer(struct ical *ic, const struct message *m)
{
	struct person p = person_of(ic->a, &m->props, &person_representing);

	if (!person_any(&p))
		p = person_of(ic->a, &m->props, &person_sender);
	content_line_begin(&ic->l, "ATTENDEE");
	content_line_param(&ic->l, "CN", p.name);
	content_line_param_word(&ic->l, "PARTSTAT", ic->class->status);
	put_sent_by(ic, m, p.address);
	put_calendar_address(ic, &p, "message");
}

void ical_put_people(struct ical *ic, const struct message *m)
{
	struct person organizer = organizer_of(ic, m);
	bool meeting = m->recipient_count > 0 || ic->class->method[0] != 'P';

	if (!meeting)
		return;
	/* Outlook puts "Unknown" where nobody is known yet. */
	if (organizer.internet ||
	    (person_any(&organizer) && ic->class->method[0] != 'P')) {
		content_line_begin(&ic->l, "ORGANIZER");
		content_line_param(&ic->l, "CN", organizer.name);
		if (!ic->class->status)
			put_sent_by(ic, m, organizer.address);
		put_calendar_address(ic, &organizer, "message");
	}
	if (ic->class->status) {
		put_answer(ic, m);
		return;
	}
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		const struct props *props = &m->recipients[i].props;
		struct person p = person_of(ic->a, props, &person_recipient);
		int64_t flags = props_number(props, PidTagRecipientFlags, 0);
		if (!person_any(&p) || flags & (IS_ORGANIZER | IS_EXCEPTIONAL_DELETED) ||
		    is_same(p.address, organizer.address))
			continue;
		put_attendee(ic, props, &p, i + 1);
	}
}

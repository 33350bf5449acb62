/* SPDX-License-Identifier: ISC */
#include "message/envelope.h"

#include <string.h>

#include "base/arena.h"
#include "message/message.h"

struct text envelope_subject(struct arena *a, const struct message *m)
{
	struct text whole = props_text(&m->props, PidTagSubject);
	struct text prefix = props_text(&m->props, PidTagSubjectPrefix);
	struct text rest = props_text(&m->props, PidTagNormalizedSubject);

	if ((whole.s && whole.len > 0) || !rest.s)
		return whole;
	char *both = arena_alloc(a, prefix.len + rest.len + 1);
	if (prefix.len)
		memcpy(both, prefix.s, prefix.len);
	if (rest.len)
		memcpy(both + prefix.len, rest.s, rest.len);
	return (struct text){ .s = both, .len = prefix.len + rest.len };
}

/* The same name and address? */
static bool envelope_same(const struct person *a, const struct person *b)
{
	return a->name.len == b->name.len && a->address.len == b->address.len &&
	       memcmp(a->name.s, b->name.s, a->name.len) == 0 &&
	       memcmp(a->address.s, b->address.s, a->address.len) == 0;
}

bool envelope_from(
    struct arena *a, const struct message *m, struct person *from, struct person *sender)
{
	*from = person_of(a, &m->props, &person_representing);
	*sender = person_of(a, &m->props, &person_sender);
	if (!person_any(from))
		*from = *sender;
	if (envelope_same(from, sender))
		*sender = (struct person){ 0 };
	return person_any(from);
}

enum recipient_type envelope_recipient_type(const struct recipient *r)
{
	int64_t type = props_number(&r->props, PidTagRecipientType, RECIPIENT_TO) &
		       RECIPIENT_TYPE_MASK;

	return type == RECIPIENT_CC    ? RECIPIENT_CC
	       : type == RECIPIENT_BCC ? RECIPIENT_BCC
				       : RECIPIENT_TO;
}

bool envelope_receiver(struct arena *a, const struct message *m, struct person *p)
{
	if (m->recipient_count > 0)
		return false;
	*p = person_of(a, &m->props, &person_received_by);
	if (p->address.len == 0)
		*p = person_of(a, &m->props, &person_received_representing);
	return p->address.len > 0;
}

struct when envelope_date(const struct message *m)
{
	struct when sent = props_when(&m->props, PidTagClientSubmitTime);

	return sent.valid ? sent : props_when(&m->props, PidTagMessageDeliveryTime);
}

/* SPDX-License-Identifier: ISC */
#include "message/envelope.h"

#include <string.h>
#include <strings.h>

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

/* The line of a header field as it came along with the message; .len 0: none. */
static struct text transport_line(const struct message *m, const char *name)
{
	struct text all = props_text(&m->props, PidTagTransportMessageHeaders);
	size_t n = strlen(name);

	for (const char *p = all.s, *end = all.s + all.len; p && p < end;) {
		const char *next = memchr(p, '\n', (size_t)(end - p));
		const char *stop = next ? next : end;
		if ((size_t)(stop - p) > n && strncasecmp(p, name, n) == 0 &&
		    p[n] == ':') {
			/* What is folded goes on behind a blank. */
			while (next && next + 1 < end &&
			       (next[1] == ' ' || next[1] == '\t')) {
				next = memchr(next + 1, '\n', (size_t)(end - next - 1));
				stop = next ? next : end;
			}
			return (struct text){ p + n + 1, (size_t)(stop - p) - n - 1, 0 };
		}
		p = next ? next + 1 : end;
	}
	return (struct text){ 0 };
}

/*
 * Somebody known by an Exchange address only: the transport's header has the internet
 * address that others saw.
 */
static void from_transport(struct arena *a, const struct message *m, struct person *p)
{
	struct text line = text_clean(a, transport_line(m, "From"));
	const char *open = line.len > 0 ? memrchr(line.s, '<', line.len) : NULL;
	const char *start = open ? open + 1 : line.s;
	const char *close =
	    open ? memchr(open, '>', line.len - (size_t)(open - line.s)) : NULL;
	size_t n = line.len - (size_t)(start - line.s);

	if (close)
		n = (size_t)(close - start);
	struct text address = { n > 0 ? arena_copy(a, start, n) : NULL, n, 0 };
	if (person_is_internet(address)) {
		p->address = address;
		p->type = (struct text){ .s = "" };
		p->internet = true;
	}
}

bool envelope_from(
    struct arena *a, const struct message *m, struct person *from, struct person *sender)
{
	*from = person_of(a, &m->props, &person_representing);
	*sender = person_of(a, &m->props, &person_sender);
	if (!person_any(from))
		*from = *sender;
	bool same = envelope_same(from, sender);
	if (person_any(from) && !from->internet)
		from_transport(a, m, from);
	if (same)
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

/* SPDX-License-Identifier: ISC */
/* A distribution list as a card of the kind "group" ([MS-OXOCNTC] 2.2.2, RFC 6350
 * 6.6.5). */
#include "base/arena.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "format/format.h"
#include "format/vcard/vcard.h"
#include "message/named.h"
#include "message/notes.h"
#include "message/person.h"

enum { LID_STREAM = 0x8064 }; /* PidLidDistributionListStream */

/* [MS-OXOCNTC] 2.2.2.1.2: the provider of entry ids that wrap others. */
static const uint8_t provider_wrapped[16] = { 0xc0, 0x91, 0xad, 0xd3, 0x51, 0x9d, 0xcf,
	0x11, 0xa4, 0xa9, 0x00, 0xaa, 0x00, 0x47, 0xfa, 0xa4 };

struct members {
	uint32_t written, unknown;
};

static bool member_of(struct vcard *v, struct span id, struct person *p)
{
	struct span held = span_load(v->a, span_sub(id, 0, LIMIT_LOAD));
	struct cursor in = cur_over(held.mem, (size_t)held.len), inner = in;
	uint8_t provider[16];

	(void)cur_u32le(&inner);
	cur_bytes(&inner, provider, sizeof provider);
	if (!inner.bad && memcmp(provider, provider_wrapped, sizeof provider) == 0) {
		(void)cur_u8(&inner); /* its kind is seen by what it holds */
		in = inner;
	}
	return person_from_entry(v->a, v->m->codepage, in, p);
}

static void put_member(struct vcard *v, const struct person *p, struct members *n)
{
	struct text address = text_clean(v->a, p->address),
		    name = text_clean(v->a, p->name);
	bool internet = person_is_internet(address);

	if (address.len == 0 && name.len == 0) {
		n->unknown++;
		return;
	}
	n->written++;
	content_line_begin(&v->l, v->old ? "X-ADDRESSBOOKSERVER-MEMBER" : "MEMBER");
	content_line_param(&v->l, "X-CN", name);
	content_line_raw(&v->l, internet ? "mailto:" : "invalid:");
	content_line_more(&v->l, address.s, address.len);
	content_line_end(&v->l);
	if (!internet)
		notes_add(&v->c->notes, NOTE_CHANGED, "message", "MEMBER",
		    "%s has no internet address", name.len ? name.s : address.s);
}

/* Large lists lie in one stream ([MS-OXOCNTC] 2.2.2.3): pairs of an id and a one-off. */
static bool put_stream(struct vcard *v, struct members *n)
{
	struct span all = span_load(
	    v->a, span_sub(named_bytes(&v->m->props, props_set_address, LID_STREAM), 0,
		      LIMIT_OPEN));
	struct cursor in = cur_over(all.mem, (size_t)all.len);

	(void)cur_u32le(&in); /* version, reserved */
	(void)cur_u32le(&in); /* build */
	(void)cur_u32le(&in); /* flags */
	uint32_t count = cur_u32le(&in);
	(void)cur_u32le(&in); /* bytes of ids, bytes of one-offs */
	(void)cur_u32le(&in);
	while (count-- > 0 && !in.bad) {
		struct cursor one = cur_sub(&in, cur_u32le(&in));
		struct cursor off = cur_sub(&in, cur_u32le(&in));
		struct person p = { 0 };
		if (in.bad)
			break;
		if (!member_of(v, span_over(off.pos, off.left), &p))
			(void)member_of(v, span_over(one.pos, one.left), &p);
		put_member(v, &p, n);
	}
	return n->written > 0;
}

static void put_arrays(struct vcard *v, struct members *n)
{
	const struct prop *off = named_values(&v->m->props, props_set_address,
	    PidLidDistributionListOneOffMembers, PT_BINARY);
	const struct prop *ids = named_values(
	    &v->m->props, props_set_address, PidLidDistributionListMembers, PT_BINARY);
	uint32_t count = off ? off->count : 0;

	if (ids && ids->count > count)
		count = ids->count;
	for (uint32_t i = 0; i < count; i++) {
		struct person p = { 0 };
		bool known =
		    off && i < off->count && member_of(v, off->values[i].bytes, &p);
		if (!known && ids && i < ids->count)
			(void)member_of(v, ids->values[i].bytes, &p);
		put_member(v, &p, n);
	}
}

void vcard_write_list(struct vcard *v)
{
	const struct props *p = &v->m->props;
	struct text name = named_text(p, props_set_address, PidLidDistributionListName);
	struct members n = { 0 };

	content_line_say(&v->l, v->old ? "X-ADDRESSBOOKSERVER-KIND" : "KIND", "group");
	if (name.len == 0)
		name = props_text(p, PidTagDisplayName);
	if (name.len == 0)
		name = props_text(p, PidTagSubject);
	name = text_clean(v->a, name);
	vcard_put_common(v, name);
	if (v->old) {
		content_line_begin(&v->l, "N");
		content_line_item(&v->l, ';', name);
		for (int i = 0; i < 4; i++)
			content_line_item(&v->l, ';', (struct text){ .s = "" });
		content_line_end(&v->l);
	}
	if (!put_stream(v, &n))
		put_arrays(v, &n);
	if (n.unknown > 0)
		notes_add(&v->c->notes, NOTE_LOST, "message", "MEMBER",
		    "%u members are only known where the list came from", n.unknown);
}

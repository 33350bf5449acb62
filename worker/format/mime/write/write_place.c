/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "format/growth.h"
#include "format/mime/write/ole.h"
#include "format/mime/write/write_private.h"
#include "message/attached.h"
#include "message/body_place.h"
#include "message/message.h"

const char *write_attachment_part(struct out *o, const struct write_plan *p, uint32_t i)
{
	if (strcmp(p->part, "message") == 0)
		return arena_printf(o->c->arena, "attachment %u", i + 1);
	return arena_printf(o->c->arena, "%s, attachment %u", p->part, i + 1);
}

/* Those with a place in the RTF as they come there, the others between them as they are.
 */
static void write_place_order(struct out *o, struct write_plan *p)
{
	uint32_t count = p->m->attachment_count, next = 0;
	const struct body_place *places = p->body.places;
	uint8_t *placed = arena_array(o->c->arena, count, 1);

	p->order = arena_array(o->c->arena, count, sizeof *p->order);
	for (unsigned i = 0; i < p->body.place_count; i++)
		placed[places[i].attachment] = 1;
	for (uint32_t i = 0; i < count; i++)
		p->order[i] = placed[i] ? places[next++].attachment : i;
}

void write_place_attachments(struct out *o, struct write_plan *p)
{
	const struct message *m = p->m;
	const struct attached_view *view =
	    p->html ? attached_shown(o->c->arena, m, &p->body) : NULL;

	p->places = arena_array(o->c->arena, m->attachment_count, sizeof *p->places);
	write_place_order(o, p);
	for (uint32_t i = 0; i < m->attachment_count; i++) {
		const struct attachment *at = &m->attachments[i];
		const char *part = write_attachment_part(o, p, i);
		if (item_any(&p->item) && p->item.held[i]) {
			p->account.files[i] = FATE_WRITTEN;
			continue;
		}
		if (p->covered && p->item.made.format && p->item.held[i]) {
			p->account.files[i] = FATE_SHOWN_ALREADY;
			continue;
		}
		if (p->notification && at->embedded && p->original_at == 0) {
			p->places[i].place = PLACE_ORIGINAL;
			p->original_at = i + 1;
			p->account.files[i] = FATE_OPEN;
			continue;
		}
		if (!growth_take(o->c, growth_encoded(at->data.len), part,
			attached_name(o->c->arena, at).s)) {
			p->account.files[i] = FATE_NOTED;
			p->cut = true;
			continue;
		}
		attached_note(o->c->arena, &o->c->notes, at, part);
		struct write_place *to = &p->places[i];
		if (view)
			to->view = view[i];
		p->inlined += to->view.shown || to->view.pictured;
		if (to->view.shown)
			to->place = PLACE_INLINE;
		else if (!to->view.pictured || !ole_is_rendering(at))
			to->place = PLACE_ATTACHED;
		p->attached += to->place == PLACE_ATTACHED;
		p->account.files[i] = FATE_OPEN;
	}
}

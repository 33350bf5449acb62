/* SPDX-License-Identifier: ISC */
#include "format/mime/write/write_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/growth.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/shown.h"
#include "format/mime/write/attach.h"
#include "format/mime/write/header.h"
#include "format/mime/write/items.h"
#include "format/mime/write/lost.h"
#include "format/mime/write/notification.h"
#include "format/mime/write/ole.h"
#include "format/mime/write/smime.h"
#include "format/mime/write/text_body.h"
#include "message/attached.h"
#include "message/body_item.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/named.h"
#include "message/tags.h"

/* Classes that are a mail and nothing more; a longer name below them counts too. */
static const char *const mail_classes[] = { "IPM.Note", "IPM.Post", "IPM.Message",
	"IPM.Microsoft Mail.Note", "IPM.StickyNote", "IPM.Document",
	/* Its task is a message in it. */
	"IPM.TaskRequest" };

static bool is_class(struct text t, const char *class)
{
	size_t n = strlen(class);

	return t.s && strncasecmp(t.s, class, n) == 0 && (!t.s[n] || t.s[n] == '.');
}

static bool is_mail(const struct message *m)
{
	struct text t = props_text(&m->props, PidTagMessageClass);

	if (!t.s || t.len == 0 || strcasecmp(t.s, "IPM") == 0)
		return true;
	for (size_t i = 0; i < sizeof mail_classes / sizeof mail_classes[0]; i++)
		if (is_class(t, mail_classes[i]))
			return true;
	return false;
}

/* Is everything in it a mail, or an item that has a part of its own? What is not loses
 * more than a note can say. */
static bool is_all_mail(const struct message *m)
{
	struct format_item item;
	bool all = is_mail(m) || notification_of(m) || format_of_item(m->arena, m, &item);

	for (uint32_t i = 0; all && i < m->attachment_count; i++)
		if (m->attachments[i].embedded)
			all = is_all_mail(m->attachments[i].embedded);
	return all;
}

/* Why the original is attached, or is missed. */
static void note_original(struct out *o, const struct message *m,
    const struct write_plan *p, const struct write_want *want, bool bare)
{
	struct text class = props_text(&m->props, PidTagMessageClass);
	bool kept = p->original || want->kept;

	if (bare && !want->kept)
		notes_add(&o->c->notes, kept ? NOTE_KEPT : NOTE_LOST, p->part,
		    "PidTagMessageClass", "nothing readable in it (%s)%s",
		    class.s ? class.s : "no class",
		    kept ? ": the original is attached" : "");
	else if (p->original && want->damaged)
		notes_add(&o->c->notes, NOTE_KEPT, p->part, "original",
		    "was damaged: the original is attached");
	if (p->original && p->cut)
		notes_add(&o->c->notes, NOTE_KEPT, p->part, "original",
		    "more would come of it than fits: the original is attached");
	/* MS-OXOSMIME 2.1: the whole signed or encrypted entity is one attachment. */
	if (is_class(class, "IPM.Note.SMIME"))
		notes_add(&o->c->notes, NOTE_KEPT, p->part, "PidTagMessageClass",
		    "%s: the S/MIME message is passed on as an attachment", class.s);
	if (p->covered)
		notes_add(&o->c->notes, NOTE_KEPT, p->part, "PidTagMessageClass",
		    "%s: the mail around it says this already to programs, the original "
		    "is left for those that read it",
		    class.s);
	else if (!bare && !is_mail(m) && !p->notification && !item_any(&p->item))
		notes_add(&o->c->notes, kept ? NOTE_KEPT : NOTE_LOST, p->part,
		    "PidTagMessageClass", "%s is not a mail's, %s", class.s,
		    kept ? "the original is attached" : "written as a mail");
}

/*
 * Which bodies are written. Beside others only what says more than they do, and what
 * looks better: HTML where they are plain text, pictures and objects of RTF.
 */
static void place_bodies(const struct body_want *w, struct write_plan *p)
{
	const struct body *b = &p->body;
	const struct shown *shown = p->want.shown;

	p->html = b->html.len > 0;
	p->plain = b->plain.len > 0;
	p->account.plain = p->plain ? FATE_OPEN : FATE_NONE;
	p->account.html = p->html ? FATE_OPEN : FATE_NONE;
	p->account.rtf = b->rtf_empty ? FATE_NOTED : FATE_NONE;
	if (!shown || !shown_any(shown))
		return;
	bool html = p->html && shown_says(shown, body_words(w, b));
	bool plain = p->plain && ((b->plain_from_html || b->plain_from_rtf) && p->html
					 ? html
					 : shown_says(shown, b->plain));
	p->said = html == p->html && plain == p->plain;
	if (html && shown->html && b->item_count == 0 && b->place_count == 0) {
		p->html = false;
		p->account.html = FATE_SHOWN_ALREADY;
	}
	if (plain) {
		p->plain = false;
		p->account.plain = FATE_SHOWN_ALREADY;
	}
}

/* What of the bodies is written at all: mail with much in little has them shortened. */
static void fit_bodies(struct out *o, struct write_plan *p)
{
	struct body *b = &p->body;

	if (p->html && !growth_take(o->c, growth_encoded(b->html.len), p->part, "HTML")) {
		p->html = false;
		p->account.html = FATE_NOTED;
		p->cut = true;
	}
	if (p->plain &&
	    !growth_take(o->c, growth_encoded(b->plain.len), p->part, "text")) {
		p->plain = false;
		p->account.plain = FATE_NOTED;
		p->cut = true;
	}
	if (p->html && !items_fit(o, b, p->part)) {
		b->rtf = b->rtf_whole;
		p->rtf = true;
	}
	if (p->rtf && !growth_take(o->c, growth_encoded(b->rtf.len), p->part,
			  "PidTagRtfCompressed")) {
		p->rtf = false;
		p->account.rtf = FATE_NOTED;
		p->cut = true;
	}
}

/* Nothing at all that a person could read? */
static bool write_is_bare(struct out *o, const struct message *m, const struct body *b)
{
	struct text subject = envelope_subject(o->c->arena, m);

	return b->plain.len == 0 && b->html.len == 0 && b->rtf.len == 0 &&
	       m->attachment_count == 0 && (!subject.s || subject.len == 0);
}

/*
 * The part for machines, unless the mail around it has it already: then it is not said
 * twice, and the original stays for programs that read it.
 */
static void place_machine(struct out *o, struct write_plan *p)
{
	const struct shown *shown = p->want.shown;
	const struct props *props = &p->m->props;

	struct notes before = o->c->notes;

	p->item = item_of(o, p->m, p->part);
	p->notification = notification_of(p->m);
	if (p->notification && p->body.plain.len == 0 && p->body.html.len == 0)
		p->body.plain = notification_text(o, p->m);
	if (!shown)
		return;
	if (item_any(&p->item) && item_is_calendar(&p->item)) {
		bool own_uid =
		    named_bytes(props, props_set_meeting, PidLidCleanGlobalObjectId).len >
			0 ||
		    named_bytes(props, props_set_meeting, PidLidGlobalObjectId).len > 0;
		p->covered = shown_has_calendar(shown, p->item.data, own_uid);
	}
	if (p->notification)
		p->covered = shown_has(shown,
		    arena_printf(o->c->arena, "message/%s", p->notification->type));
	if (p->covered) { /* and what it could not say is not lost */
		*before.last = NULL;
		o->c->notes = before;
		p->item.data = span_over(NULL, 0);
		p->notification = NULL;
	}
}

struct write_plan *write_plan(
    struct out *o, const struct message *m, const struct write_want *want)
{
	struct write_plan *p = arena_alloc(o->c->arena, sizeof *p);
	struct body_want bodies =
	    convert_body_want(o->c, want->part, items_pictures_id(o));

	*p = (struct write_plan){
		.m = m, .want = *want, .part = want->part, .body = body_of(&bodies, m)
	};
	p->account.files = arena_array(o->c->arena, m->attachment_count, 1);
	place_machine(o, p);
	place_bodies(&bodies, p);
	/* RTF is attached where it has what the HTML made of it has not. */
	p->rtf = p->body.rtf_note && p->body.rtf.len > 0;
	p->account.rtf = p->rtf ? FATE_OPEN : p->account.rtf;
	body_note_rtf(&bodies, &p->body, ": attached as message.rtf");
	fit_bodies(o, p);
	write_place_attachments(o, p);
	p->bare = !item_any(&p->item) && !p->notification && !p->covered &&
		  write_is_bare(o, m, &p->body);
	p->needs = smime_needs(o->c->arena, m);
	p->original = want->original.len > 0 &&
		      (p->bare || want->damaged || p->cut || !write_is_mail(p));
	return p;
}

/* The notes on what is not written, once it is settled that the rest is. */
static void write_notes(struct out *o, const struct write_plan *p)
{
	const struct lost_want lost = { .part = p->part,
		.original = p->original || p->want.kept,
		.headed = p->want.headed };

	note_original(o, p->m, p, &p->want, p->bare);
	lost_note(o->c, p->m, &lost);
}

/* Does the item stand among the alternatives of the text? Not where there is no text
 * because the mail around it has it. */
static bool item_is_alternative(const struct write_plan *p)
{
	return item_any(&p->item) && p->item.made.alternative &&
	       (p->plain || p->html || !p->want.nested);
}

static bool item_is_file(const struct write_plan *p)
{
	return item_any(&p->item) && !item_is_alternative(p);
}

bool write_has_files(const struct write_plan *p)
{
	return item_is_file(p) || p->attached > 0 || p->rtf ||
	       (p->html && body_item_count(&p->body, true) > 0);
}

bool write_gains(const struct write_plan *p)
{
	return p->plain || p->html || p->notification || p->inlined > 0 ||
	       write_has_files(p) || (p->original && (p->want.damaged || p->cut));
}

bool write_is_mail(const struct write_plan *p)
{
	return is_all_mail(p->m) && !p->covered;
}

bool write_is_said(const struct write_plan *p)
{
	return p->said;
}

const char *write_needs(const struct write_plan *p)
{
	return p->needs;
}

bool write_says_all(struct out *o, const struct write_plan *p)
{
	struct body_want bodies = convert_body_want(o->c, p->part, "");

	return p->html && shown_within(p->want.shown, body_words(&bodies, &p->body));
}

/* needs: what is declared of all in it; NULL: 7bit */
static void open_multipart(struct out *o, const char *subtype, const char *param,
    const char *needs, char to[OUT_BOUNDARY])
{
	out_boundary(o, to);
	if (needs)
		out_field(o, "Content-Transfer-Encoding", needs);
	out_printf(o, "Content-Type: multipart/%s;%s\tboundary=\"%s\"%s%s%s", subtype,
	    o->eol, to, param, o->eol, o->eol);
}

static void close_multipart(struct out *o, const char *boundary)
{
	out_delimiter(o, boundary, true);
	out_line(o, "");
}

/* MS-OXCMAIL 2.1.3.2.29 and .30 */
static void body_fields(struct out *o, const struct message *m)
{
	struct text id = attached_content_id(o->c->arena, &m->props, PidTagBodyContentId);
	struct text place =
	    text_clean(o->c->arena, props_text(&m->props, PidTagBodyContentLocation));

	if (id.len > 0)
		out_printf(o, "Content-ID: <%s>%s", id.s, o->eol);
	if (place.len > 0)
		out_text_field(o, "Content-Location", place);
}

/* What the HTML shows of an attachment. */
static void write_inline(
    struct out *o, struct write_plan *p, uint32_t i, const char *boundary)
{
	const struct attachment *at = &p->m->attachments[i];
	const struct write_place *place = &p->places[i];

	if (place->place != PLACE_INLINE && !place->view.pictured)
		return;
	CRUMB("mime", p->m->depth, i + 1, 0, sink_length(o->c->out));
	out_delimiter(o, boundary, false);
	if (place->view.pictured)
		ole_write_picture(o, at, write_attachment_part(o, p, i), place->view.id);
	else
		attach_write(o, at, write_attachment_part(o, p, i), &place->view.id);
	if (place->place != PLACE_ATTACHED)
		p->account.files[i] = FATE_WRITTEN;
}

static void write_html(struct out *o, const struct message *m, struct write_plan *p)
{
	char boundary[OUT_BOUNDARY];
	const char *type = "; type=\"text/html\"";
	bool related = p->inlined > 0 || body_item_count(&p->body, false) > 0;

	if (related) {
		open_multipart(o, "related", type, NULL, boundary);
		out_delimiter(o, boundary, false);
	}
	body_fields(o, m);
	text_body_write(o, "text/html", p->body.html_charset, p->body.html);
	for (uint32_t i = 0; p->inlined > 0 && i < m->attachment_count; i++)
		write_inline(o, p, p->order[i], boundary);
	p->account.html = FATE_WRITTEN;
	if (related)
		items_write_pictures(o, &p->body, boundary);
	if (related)
		close_multipart(o, boundary);
}

/* The body, whatever there is of it; an empty text when there is none. */
static void write_bodies(struct out *o, const struct message *m, struct write_plan *p)
{
	char boundary[OUT_BOUNDARY];
	bool item = item_is_alternative(p);
	bool both = (p->plain && p->html) || item;

	if (both) {
		open_multipart(o, "alternative", "", NULL, boundary);
		out_delimiter(o, boundary, false);
	}
	if (!p->html)
		body_fields(o, m);
	if (p->plain || !p->html)
		text_body_write(
		    o, "text/plain", NULL, p->plain ? p->body.plain : span_over(NULL, 0));
	if (p->plain)
		p->account.plain = FATE_WRITTEN;
	if (both && p->html && p->plain)
		out_delimiter(o, boundary, false);
	if (p->html)
		write_html(o, m, p);
	if (item) {
		out_delimiter(o, boundary, false);
		item_write_alternative(o, &p->item);
	}
	if (both)
		close_multipart(o, boundary);
}

static void write_embedded_message(struct out *o, const struct attachment *at,
    const struct write_plan *p, const char *part)
{
	struct write_want want = { .kept = p->original, .part = part };
	struct text id =
	    attached_content_id(o->c->arena, &at->props, PidTagAttachContentId);
	const char *needs = smime_needs(o->c->arena, at->embedded);

	if (needs)
		out_field(o, "Content-Transfer-Encoding", needs);
	out_printf(
	    o, "Content-Type: message/rfc822%sContent-Disposition: attachment", o->eol);
	out_param(o, "filename", attached_name(o->c->arena, at));
	if (id.len > 0)
		out_printf(o, "%sContent-ID: <%s>", o->eol, id.s);
	out_printf(o, "%s%s", o->eol, o->eol);
	write_message(o, at->embedded, &want);
}

/* The text for people, the one for machines, and what it is on (RFC 3462 2). alone: it is
 * all that stands there. */
static void write_notification(struct out *o, struct write_plan *p, bool alone)
{
	char boundary[OUT_BOUNDARY], type[64];
	uint32_t i = p->original_at;

	(void)snprintf(type, sizeof type, "; report-type=%s", p->notification->type);
	open_multipart(o, "report", type, p->needs, boundary);
	out_delimiter(o, boundary, false);
	write_bodies(o, p->m, p);
	out_delimiter(o, boundary, false);
	notification_write_status(o, p->m);
	if (i > 0) {
		out_delimiter(o, boundary, false);
		write_embedded_message(
		    o, &p->m->attachments[i - 1], p, write_attachment_part(o, p, i - 1));
		p->account.files[i - 1] = FATE_WRITTEN;
	}
	out_delimiter(o, boundary, true);
	if (!alone || !p->want.nested)
		out_line(o, "");
}

static void write_main(struct out *o, struct write_plan *p, bool alone)
{
	if (p->notification)
		write_notification(o, p, alone);
	else
		write_bodies(o, p->m, p);
}

static void write_original(struct out *o, const struct write_plan *p)
{
	struct span original = p->want.original;

	/* What is more than a mail is for programs that know more: as it came. */
	if (p->want.entity.len > 0 && !write_is_mail(p) && !p->want.damaged) {
		sink_span(o->c->out, p->want.entity, convert_alive, o->c);
		o->text_open = true;
		return;
	}

	/* Not named winmail.dat and not application/ms-tnef: it is converted already. */
	attach_bytes(o, original, "application/octet-stream",
	    format_begins(FORMATS_TNEF, original) ? SCAN_ORIGINAL : "original.bin");
}

static void write_attachments(struct out *o, struct write_plan *p, const char *boundary)
{
	const struct message *m = p->m;

	for (uint32_t k = 0; k < m->attachment_count; k++) {
		uint32_t i = p->order[k];
		if (p->places[i].place != PLACE_ATTACHED)
			continue;
		CRUMB("mime", m->depth, i + 1, 0, sink_length(o->c->out));
		const char *part = write_attachment_part(o, p, i);
		bool replaced = ole_is_replaced(o, &m->attachments[i]);
		if (!replaced)
			out_delimiter(o, boundary, false);
		if (m->attachments[i].embedded)
			write_embedded_message(o, &m->attachments[i], p, part);
		else if (!replaced)
			attach_write(o, &m->attachments[i], part, NULL);
		ole_write_beside(
		    o, &m->attachments[i], boundary, part, p->places[i].view.pictured);
		p->account.files[i] = FATE_WRITTEN;
	}
}

/* Nothing may be missing: what is, is a fault of ours, and goes with the original. */
static void write_account(struct out *o, struct write_plan *p, bool open)
{
	const char *hole = account_hole(o->c->arena, &p->account, p->m);

	if (!hole)
		return;
	bool original = open && p->want.original.len > 0;
	notes_add(&o->c->notes, NOTE_LOST, p->part, hole,
	    "a fault of this program: it is in no part of the result%s",
	    p->original || original ? "; the original is attached" : "");
	p->original = p->original || original;
}

void write_planned(struct out *o, struct write_plan *p)
{
	const struct write_want *want = &p->want;
	char boundary[OUT_BOUNDARY];
	bool body = p->plain || p->html;
	bool objects = p->html && body_item_count(&p->body, true) > 0;
	uint32_t left_out = growth_left_out(o->c);

	/* A fault of ours, which write_account tells of at the end. */
	p->original =
	    p->original ||
	    (want->original.len > 0 && account_unplanned(o->c->arena, &p->account, p->m));
	bool others = write_has_files(p) || p->original;
	if (!want->damaged && !p->cut && smime_write(o, p->m, p->part)) {
		lost_note(o->c, p->m,
		    &(struct lost_want){ want->part, want->kept, want->headed });
		return;
	}
	write_notes(o, p);
	if (!others && (!want->nested || p->notification)) {
		write_main(o, p, true);
		write_account(o, p, false);
		return;
	}
	open_multipart(o, "mixed", "", p->needs, boundary);
	if (body || p->notification || !others || !want->nested) {
		out_delimiter(o, boundary, false);
		write_main(o, p, false);
	}
	if (item_is_file(p)) {
		out_delimiter(o, boundary, false);
		(p->item.made.alternative ? item_write_alternative : item_write_file)(
		    o, &p->item);
	}
	write_attachments(o, p, boundary);
	/* Of messages in it, too, which have no original of their own. */
	if (growth_left_out(o->c) > left_out)
		p->original = p->original || want->original.len > 0;
	if (objects)
		items_write_objects(o, &p->body, boundary, want->part);
	if (p->rtf) {
		out_delimiter(o, boundary, false);
		attach_bytes(o, p->body.rtf, "application/rtf", "message.rtf");
		p->account.rtf = FATE_WRITTEN;
	}
	write_account(o, p, true);
	if (p->original) {
		out_delimiter(o, boundary, false);
		write_original(o, p);
	}
	out_delimiter(o, boundary, true);
	if (!want->nested)
		out_line(o, "");
}

bool write_omitted(struct out *o, struct write_plan *p)
{
	if (account_hole(o->c->arena, &p->account, p->m)) {
		write_account(o, p, false);
		return false;
	}
	write_notes(o, p);
	return true;
}

void write_message(struct out *o, const struct message *m, const struct write_want *want)
{
	struct write_want headed = *want;

	headed.headed = true;
	uint32_t left_out = growth_left_out(o->c);
	header_write(o, m);
	struct write_plan *p = write_plan(o, m, &headed);
	if (growth_left_out(o->c) > left_out)
		p->original = p->original || want->original.len > 0;
	write_planned(o, p);
}

bool write_mime(struct convert *c, const struct message *m)
{
	struct out o = { .c = c, .eol = "\r\n", .seed = out_seed(c) };
	struct write_want want = { .original = c->in,
		.damaged = c->notes.count[NOTE_LOST] > 0,
		.part = "message" };

	write_message(&o, m, &want);
	return true;
}

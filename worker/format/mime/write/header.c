/* SPDX-License-Identifier: ISC */
#include "format/mime/write/header.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/growth.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/header_table.h"
#include "format/mime/syntax/language.h"
#include "format/mime/write/address.h"
#include "format/mime/write/header_mapi.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/tags.h"

enum { WRITTEN_MAX = 64, LINE_MAX_BYTES = 998, INDEX_MAX = 600 };

/* The header being written, and which fields it has already. */
struct head {
	struct out *o;
	const struct message *m;
	const char *written[WRITTEN_MAX];
	size_t count;
};

static void header_mark(struct head *h, const char *name)
{
	if (h->count < WRITTEN_MAX)
		h->written[h->count++] = name;
}

static bool is_written(const struct head *h, const char *name, size_t len)
{
	for (size_t i = 0; i < h->count; i++)
		if (strlen(h->written[i]) == len &&
		    strncasecmp(h->written[i], name, len) == 0)
			return true;
	return false;
}

static void header_field(struct head *h, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	out_field(h->o, name, value);
	header_mark(h, name);
}

static void text_field(struct head *h, const char *name, struct text value)
{
	if (!value.s || value.len == 0)
		return;
	out_text_field(h->o, name, value);
	header_mark(h, name);
}

static void from_and_sender(struct head *h)
{
	const struct message *m = h->m;
	struct arena *a = h->o->c->arena;
	struct person who, by;

	(void)envelope_from(a, m, &who, &by);
	const char *sender = address_text(h->o, &by, "message");
	const char *from = address_text(h->o, &who, "message");
	header_field(h, "From", from);
	header_field(h, "Sender", sender);
	if (props_number(&m->props, PidTagReadReceiptRequested, 0)) {
		struct person to = person_of(a, &m->props, &person_receipt);
		const char *receipt = address_text(h->o, &to, "message");
		header_field(h, "Disposition-Notification-To", receipt ? receipt : from);
	}
	if (props_number(&m->props, PidTagOriginatorDeliveryReportRequested, 0))
		header_field(h, "Return-Receipt-To", from);
}

static void date_field(struct head *h, const char *name, uint16_t id)
{
	const struct prop *p = props_get(&h->m->props, id);
	struct when when = props_when(&h->m->props, id);
	char text[64];

	if (!when.valid) {
		/* 0 is how some programs say that there is none. */
		if (p && p->type == PT_SYSTIME && p->count > 0 && p->values[0].filetime)
			notes_add(&h->o->c->notes, NOTE_LOST, "message", name,
			    "not a date: 0x%016llx",
			    (unsigned long long)p->values[0].filetime);
		return;
	}
	when_rfc5322(when, text, sizeof text);
	header_field(h, name, text);
}

/*
 * Message ids: words between angle brackets (RFC 5322 3.6.4), each short enough
 * for a line. What is no id is left out.
 */
static bool header_is_id(const char *p, size_t n, bool framed)
{
	if (n == 0 || n >= LINE_MAX_BYTES - 80 || !(framed || memchr(p, '@', n)))
		return false;
	for (size_t i = framed; i < n - framed; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f || text_among("<>()\",;\\", p[i]))
			return false;
	return p[framed] != '@' && p[n - framed - 1] != '@';
}

static void id_field(struct head *h, uint16_t id, const char *name)
{
	struct text t = text_clean(h->o->c->arena, props_text(&h->m->props, id));
	struct sink *s = sink_memory(h->o->c->arena);

	for (size_t at = 0, n; at < t.len; at += n ? n : 1) {
		const char *p = t.s + at;
		n = strcspn(p, " >");
		n += p[n] == '>'; /* some are not apart: <a@b><c@d> */
		bool framed = n > 2 && p[0] == '<' && p[n - 1] == '>';
		bool one_more = id == PidTagInternetReferences || sink_length(s) == 0;
		if (header_is_id(p, n, framed) && one_more)
			sink_printf(s, "%s%s%.*s%s", sink_length(s) ? " " : "",
			    framed ? "" : "<", (int)n, p, framed ? "" : ">");
		else if (n > 0)
			notes_add(&h->o->c->notes, NOTE_LOST, "message", name,
			    "%.*s: not a message id", (int)(n < 80 ? n : 80), p);
	}
	struct span all = sink_bytes(s);
	if (all.len)
		header_field(
		    h, name, arena_copy(h->o->c->arena, all.mem, (size_t)all.len));
}

/* A text among the named properties of PSETID_Common; .s NULL: none. */
static struct text common_text(const struct head *h, uint32_t id)
{
	const struct prop *p = props_get_named(&h->m->props, props_set_common, id);

	if (!p || p->count != 1 || (p->type != PT_UNICODE && p->type != PT_STRING8))
		return (struct text){ 0 };
	return p->values[0].text;
}

static bool common_true(const struct head *h, uint32_t id)
{
	const struct prop *p = props_get_named(&h->m->props, props_set_common, id);

	return p && p->count == 1 && p->type == PT_BOOLEAN && p->values[0].number != 0;
}

/* By when a reply is asked for, only where something is (MS-OXCMAIL 2.1.3.2.28). */
static void reply_by(struct head *h, const struct header_row *r)
{
	if (common_text(h, PidLidFlagRequest).len > 0)
		date_field(h, r->name, r->id);
	else if (props_when(&h->m->props, r->id).valid)
		notes_add(&h->o->c->notes, NOTE_LOST, "message", r->name,
		    "no PidLidFlagRequest says what for (MS-OXCMAIL 2.1.3.2.28)");
}

static void header_row(struct head *h, const struct header_row *r)
{
	if (is_written(h, r->name, strlen(r->name)))
		return;
	switch (r->kind) {
	case HEADER_DATE:
		if (r->id == PidTagReplyTime)
			reply_by(h, r);
		else
			date_field(h, r->name, r->id);
		break;
	case HEADER_ID:
		id_field(h, r->id, r->name);
		break;
	case HEADER_TEXT:
		text_field(h, r->name, props_text(&h->m->props, r->id));
		break;
	}
}

/* Is there a word for this number, also one that goes without saying? */
static bool header_is_word(uint16_t id, int64_t number)
{
	for (size_t i = 0; i < header_word_count; i++)
		if (header_words[i].id == id && header_words[i].number == number)
			return true;
	return false;
}

static void header_put_words(struct head *h)
{
	const struct props *p = &h->m->props;
	uint16_t noted = 0; /* the rows of a property stand together */

	for (size_t i = 0; i < header_word_count; i++) {
		const struct header_word *w = &header_words[i];
		int64_t number = props_number(p, w->id, INT64_MIN);
		if (w->written && number == w->number)
			header_field(h, w->name, w->value);
		if (number == INT64_MIN || w->id == noted ||
		    header_is_word(w->id, number))
			continue;
		noted = w->id;
		notes_add(&h->o->c->notes, NOTE_LOST, "message",
		    prop_label(h->o->c->arena, props_get(p, w->id)), "%lld has no word",
		    (long long)number);
	}
}

/* PidTagConversationIndex in base64; a word too long for a line is no header value. */
static void header_thread_index(struct head *h)
{
	struct span index = props_bytes(&h->m->props, PidTagConversationIndex);

	if (index.len == 0)
		return;
	if (index.len > INDEX_MAX || !index.mem) {
		notes_add(&h->o->c->notes, NOTE_LOST, "message", "Thread-Index",
		    "%llu bytes are too many for a header field",
		    (unsigned long long)index.len);
		return;
	}
	char b64[(INDEX_MAX / 3 + 1) * 4 + 1];
	b64[base64_encode(b64, index.mem, (size_t)index.len)] = '\0';
	header_field(h, "Thread-Index", b64);
}

/* MS-OXCMAIL 2.1.3.2.20: a word for each bit, or one for all or none of them. */
static void header_auto_response(struct head *h)
{
	int64_t value = props_number(&h->m->props, PidTagAutoResponseSuppress, INT64_MIN);
	char text[64] = "";
	size_t n = 0;

	if (value == INT64_MIN)
		return;
	for (size_t i = 0; i < HEADER_RESPONSES && value > 0; i++)
		if (value >> i & 1)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
			    n ? ", " : "", header_responses[i]);
	header_field(h, "X-Auto-Response-Suppress",
	    value == 0    ? "None"
	    : value == -1 ? "All"
			  : text);
}

/* MS-OXCMAIL 2.1.3.2.17: the first row says whether the others count. */
static void header_classification(struct head *h)
{
	if (!common_true(h, header_classes[0].id))
		return;
	for (size_t i = 0; i < HEADER_CLASSES; i++) {
		const struct header_class *row = &header_classes[i];
		if (!row->flag)
			text_field(h, row->name, common_text(h, row->id));
		else if (common_true(h, row->id))
			header_field(h, row->name, "true");
	}
}

/* MS-OXCMAIL 2.1.3.2.16 */
static void content_language(struct head *h)
{
	int64_t locale = props_number(&h->m->props, PidTagMessageLocaleId, 0);
	const char *tag = language_tag(locale);

	if (tag)
		header_field(h, "Content-Language", tag);
	else if (locale != 0)
		notes_add(&h->o->c->notes, NOTE_LOST, "message", "Content-Language",
		    "locale 0x%04llx has no language tag (MS-LCID)",
		    (unsigned long long)locale);
}

/* MS-OXCMAIL 2.1.3.2.19: is there an attachment that is shown as one? */
static void has_attach(struct head *h)
{
	for (uint32_t i = 0; i < h->m->attachment_count; i++)
		if (!props_number(
			&h->m->attachments[i].props, PidTagAttachmentHidden, 0)) {
			header_field(h, "X-MS-Has-Attach", "yes");
			return;
		}
}

/* MS-OXCMAIL 2.1.3.2.24 */
static void spam_level(struct head *h)
{
	int64_t level =
	    props_number(&h->m->props, PidTagContentFilterSpamConfidenceLevel, INT64_MIN);
	char text[8];

	if (level < -1 || level > 10)
		return;
	(void)snprintf(text, sizeof text, "%d", (int)level);
	header_field(h, "X-MS-Exchange-Organization-SCL", text);
}

/* PidNameKeywords: the categories. */
static void header_keywords(struct head *h)
{
	const struct prop *p =
	    props_get_string_named(&h->m->props, props_set_public_strings, "Keywords");
	struct sink *s = sink_memory(h->o->c->arena);

	if (!p || (p->type != PT_UNICODE && p->type != PT_STRING8))
		return;
	for (uint32_t i = 0; i < p->count; i++) {
		if (!p->values[i].text.s || p->values[i].text.len == 0)
			continue;
		sink_text(s, sink_length(s) ? ", " : "");
		sink_write(s, p->values[i].text.s, p->values[i].text.len);
	}
	struct span all = sink_bytes(s);
	text_field(
	    h, "Keywords", (struct text){ (const char *)all.mem, (size_t)all.len, 0 });
}

/* May a property of this name be the field as it is? Not what we write ourselves. */
static bool is_free(const struct head *h, const char *name, size_t n)
{
	int use = fields_use(name, n);

	if (use < 0) /* unknown, and as good as an X- field */
		return true;
	if (use & (FIELDS_CONTENT | FIELDS_OURS))
		return (use & FIELDS_FREE) && !is_written(h, name, n);
	return !(use & FIELDS_SIGNS);
}

/* MS-OXCMAIL 2.1.3.2.3: named properties that are header fields. */
static void internet_headers(struct head *h)
{
	unsigned dropped = 0;

	for (uint32_t i = 0; i < h->m->props.count; i++) {
		const struct prop *p = &h->m->props.list[i];
		char line[80];
		if (!p->name || !p->name->is_string || p->count != 1 ||
		    (p->type != PT_UNICODE && p->type != PT_STRING8) ||
		    memcmp(p->name->set, props_set_internet_headers, 16) != 0)
			continue;
		size_t n = p->name->name.len;
		if (n > 0 && n <= sizeof line - 2) {
			memcpy(line, p->name->name.s, n);
			memcpy(line + n, ":", 2);
		}
		if (n == 0 || n > sizeof line - 2 || fields_name(line, n + 1) != n ||
		    !p->values[0].text.s) {
			dropped++;
			continue;
		}
		line[n] = '\0';
		if (is_free(h, line, n))
			out_text_field(h->o, line, p->values[0].text);
	}
	if (dropped > 0)
		notes_add(&h->o->c->notes, NOTE_LOST, "message", "PS_INTERNET_HEADERS",
		    "%u names are no names of header fields", dropped);
}

/* One field of the transport headers, with its folded lines; true when it is clean. */
static bool header_is_clean(const char *p, size_t n)
{
	size_t line = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char ch = (unsigned char)p[i];
		if (ch == '\r' && i + 1 < n && p[i + 1] == '\n')
			continue;
		line = ch == '\n' ? 0 : line + 1;
		if (line > LINE_MAX_BYTES || ch > 0x7e ||
		    (ch < ' ' && ch != '\t' && ch != '\n'))
			return false;
	}
	return true;
}

static void copy_field(struct out *o, const char *p, size_t n)
{
	size_t start = 0;

	if (!growth_field(o->c, n, "PidTagTransportMessageHeaders"))
		return;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i] != '\n')
			continue;
		size_t len = i - start;
		while (len > 0 && text_among("\r \t", p[start + len - 1]))
			len--;
		if (len > 0) {
			sink_write(o->c->out, p + start, len);
			sink_text(o->c->out, o->eol);
		}
		start = i + 1;
	}
}

static bool is_blank_line(struct text t, size_t at)
{
	return t.s[at] == '\n' ||
	       (t.s[at] == '\r' && at + 1 < t.len && t.s[at + 1] == '\n');
}

/* Carry what is safe: with ours the fields that properties left out, else the others. */
static void transport_fields(struct head *h, bool ours)
{
	struct text t = props_text(&h->m->props, PidTagTransportMessageHeaders);
	unsigned dropped = 0;
	size_t at = 0;
	bool begun = false;

	/* Behind a blank line some servers put the headers of the parts. */
	while (t.s && at < t.len && !(begun && is_blank_line(t, at))) {
		size_t n = 0;
		do {
			const char *lf = memchr(t.s + at + n, '\n', t.len - at - n);
			n = lf ? (size_t)(lf - t.s) + 1 - at : t.len - at;
		} while (at + n < t.len && (t.s[at + n] == ' ' || t.s[at + n] == '\t'));
		size_t name = fields_name(t.s + at, n);
		int use = name ? fields_use(t.s + at, name) : 0;
		if (use < 0) /* unknown, and as good as an X- field */
			use = 0;
		begun = begun || name > 0;
		bool wanted = name > 0 && !(use & (FIELDS_CONTENT | FIELDS_SIGNS)) &&
			      !(use & FIELDS_OURS) == !ours;
		if (wanted && ours)
			wanted = !is_written(h, t.s + at, name) &&
				 !(name == 12 &&
				     strncasecmp(t.s + at, "MIME-Version", name) == 0);
		if (wanted && header_is_clean(t.s + at, n))
			copy_field(h->o, t.s + at, n);
		else if (wanted)
			dropped++;
		at += n;
	}
	if (dropped > 0)
		notes_add(&h->o->c->notes, NOTE_LOST, "message",
		    "PidTagTransportMessageHeaders",
		    "%u fields hold 8-bit or control characters or are too long",
		    dropped);
}

/* What only Outlook has fields for. */
static void outlook_fields(struct head *h)
{
	const char *written[HEADER_MAPI_FIELDS];
	size_t count = header_mapi(h->o, h->m, written);

	for (size_t i = 0; i < count; i++)
		header_mark(h, written[i]);
}

void header_write(struct out *o, const struct message *m)
{
	struct head h = { .o = o, .m = m };
	const struct props *p = &m->props;

	transport_fields(&h, false);
	from_and_sender(&h);
	header_field(&h, "Reply-To", address_reply_to(o, m));
	header_field(&h, "To", address_list(o, m, RECIPIENT_TO));
	header_field(&h, "Cc", address_list(o, m, RECIPIENT_CC));
	header_field(&h, "Bcc", address_list(o, m, RECIPIENT_BCC));
	text_field(&h, "Subject", envelope_subject(o->c->arena, m));
	for (size_t i = 0; i < header_row_count; i++)
		header_row(&h, &header_rows[i]);
	header_thread_index(&h);
	header_put_words(&h);
	if (props_number(p, PidTagAutoForwarded, 0)) /* 2.1.3.2.21 */
		header_field(&h, "X-MS-Exchange-Organization-AutoForwarded", "true");
	header_auto_response(&h);
	text_field(&h, "X-Message-Flag", common_text(&h, PidLidFlagRequest));
	outlook_fields(&h);
	header_classification(&h);
	spam_level(&h);
	header_keywords(&h);
	content_language(&h);
	has_attach(&h);
	if (!props_text(p, PidTagTransportMessageHeaders).s) /* which hold them all */
		internet_headers(&h);
	transport_fields(&h, true);
	out_field(o, "MIME-Version", "1.0");
}

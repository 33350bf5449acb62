#include "format/mime/header.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/mime/address.h"
#include "format/mime/fields.h"
#include "format/mime/header_table.h"
#include "format/mime/tags.h"
#include "message/message.h"

enum { WRITTEN_MAX = 40, LINE_MAX_BYTES = 998 };

/* The header being written, and which fields it has already. */
struct head {
	struct out *o;
	const struct message *m;
	const char *written[WRITTEN_MAX];
	size_t count;
};

static void mark(struct head *h, const char *name)
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

static void field(struct head *h, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	out_field(h->o, name, value);
	mark(h, name);
}

static void text_field(struct head *h, const char *name, struct text value)
{
	if (!value.s || value.len == 0)
		return;
	out_text_field(h->o, name, value);
	mark(h, name);
}

struct text header_subject(struct arena *a, const struct message *m)
{
	struct text whole = props_text(&m->props, TAG_SUBJECT);
	struct text prefix = props_text(&m->props, TAG_SUBJECT_PREFIX);
	struct text rest = props_text(&m->props, TAG_NORMALIZED_SUBJECT);

	if ((whole.s && whole.len > 0) || !rest.s)
		return whole;
	char *both = arena_alloc(a, prefix.len + rest.len + 1);
	if (prefix.len)
		memcpy(both, prefix.s, prefix.len);
	if (rest.len)
		memcpy(both + prefix.len, rest.s, rest.len);
	return (struct text){ .s = both, .len = prefix.len + rest.len };
}

static void from_and_sender(struct head *h)
{
	const struct props *p = &h->m->props;
	const char *sender = address_from(h->o, p, &header_sender, "message");
	const char *from = address_from(h->o, p, &header_representing, "message");

	field(h, "From", from ? from : sender);
	if (from && sender && strcmp(from, sender) != 0)
		field(h, "Sender", sender);
	if (props_number(p, TAG_READ_RECEIPT, 0))
		field(h, "Disposition-Notification-To", from ? from : sender);
	if (props_number(p, TAG_DELIVERY_REPORT, 0))
		field(h, "Return-Receipt-To", from ? from : sender);
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
	field(h, name, text);
}

/*
 * Message ids: words between angle brackets (RFC 5322 3.6.4), each short enough
 * for a line. What is no id is left out.
 */
static bool is_id(const char *p, size_t n, bool framed)
{
	if (n == 0 || n >= LINE_MAX_BYTES - 80 || !(framed || memchr(p, '@', n)))
		return false;
	for (size_t i = framed; i < n - framed; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f || p[i] == '<' || p[i] == '>')
			return false;
	return true;
}

static void id_field(struct head *h, uint16_t id, const char *name)
{
	struct text t = out_clean(h->o->c->arena, props_text(&h->m->props, id));
	struct sink *s = sink_memory(h->o->c->arena);

	for (size_t at = 0, n; at < t.len; at += n ? n : 1) {
		const char *p = t.s + at;
		n = strcspn(p, " >");
		n += p[n] == '>'; /* some are not apart: <a@b><c@d> */
		bool framed = n > 2 && p[0] == '<' && p[n - 1] == '>';
		bool one_more = id == TAG_REFERENCES || sink_length(s) == 0;
		if (is_id(p, n, framed) && one_more)
			sink_printf(s, "%s%s%.*s%s", sink_length(s) ? " " : "",
			    framed ? "" : "<", (int)n, p, framed ? "" : ">");
		else if (n > 0)
			notes_add(&h->o->c->notes, NOTE_LOST, "message", name,
			    "%.*s: not a message id", (int)(n < 80 ? n : 80), p);
	}
	struct span all = sink_bytes(s);
	if (all.len)
		field(h, name, arena_copy(h->o->c->arena, all.mem, (size_t)all.len));
}

static void row(struct head *h, const struct header_row *r)
{
	if (is_written(h, r->name, strlen(r->name)))
		return;
	switch (r->kind) {
	case HEADER_DATE:
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

/* PidTagConversationIndex in base64; a word too long for a line is no header value. */
static void thread_index(struct head *h)
{
	struct span index = props_bytes(&h->m->props, TAG_CONVERSATION_INDEX);

	if (index.len == 0 || index.len > 600 || !index.mem)
		return;
	gchar *b64 = g_base64_encode(index.mem, (gsize)index.len);
	field(h, "Thread-Index", b64);
	g_free(b64);
}

/* MS-OXCMAIL 2.1.3.2.20: a word for each bit, or one for all or none of them. */
static void auto_response(struct head *h)
{
	int64_t value = props_number(&h->m->props, TAG_AUTO_RESPONSE, INT64_MIN);
	char text[64] = "";
	size_t n = 0;

	if (value == INT64_MIN)
		return;
	for (size_t i = 0; i < HEADER_RESPONSES && value > 0; i++)
		if (value >> i & 1)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
			    n ? ", " : "", header_responses[i]);
	field(h, "X-Auto-Response-Suppress",
	    value == 0    ? "None"
	    : value == -1 ? "All"
			  : text);
}

/* MS-OXCMAIL 2.1.3.2.25: PidLidFlagRequest, "Follow up". */
static void flag_request(struct head *h)
{
	const struct prop *p =
	    props_get_named(&h->m->props, props_set_common, HEADER_FLAG_REQUEST);

	if (p && p->count == 1 && (p->type == PT_UNICODE || p->type == PT_STRING8))
		text_field(h, "X-Message-Flag", p->values[0].text);
}

/* PidNameKeywords: the categories. */
static void keywords(struct head *h)
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

/* MS-OXCMAIL 2.1.3.2.3: named properties that are header fields. */
static void internet_headers(struct head *h)
{
	for (uint32_t i = 0; i < h->m->props.count; i++) {
		const struct prop *p = &h->m->props.list[i];
		char line[80];
		if (!p->name || !p->name->is_string || p->count != 1 ||
		    (p->type != PT_UNICODE && p->type != PT_STRING8) ||
		    memcmp(p->name->set, props_set_internet_headers, 16) != 0)
			continue;
		size_t n = p->name->name.len;
		if (n == 0 || n > sizeof line - 2)
			continue;
		memcpy(line, p->name->name.s, n);
		memcpy(line + n, ":", 2);
		int use = fields_use(line, n);
		if (fields_name(line, n + 1) != n || use < 0 ||
		    (use & (FIELDS_CONTENT | FIELDS_OURS)) || !p->values[0].text.s)
			continue;
		line[n] = '\0';
		out_text_field(h->o, line, p->values[0].text);
	}
}

/* One field of the transport headers, with its folded lines; true when it is clean. */
static bool is_clean(const char *p, size_t n)
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

	for (size_t i = 0; i <= n; i++) {
		if (i < n && p[i] != '\n')
			continue;
		size_t len = i - start;
		while (len > 0 && strchr("\r \t", p[start + len - 1]))
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
	struct text t = props_text(&h->m->props, TAG_TRANSPORT_HEADERS);
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
		if (wanted && is_clean(t.s + at, n))
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

void header_write(struct out *o, const struct message *m)
{
	struct head h = { .o = o, .m = m };
	const struct props *p = &m->props;

	transport_fields(&h, false);
	from_and_sender(&h);
	field(&h, "Reply-To", address_reply_to(o, m));
	field(&h, "To", address_list(o, m, 1));
	field(&h, "Cc", address_list(o, m, 2));
	field(&h, "Bcc", address_list(o, m, 3));
	text_field(&h, "Subject", header_subject(o->c->arena, m));
	for (size_t i = 0; i < header_row_count; i++)
		row(&h, &header_rows[i]);
	thread_index(&h);
	for (size_t i = 0; i < header_word_count; i++) {
		const struct header_word *w = &header_words[i];
		if (w->written && props_number(p, w->id, INT64_MIN) == w->number)
			field(&h, w->name, w->value);
	}
	auto_response(&h);
	flag_request(&h);
	keywords(&h);
	if (!props_text(p, TAG_TRANSPORT_HEADERS).s) /* which hold them all */
		internet_headers(&h);
	transport_fields(&h, true);
	out_field(o, "MIME-Version", "1.0");
}

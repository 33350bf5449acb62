#include "format/mime/header.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/mime/address.h"
#include "format/mime/fields.h"
#include "format/mime/tags.h"
#include "message/message.h"

enum { WRITTEN_MAX = 40, LINE_MAX_BYTES = 998 };

static const uint8_t PS_INTERNET_HEADERS[16] = { 0x86, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0xc0,
	0, 0, 0, 0, 0, 0, 0x46 };
static const uint8_t PS_PUBLIC_STRINGS[16] = { 0x29, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0xc0,
	0, 0, 0, 0, 0, 0, 0x46 };

static const struct address_ids sender_ids = { TAG_SENDER_NAME, TAG_SENDER_TYPE,
	TAG_SENDER_EMAIL, TAG_SENDER_SMTP, TAG_SENDER_ENTRY };
static const struct address_ids representing_ids = { TAG_REPRESENTING_NAME,
	TAG_REPRESENTING_TYPE, TAG_REPRESENTING_EMAIL, TAG_REPRESENTING_SMTP,
	TAG_REPRESENTING_ENTRY };

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
	const char *sender = address_from(h->o, p, &sender_ids, "message");
	const char *from = address_from(h->o, p, &representing_ids, "message");

	field(h, "From", from ? from : sender);
	if (from && sender && strcmp(from, sender) != 0)
		field(h, "Sender", sender);
	if (props_number(p, TAG_READ_RECEIPT, 0))
		field(h, "Disposition-Notification-To", from ? from : sender);
	if (props_number(p, TAG_DELIVERY_REPORT, 0))
		field(h, "Return-Receipt-To", from ? from : sender);
}

static bool date_field(struct head *h, const char *name, uint16_t id)
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
		return false;
	}
	when_rfc5322(when, text, sizeof text);
	field(h, name, text);
	return true;
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

/* MS-OXCMAIL 2.1.3.2.5 and .6: numbers that have words. */
static const struct word {
	uint16_t id;
	int64_t number;
	const char *name, *value;
} words[] = {
	{ TAG_IMPORTANCE, 0, "Importance", "low" },
	{ TAG_IMPORTANCE, 2, "Importance", "high" },
	{ TAG_IMPORTANCE, 0, "X-Priority", "5" },
	{ TAG_IMPORTANCE, 2, "X-Priority", "1" },
	{ TAG_SENSITIVITY, 1, "Sensitivity", "Personal" },
	{ TAG_SENSITIVITY, 2, "Sensitivity", "Private" },
	{ TAG_SENSITIVITY, 3, "Sensitivity", "Company-Confidential" },
};

static const struct text_row {
	uint16_t id;
	const char *name;
} texts[] = {
	{ TAG_CONVERSATION_TOPIC, "Thread-Topic" },
	{ TAG_LIST_HELP, "List-Help" },
	{ TAG_LIST_SUBSCRIBE, "List-Subscribe" },
	{ TAG_LIST_UNSUBSCRIBE, "List-Unsubscribe" },
};

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
	static const char *const bits[] = { "DR", "NDR", "RN", "NRN", "OOF",
		"AutoReply" };
	int64_t value = props_number(&h->m->props, TAG_AUTO_RESPONSE, INT64_MIN);
	char text[64] = "";
	size_t n = 0;

	if (value == INT64_MIN)
		return;
	for (size_t i = 0; i < sizeof bits / sizeof bits[0] && value > 0; i++)
		if (value >> i & 1)
			n += (size_t)snprintf(
			    text + n, sizeof text - n, "%s%s", n ? ", " : "", bits[i]);
	field(h, "X-Auto-Response-Suppress",
	    value == 0    ? "None"
	    : value == -1 ? "All"
			  : text);
}

/* MS-OXCMAIL 2.1.3.2.25: PidLidFlagRequest, "Follow up". */
static void flag_request(struct head *h)
{
	enum { FLAG_REQUEST = 0x8530 };
	const struct prop *p =
	    props_get_named(&h->m->props, props_set_common, FLAG_REQUEST);

	if (p && p->count == 1 && (p->type == PT_UNICODE || p->type == PT_STRING8))
		text_field(h, "X-Message-Flag", p->values[0].text);
}

/* PidNameKeywords: the categories. */
static void keywords(struct head *h)
{
	const struct prop *p =
	    props_get_string_named(&h->m->props, PS_PUBLIC_STRINGS, "Keywords");
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
		    memcmp(p->name->set, PS_INTERNET_HEADERS, 16) != 0)
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
	if (!date_field(&h, "Date", TAG_SUBMIT_TIME))
		(void)date_field(&h, "Date", TAG_DELIVERY_TIME);
	(void)date_field(&h, "Reply-By", TAG_REPLY_TIME);
	(void)date_field(&h, "Expires", TAG_EXPIRY_TIME);
	id_field(&h, TAG_MESSAGE_ID, "Message-ID");
	id_field(&h, TAG_IN_REPLY_TO, "In-Reply-To");
	id_field(&h, TAG_REFERENCES, "References");
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		text_field(&h, texts[i].name, props_text(p, texts[i].id));
	thread_index(&h);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (props_number(p, words[i].id, INT64_MIN) == words[i].number)
			field(&h, words[i].name, words[i].value);
	auto_response(&h);
	flag_request(&h);
	keywords(&h);
	if (!props_text(p, TAG_TRANSPORT_HEADERS).s) /* which hold them all */
		internet_headers(&h);
	transport_fields(&h, true);
	out_field(o, "MIME-Version", "1.0");
}

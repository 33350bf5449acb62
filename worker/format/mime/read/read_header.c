/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_header.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "codec/base64.h"
#include "format/mime/read/read_address.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/header_table.h"
#include "format/mime/syntax/language.h"
#include "format/mime/syntax/words.h"
#include "message/tags.h"

static struct text read_header_text_of(const char *s)
{
	return (struct text){ .s = s, .len = s ? strlen(s) : 0 };
}

/* The first person of the field; false: there is none. */
static bool first_of(struct reading *r, const char *name, struct mailbox *who)
{
	const char *value = read_raw_of(r->c->arena, &r->header, name);
	struct people p = { 0 };

	if (value)
		p = read_people(r, name, value);
	if (p.count > 0)
		*who = p.list[0];
	return p.count > 0;
}

/* MS-OXCMAIL 2.2.3.1.2: who wrote it, and who sent it for them. */
static void read_header_senders(struct reading *r)
{
	struct mailbox from, sender;
	bool has_from = first_of(r, "From", &from);
	bool has_sender = first_of(r, "Sender", &sender);

	if (has_from || has_sender) {
		read_put_person(
		    r, &r->m->props, &person_representing, has_from ? &from : &sender);
		read_put_person(
		    r, &r->m->props, &person_sender, has_sender ? &sender : &from);
	}
}

static void read_header_recipients(struct reading *r)
{
	static const struct {
		const char *name;
		int64_t kind; /* PidTagRecipientType, MS-OXOMSG 2.2.3.1 */
	} rows[] = { { "To", 1 }, { "Cc", 2 }, { "Bcc", 3 } };

	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
		for (size_t i = 0; i < r->header.count; i++) {
			if (!read_is(&r->header.fields[i], rows[row].name))
				continue;
			struct people p = read_people(r, rows[row].name,
			    read_raw(r->c->arena, &r->header.fields[i]));
			for (size_t k = 0; k < p.count; k++) {
				struct recipient *to = message_add_recipient(r->m);
				if (!to)
					return;
				read_put_person(
				    r, &to->props, &person_recipient, &p.list[k]);
				reading_number(r, &to->props, PidTagRecipientType,
				    PT_LONG, rows[row].kind);
			}
		}
}

/* MS-OXCMAIL 2.2.3.1.3 */
static void reply_to(struct reading *r)
{
	const char *value = read_raw_of(r->c->arena, &r->header, "Reply-To");
	struct sink *names = sink_memory(r->c->arena);
	struct people p = { 0 };

	if (value)
		p = read_people(r, "Reply-To", value);
	if (p.count == 0)
		return;
	for (size_t i = 0; i < p.count; i++) {
		struct text t = p.list[i].name.len ? p.list[i].name : p.list[i].address;
		sink_text(names, i > 0 ? "; " : "");
		sink_write(names, t.s, t.len);
	}
	struct span all = sink_bytes(names);
	reading_bytes(r, &r->m->props, PidTagReplyRecipientEntries,
	    read_entry_list(r->c->arena, p.list, p.count));
	reading_text(r, &r->m->props, PidTagReplyRecipientNames,
	    (struct text){ .s = (const char *)all.mem, .len = (size_t)all.len });
}

/*
 * Bytes of the prefix (MS-OXCMSG 2.2.1.9): up to three characters, none of them a
 * digit, a colon and a blank.
 */
static size_t prefix_of(struct text t)
{
	size_t i = 0, characters = 0;

	for (; i < t.len && t.s[i] != ':'; i++) {
		characters += ((unsigned char)t.s[i] & 0xc0) != 0x80;
		if (isdigit((unsigned char)t.s[i]) || characters > 3)
			return 0;
	}
	return characters > 0 && i + 1 < t.len && t.s[i + 1] == ' ' ? i + 2 : 0;
}

static void read_header_subject(struct reading *r)
{
	struct text t = read_text_of(r->c->arena, &r->header, "Subject");
	size_t n = t.s ? prefix_of(t) : 0;

	if (!t.s)
		return;
	reading_text(r, &r->m->props, PidTagSubject, t);
	reading_text(r, &r->m->props, PidTagSubjectPrefix,
	    (struct text){ arena_copy(r->c->arena, t.s, n), n, false });
	reading_text(r, &r->m->props, PidTagNormalizedSubject,
	    (struct text){ t.s + n, t.len - n, t.lossy });
}

static void read_header_row(struct reading *r, const struct header_row *h)
{
	struct arena *a = r->c->arena;
	const char *raw = read_raw_of(a, &r->header, h->name);

	if (!raw || !*raw)
		return;
	switch (h->kind) {
	case HEADER_DATE:
		if (!reading_date(r, &r->m->props, h->id, raw))
			notes_add(&r->c->notes, NOTE_KEPT, "message", h->name,
			    "not a date: %.80s", raw);
		break;
	case HEADER_ID:
		reading_text(r, &r->m->props, h->id, text_guess(a, raw, strlen(raw)));
		break;
	case HEADER_TEXT:
		reading_text(
		    r, &r->m->props, h->id, read_text_of(a, &r->header, h->name));
		break;
	}
}

static void read_header_rows(struct reading *r)
{
	for (size_t i = 0; i < header_row_count; i++)
		if (i == 0 || strcmp(header_rows[i].name, header_rows[i - 1].name) != 0)
			read_header_row(r, &header_rows[i]);
}

static void read_header_words(struct reading *r)
{
	for (size_t i = 0; i < header_word_count; i++) {
		const struct header_word *w = &header_words[i];
		const char *raw = read_raw_of(r->c->arena, &r->header, w->name);
		size_t n = raw ? strcspn(raw, " (;") : 0; /* "1 (Highest)" */
		if (raw && n == strlen(w->value) && strncasecmp(raw, w->value, n) == 0 &&
		    !props_get(&r->m->props, w->id))
			reading_number(r, &r->m->props, w->id, PT_LONG, w->number);
	}
}

/* When it came in: behind the last semicolon of the topmost Received (RFC 5321 4.4). */
static void delivery_time(struct reading *r)
{
	const char *raw = read_raw_of(r->c->arena, &r->header, "Received");
	const char *semicolon = raw ? strrchr(raw, ';') : NULL;

	if (semicolon)
		(void)reading_date(
		    r, &r->m->props, PidTagMessageDeliveryTime, semicolon + 1);
}

static void read_header_flags(struct reading *r)
{
	static const struct {
		const char *name;
		uint16_t id;
	} table[] = {
		{ "Disposition-Notification-To", PidTagReadReceiptRequested },
		{ "Return-Receipt-To", PidTagOriginatorDeliveryReportRequested },
	};
	struct mailbox who;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (read_find(&r->header, table[i].name))
			reading_number(r, &r->m->props, table[i].id, PT_BOOLEAN, 1);
	if (first_of(r, table[0].name, &who))
		read_put_person(r, &r->m->props, &person_receipt, &who);
}

static void read_header_thread_index(struct reading *r)
{
	enum { LEAST = 22 }; /* MS-OXOMSG 2.2.1.3 */
	const char *raw = read_raw_of(r->c->arena, &r->header, "Thread-Index");
	struct base64 b = { 0 };

	if (!raw || !*raw)
		return;
	uint8_t *bytes = arena_alloc(r->c->arena, BASE64_MOST(strlen(raw)));
	size_t n = base64_decode(&b, raw, strlen(raw), bytes);
	n += base64_finish(&b, bytes + n);
	if (n >= LEAST)
		reading_bytes(
		    r, &r->m->props, PidTagConversationIndex, span_over(bytes, n));
}

/* MS-OXCMAIL 2.1.3.2.20: a word for each bit, or one for all or none of them. */
static void read_header_auto_response(struct reading *r)
{
	const char *raw =
	    read_raw_of(r->c->arena, &r->header, "X-Auto-Response-Suppress");
	int64_t value = 0;
	size_t n;

	for (const char *p = raw; p && *p; p += n) {
		p += strspn(p, ", ");
		n = strcspn(p, ", ");
		if (n == 3 && strncasecmp(p, "All", n) == 0)
			value = -1;
		for (size_t i = 0; i < HEADER_RESPONSES; i++)
			if (strlen(header_responses[i]) == n &&
			    strncasecmp(p, header_responses[i], n) == 0)
				value |= (int64_t)1 << i;
	}
	if (raw)
		reading_number(
		    r, &r->m->props, PidTagAutoResponseSuppress, PT_LONG, value);
}

/* A named property of PSETID_Common, of one value. */
static void put_common(
    struct reading *r, uint32_t id, enum prop_type type, struct prop_value value)
{
	struct prop p = { .type = (uint16_t)type, .count = 1 };

	p.values = arena_alloc(r->c->arena, sizeof *p.values);
	*p.values = value;
	reading_named(r, &r->m->props,
	    &(struct prop_name){ .set = props_set_common, .id = id }, &p);
}

static bool is_true(const struct reading *r, const char *name)
{
	const char *raw = read_raw_of(r->c->arena, &r->header, name);

	return raw && strcasecmp(raw, "true") == 0;
}

static void read_header_commons(struct reading *r)
{
	struct text flag = read_text_of(r->c->arena, &r->header, "X-Message-Flag");

	if (flag.len > 0)
		put_common(r, PidLidFlagRequest, PT_UNICODE,
		    (struct prop_value){ .text = flag });
	for (size_t i = 0; i < HEADER_CLASSES; i++) {
		const struct header_class *row = &header_classes[i];
		struct text t = read_text_of(r->c->arena, &r->header, row->name);
		if (!row->flag && t.len > 0)
			put_common(
			    r, row->id, PT_UNICODE, (struct prop_value){ .text = t });
		else if (row->flag && is_true(r, row->name))
			put_common(
			    r, row->id, PT_BOOLEAN, (struct prop_value){ .number = 1 });
	}
}

/* MS-OXCMAIL 2.2.3.2: what an Exchange server found out, and the language. */
static void server_fields(struct reading *r)
{
	static const char prefix[] = "X-MS-Exchange-Organization-";
	struct arena *a = r->c->arena;
	const char *level = read_raw_of(a, &r->header, arena_printf(a, "%sSCL", prefix));
	const char *language = read_raw_of(a, &r->header, "Content-Language");
	char *end = NULL;

	if (is_true(r, arena_printf(a, "%sAutoForwarded", prefix)))
		reading_number(r, &r->m->props, PidTagAutoForwarded, PT_BOOLEAN, 1);
	long long number = level ? strtoll(level, &end, 10) : 0;
	if (level && end > level && *end == '\0' && number >= -1 && number <= 10)
		reading_number(r, &r->m->props, PidTagContentFilterSpamConfidenceLevel,
		    PT_LONG, number);
	int64_t locale =
	    language ? language_locale(language, strcspn(language, " ,;")) : 0;
	if (locale)
		reading_number(r, &r->m->props, PidTagMessageLocaleId, PT_LONG, locale);
}

/* PidNameKeywords, a value for each word between commas. */
static void read_header_keywords(struct reading *r)
{
	enum { MOST = 256 };
	struct text t = read_text_of(r->c->arena, &r->header, "Keywords");
	struct prop_value *values = arena_array(r->c->arena, MOST, sizeof *values);
	uint32_t count = 0;

	for (size_t at = 0; at < t.len && count < MOST;) {
		size_t n = strcspn(t.s + at, ",;"), end = at + n;
		while (at < end && t.s[at] == ' ')
			at++;
		size_t last = end;
		while (last > at && t.s[last - 1] == ' ')
			last--;
		if (last > at)
			values[count++].text =
			    (struct text){ arena_copy(r->c->arena, t.s + at, last - at),
				    last - at, t.lossy };
		at = end + 1;
	}
	if (count > 0)
		reading_named(r, &r->m->props,
		    &(struct prop_name){ .set = props_set_public_strings,
			.is_string = true,
			.name = read_header_text_of("Keywords") },
		    &(struct prop){ .type = PT_UNICODE,
			.multi = true,
			.values = values,
			.count = count });
}

static void return_path(struct reading *r)
{
	const char *raw = read_raw_of(r->c->arena, &r->header, "Return-Path");

	if (!raw)
		return;
	struct text t = text_guess(r->c->arena, raw, strlen(raw));
	if (t.len > 1 && t.s[0] == '<' && t.s[t.len - 1] == '>')
		t = (struct text){ arena_copy(r->c->arena, t.s + 1, t.len - 2), t.len - 2,
			t.lossy };
	reading_text(r, &r->m->props, PidTagInternetReturnPath, t);
}

/*
 * MS-OXCMAIL 2.2.3.2: X- fields without a property of their own by their names, which
 * are in lower case. Of several the first counts.
 */
static void read_header_extensions(struct reading *r)
{
	struct arena *a = r->c->arena;

	for (size_t i = r->header.count; i-- > 0;) { /* the last one put stays */
		const struct read_field *f = &r->header.fields[i];
		if (f->name_len < 3 || strncasecmp(f->name, "X-", 2) != 0 ||
		    (fields_use(f->name, f->name_len) & FIELDS_OURS))
			continue;
		struct text t = read_text(a, f);
		struct prop_value *value = arena_alloc(a, sizeof *value);
		char *name = arena_copy(a, f->name, f->name_len);
		for (char *p = name; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		value->text = t;
		reading_named(r, &r->m->props,
		    &(struct prop_name){ .set = props_set_internet_headers,
			.is_string = true,
			.name = { .s = name, .len = f->name_len } },
		    &(struct prop){ .type = PT_UNICODE, .values = value, .count = 1 });
	}
}

/* The whole header (MS-OXCMAIL 2.2.3.2.28), without the blank line. */
static void transport_headers(struct reading *r)
{
	struct span raw = r->header.raw;

	while (
	    raw.len > 0 && (raw.mem[raw.len - 1] == '\r' || raw.mem[raw.len - 1] == '\n'))
		raw.len--;
	struct text t = text_guess(r->c->arena, (const char *)raw.mem, (size_t)raw.len);
	reading_text(r, &r->m->props, PidTagTransportMessageHeaders, t);
}

void read_envelope(struct reading *r)
{
	read_header_senders(r);
	read_header_recipients(r);
	reply_to(r);
	read_header_subject(r);
	read_header_rows(r);
	read_header_words(r);
	delivery_time(r);
	read_header_flags(r);
	read_header_thread_index(r);
	read_header_auto_response(r);
	read_header_commons(r);
	server_fields(r);
	read_header_keywords(r);
	return_path(r);
	read_header_extensions(r);
	transport_headers(r);
}

/* SPDX-License-Identifier: ISC */
#include "format/mime/write/header_mapi.h"

#include <strings.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/mime/write/notification.h"
#include "message/message.h"
#include "message/named.h"

enum {
	VERSION = 0x0102,
	VERSION_WIDE = 0x0104,
	VERB_VOTE = 4,       /* others are Reply, Forward, ... */
	VERB_REST = 29,      /* bytes behind the texts of a verb */
	VERBS_MOST = 64,     /* Outlook shows 31 */
	VALUE_MOST = 8192,   /* bytes of a text that becomes a field */
	STREAM_MOST = 65536, /* bytes of a verb stream */
};

struct mapi_fields {
	struct out *o;
	const struct message *m;
	const char **written;
	size_t count;
};

static void mapi_field(struct mapi_fields *f, const char *name, struct text value)
{
	value = text_clean(f->o->c->arena, value);
	if (value.len == 0 || value.len > VALUE_MOST || f->count >= HEADER_MAPI_FIELDS)
		return;
	out_text_field(f->o, name, value);
	f->written[f->count++] = name;
}

static void mapi_word(struct mapi_fields *f, const char *name, const char *value)
{
	mapi_field(f, name, (struct text){ .s = value, .len = strlen(value) });
}

static void mapi_date(struct mapi_fields *f, const char *name, struct when when)
{
	char text[64];

	if (!when.valid)
		return;
	when_rfc5322(when, text, sizeof text);
	mapi_word(f, name, text);
}

bool header_mapi_has_class(const struct message *m)
{
	static const char *const plain[] = { "IPM", "IPM.Note", "IPM.Message",
		"IPM.Microsoft Mail.Note" };
	static const char smime[] = "IPM.Note.SMIME";
	struct text class =
	    text_clean(m->arena, props_text(&m->props, PidTagMessageClass));
	struct format_item item;

	if (class.len == 0 || notification_of(m) || format_of_item(m->arena, m, &item) ||
	    strncasecmp(class.s, smime, sizeof smime - 1) == 0)
		return false;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcasecmp(class.s, plain[i]) == 0)
			return false;
	return true;
}

static void votes_add(struct sink *to, struct text one)
{
	if (one.len == 0)
		return;
	sink_text(to, sink_length(to) ? ";" : "");
	sink_write(to, one.s, one.len);
}

static struct text votes_joined(struct sink *s)
{
	struct span all = sink_bytes(s);

	return (struct text){ .s = (const char *)all.mem, .len = (size_t)all.len };
}

/* A length in one byte, then so many bytes. */
static struct span verb_text(struct cursor *in)
{
	size_t n = cur_u8(in);
	const uint8_t *p = cur_take(in, n);

	return span_over(p, p ? n : 0);
}

/* The verbs that are votes: a bit for each; their names in 8 bits. */
static uint64_t read_verbs(struct arena *a, struct cursor *in, unsigned page,
    struct sink *narrow, uint32_t *count)
{
	uint64_t votes = 0;

	*count = cur_u32le(in);
	if (*count > VERBS_MOST)
		*count = VERBS_MOST;
	for (uint32_t i = 0; i < *count && !in->bad; i++) {
		uint32_t kind = cur_u32le(in);
		struct span name = verb_text(in);
		(void)verb_text(in); /* class of the answer */
		(void)verb_text(in);
		(void)verb_text(in); /* the name once more */
		(void)cur_take(in, VERB_REST);
		if (in->bad || kind != VERB_VOTE)
			continue;
		votes |= 1ULL << i;
		votes_add(narrow,
		    text_clean(a, text_from(a, page, name.mem, (size_t)name.len)));
	}
	return votes;
}

/* Behind the verbs stand their names once more, in UTF-16. */
static bool read_wide_verbs(
    struct arena *a, struct cursor *in, uint64_t votes, uint32_t count, struct sink *to)
{
	if (cur_u16le(in) != VERSION_WIDE)
		return false;
	for (uint32_t i = 0; i < count && !in->bad; i++) {
		size_t n = 2 * (size_t)cur_u8(in);
		const uint8_t *p = cur_take(in, n);
		(void)cur_take(in, 2 * (size_t)cur_u8(in));
		if (!in->bad && votes >> i & 1)
			votes_add(to, text_clean(a, text_from_utf16(a, p, n)));
	}
	return !in->bad;
}

struct text header_mapi_votes(struct arena *a, const struct message *m)
{
	struct span raw = named_bytes(&m->props, props_set_common, PidLidVerbStream);
	struct span held = span_load(a, span_sub(raw, 0, STREAM_MOST));
	struct cursor in = cur_over(held.mem, (size_t)held.len);
	struct sink *narrow = sink_memory(a), *wide = sink_memory(a);
	uint32_t count;

	if (cur_u16le(&in) != VERSION)
		return (struct text){ 0 };
	uint64_t votes = read_verbs(a, &in, m->codepage, narrow, &count);
	bool whole = !in.bad && read_wide_verbs(a, &in, votes, count, wide);
	return votes_joined(whole ? wide : narrow);
}

/* PidTagFlagStatus ([MS-OXOFLAG] 2.2.1.1), when it was done, and by when it is to be. */
static void put_flag(struct mapi_fields *f)
{
	const struct props *p = &f->m->props;
	int64_t status = props_number(p, PidTagFlagStatus, 0);

	if (status != 1 && status != 2)
		return;
	mapi_word(f, "X-MAPI-Flag-Status", status == 1 ? "complete" : "flagged");
	if (status == 1)
		mapi_date(
		    f, "X-MAPI-Flag-Completed", props_when(p, PidTagFlagCompleteTime));
	else
		mapi_date(f, "X-MAPI-Flag-Due",
		    named_when(p, props_set_task, PidLidTaskDueDate));
}

/* What Outlook keeps of reactions in PSETID_Messaging: who reacted, as JSON, and the
 * owner's own. */
static void put_reactions(struct mapi_fields *f)
{
	static const struct {
		const char *property, *field;
	} rows[] = { { "OwnerReactionType", "X-MAPI-Reaction" },
		{ "ReactionsHistory", "X-MAPI-Reactions" } };
	struct arena *a = f->o->c->arena;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct prop *p = props_get_string_named(
		    &f->m->props, props_set_messaging, rows[i].property);
		if (!p || p->count != 1)
			continue;
		struct text t = p->values[0].text;
		if (p->type == PT_BINARY && p->values[0].bytes.len <= VALUE_MOST) {
			struct span held = span_load(a, p->values[0].bytes);
			t = text_guess(a, held.mem, (size_t)held.len);
		}
		if (t.s)
			mapi_field(f, rows[i].field, t);
	}
}

size_t header_mapi(
    struct out *o, const struct message *m, const char *written[HEADER_MAPI_FIELDS])
{
	struct mapi_fields f = { .o = o, .m = m, .written = written };

	if (header_mapi_has_class(m))
		mapi_field(&f, "X-MAPI-Message-Class",
		    props_text(&m->props, PidTagMessageClass));
	mapi_field(&f, "X-MAPI-Voting-Options", header_mapi_votes(o->c->arena, m));
	mapi_field(&f, "X-MAPI-Voting-Response",
	    named_text(&m->props, props_set_common, PidLidVerbResponse));
	put_flag(&f);
	put_reactions(&f);
	return f.count;
}

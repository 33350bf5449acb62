/* SPDX-License-Identifier: ISC */
/*
 * The attributes of a stream ([MS-OXTNEF] 2.1.3.3). To understand one more, add a row.
 */
#include "base/arena.h"
#include "base/hex.h"
#include "format/format.h"
#include "format/tnef/tnef.h"
#include "message/tags.h"

enum { LEVEL_MESSAGE = 1, LEVEL_ATTACHMENT = 2 };

/* Three properties that name a person. */
struct person {
	uint16_t name, type, address;
};

static const struct person sender = { PidTagSenderName, PidTagSenderAddressType,
	PidTagSenderEmailAddress };
static const struct person sent_representing = { PidTagSentRepresentingName,
	PidTagSentRepresentingAddressType, PidTagSentRepresentingEmailAddress };
static const struct person rcvd_representing = { PidTagReceivedRepresentingName,
	PidTagReceivedRepresentingAddressType, PidTagReceivedRepresentingEmailAddress };

struct attr;

/* Takes the data of one attribute; in goes bad when it is too short. */
typedef void read_fn(
    struct tnef *, const struct attr *, struct cursor *in, const struct place *);

static read_fn read_nothing, read_codepage, read_class, read_from, tnef_attr_read_text,
    read_date, read_status, tnef_attr_read_hex, read_priority, read_long, read_flag,
    tnef_attr_read_bytes, read_owner, read_sent_for, read_renddata;

static const struct attr {
	uint32_t tag;
	uint8_t level;
	const char *name;
	read_fn *read; /* NULL: tnef_props_take */
	uint16_t id;   /* the property for it, if one */
} attrs[] = {
	{ 0x00089006, LEVEL_MESSAGE, "attTnefVersion", read_nothing, 0 },
	{ 0x00069007, LEVEL_MESSAGE, "attOemCodepage", read_codepage, 0 },
	{ 0x00078008, LEVEL_MESSAGE, "attMessageClass", read_class, PidTagMessageClass },
	{ 0x00008000, LEVEL_MESSAGE, "attFrom", read_from, 0 },
	{ 0x00018004, LEVEL_MESSAGE, "attSubject", tnef_attr_read_text, PidTagSubject },
	{ 0x00038005, LEVEL_MESSAGE, "attDateSent", read_date, PidTagClientSubmitTime },
	{ 0x00038006, LEVEL_MESSAGE, "attDateRecd", read_date,
	    PidTagMessageDeliveryTime },
	{ 0x00068007, LEVEL_MESSAGE, "attMessageStatus", read_status,
	    PidTagMessageFlags },
	{ 0x00018009, LEVEL_MESSAGE, "attMessageID", tnef_attr_read_hex,
	    PidTagSearchKey },
	{ 0x0001800a, LEVEL_MESSAGE, "attParentID", tnef_attr_read_hex, PidTagParentKey },
	{ 0x0001800b, LEVEL_MESSAGE, "attConversationID", tnef_attr_read_hex,
	    PidTagConversationKey },
	{ 0x0002800c, LEVEL_MESSAGE, "attBody", NULL, 0 },
	{ 0x0004800d, LEVEL_MESSAGE, "attPriority", read_priority, 0 },
	{ 0x00038020, LEVEL_MESSAGE, "attDateModified", read_date,
	    PidTagLastModificationTime },
	{ 0x00069004, LEVEL_MESSAGE, "attRecipTable", NULL, 0 },
	{ 0x00069003, LEVEL_MESSAGE, "attMsgProps", NULL, 0 },
	/* The specification's number, and the one that mail of 1999 really has. */
	{ 0x00070600, LEVEL_MESSAGE, "attOriginalMessageClass", read_class,
	    PidTagOriginalMessageClass },
	{ 0x00070006, LEVEL_MESSAGE, "attOriginalMessageClass", read_class,
	    PidTagOriginalMessageClass },
	{ 0x00060000, LEVEL_MESSAGE, "attOwner", read_owner, 0 },
	{ 0x00060001, LEVEL_MESSAGE, "attSentFor", read_sent_for, 0 },
	{ 0x00060002, LEVEL_MESSAGE, "attDelegate", tnef_attr_read_bytes,
	    PidTagReceivedRepresentingEntryId },
	{ 0x00030006, LEVEL_MESSAGE, "attDateStart", read_date, PidTagStartDate },
	{ 0x00030007, LEVEL_MESSAGE, "attDateEnd", read_date, PidTagEndDate },
	{ 0x00050008, LEVEL_MESSAGE, "attAidOwner", read_long, PidTagOwnerAppointmentId },
	{ 0x00040009, LEVEL_MESSAGE, "attRequestRes", read_flag,
	    PidTagResponseRequested },
	{ 0x00069002, LEVEL_ATTACHMENT, "attAttachRendData", read_renddata, 0 },
	{ 0x00018010, LEVEL_ATTACHMENT, "attAttachTitle", tnef_attr_read_text,
	    PidTagAttachFilename },
	{ 0x0006800f, LEVEL_ATTACHMENT, "attAttachData", NULL, 0 },
	{ 0x00068011, LEVEL_ATTACHMENT, "attAttachMetaFile", NULL, 0 },
	{ 0x00038012, LEVEL_ATTACHMENT, "attAttachCreateDate", read_date,
	    PidTagCreationTime },
	{ 0x00038013, LEVEL_ATTACHMENT, "attAttachModifyDate", read_date,
	    PidTagLastModificationTime },
	{ 0x00069001, LEVEL_ATTACHMENT, "attAttachTransportFilename", tnef_attr_read_text,
	    PidTagAttachTransportName },
	{ 0x00069005, LEVEL_ATTACHMENT, "attAttachment", NULL, 0 },
};

/* Attributes of which an attachment has one: a second one begins the next attachment. */
static const struct once {
	uint32_t tag;
	enum attach_seen bit;
} once[] = {
	{ 0x00069002, SEEN_RENDDATA },
	{ 0x00018010, SEEN_TITLE },
	{ 0x0006800f, SEEN_DATA },
	{ 0x00069005, SEEN_PROPS },
};

/* Classes of Microsoft Mail and what they are called since (2.1.3.3.5). */
static const struct class_name {
	const char *legacy, *name;
} class_names[] = {
	{ "IPM.Microsoft Mail.Note", "IPM.Note" },
	{ "IPM.Microsoft Mail.Read Receipt", "Report.IPM.Note.IPNRN" },
	{ "IPM.Microsoft Mail.Non-Delivery", "Report.IPM.Note.NDR" },
	{ "IPM.Microsoft Schedule.MtgRespP", "IPM.Schedule.Meeting.Resp.Pos" },
	{ "IPM.Microsoft Schedule.MtgRespN", "IPM.Schedule.Meeting.Resp.Neg" },
	{ "IPM.Microsoft Schedule.MtgRespA", "IPM.Schedule.Meeting.Resp.Tent" },
	{ "IPM.Microsoft Schedule.MtgReq", "IPM.Schedule.Meeting.Request" },
	{ "IPM.Microsoft Schedule.MtgCncl", "IPM.Schedule.Meeting.Canceled" },
};

static const struct attr *find_attr(uint32_t tag)
{
	for (size_t i = 0; i < sizeof attrs / sizeof attrs[0]; i++)
		if (attrs[i].tag == tag)
			return &attrs[i];
	return NULL;
}

const char *tnef_attr_name(struct tnef *t, uint32_t tag)
{
	const struct attr *attr = find_attr(tag);

	if (attr)
		return attr->name;
	(void)snprintf(t->unknown, sizeof t->unknown, "attribute 0x%08x", tag);
	return t->unknown;
}

const char *tnef_attr_part(struct tnef *t, uint32_t tag)
{
	const struct attr *attr = find_attr(tag);

	if (!attr || attr->level != LEVEL_ATTACHMENT)
		return "message";
	return t->attach_part;
}

bool tnef_attr_streams(uint32_t tag)
{
	const struct attr *attr = find_attr(tag);

	return !attr || !attr->read;
}

/* The list that a row's property belongs to. */
static struct props *legacy_of(struct tnef *t, const struct attr *attr)
{
	return attr->level == LEVEL_ATTACHMENT ? &t->attach_legacy : &t->legacy;
}

static void read_nothing(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	(void)t;
	(void)attr;
	(void)in;
	(void)at;
}

static void read_codepage(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	(void)attr;
	(void)at;
	t->oem_codepage = cur_u32le(in); /* primary; the secondary means nothing */
}

static void read_class(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	size_t n = in->left;
	const uint8_t *p = cur_take(in, n);

	(void)at;
	while (n > 0 && p[n - 1] == '\0')
		n--;
	for (size_t i = 0; i < sizeof class_names / sizeof class_names[0]; i++)
		if (strlen(class_names[i].legacy) == n &&
		    memcmp(class_names[i].legacy, p, n) == 0) {
			p = (const uint8_t *)class_names[i].name;
			n = strlen(class_names[i].name);
			break;
		}
	tnef_put_text(t, legacy_of(t, attr), attr->id, p, n);
}

static void tnef_attr_read_text(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	size_t n = in->left;
	const uint8_t *p = cur_take(in, n);

	(void)at;
	tnef_put_text(t, legacy_of(t, attr), attr->id, p, n);
}

static void tnef_attr_read_bytes(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	size_t n = in->left;
	const uint8_t *p = cur_take(in, n);

	(void)at;
	tnef_put(t, legacy_of(t, attr), attr->id, PT_BINARY,
	    (struct prop_value){ .bytes = span_over(p, n) });
}

/* DTR: seven 16-bit words, the last the day of the week (2.1.3.1). */
static void read_date(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	uint16_t field[6];
	bool any = false;

	for (int i = 0; i < 6; i++) {
		field[i] = cur_u16le(in);
		any = any || field[i] != 0;
	}
	if (in->bad || !any) /* all zeroes: not set */
		return;
	struct when when = when_from_dtr(field);
	if (!when.valid || when.unix_s < -11644473600) {
		notes_add(&t->c->notes, NOTE_LOST, at->part, attr->name,
		    "not a date: %u-%u-%u %u:%u:%u at offset %llu", field[0], field[1],
		    field[2], field[3], field[4], field[5],
		    (unsigned long long)at->offset);
		return;
	}
	tnef_put(t, legacy_of(t, attr), attr->id, PT_SYSTIME,
	    (struct prop_value){
		.filetime = (uint64_t)(when.unix_s + 11644473600) * 10000000 });
}

static void read_status(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	/* Bits of attMessageStatus (2.1.3.3.10) and of PidTagMessageFlags. */
	static const struct {
		uint8_t status, flag;
	} bits[] = {
		{ 0x20, 0x01 }, /* read */
		{ 0x04, 0x04 }, /* submitted */
		{ 0x02, 0x08 }, /* local: not sent yet */
		{ 0x80, 0x10 }, /* has attachments */
	};
	uint8_t status = cur_u8(in);
	int64_t flags = status & 0x01 ? 0 : 0x02; /* modified; unmodified */

	(void)at;
	if (in->bad)
		return;
	for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
		if (status & bits[i].status)
			flags |= bits[i].flag;
	tnef_put(
	    t, &t->legacy, attr->id, PT_LONG, (struct prop_value){ .number = flags });
}

/* A key written as hexadecimal digits; what is not stays as its characters. */
static void tnef_attr_read_hex(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	size_t n = in->left;
	const uint8_t *p = cur_take(in, n);

	(void)at;
	while (n > 0 && p[n - 1] == '\0')
		n--;
	uint8_t *key = (uint8_t *)arena_alloc(t->m->arena, n / 2);
	bool hex = n % 2 == 0;
	for (size_t i = 0; hex && i < n; i += 2) {
		int high = hex_value(p[i]), low = hex_value(p[i + 1]);
		hex = high >= 0 && low >= 0;
		key[i / 2] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
	}
	tnef_put(t, &t->legacy, attr->id, PT_BINARY,
	    (struct prop_value){
		.bytes = hex ? span_over(key, n / 2) : span_over(p, n) });
}

/* 1 high, 2 normal, 3 low: as importance (2, 1, 0) and as priority (1, 0, -1). */
static void read_priority(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	uint16_t priority = cur_u16le(in);

	if (in->bad)
		return;
	if (priority < 1 || priority > 3) {
		notes_add(&t->c->notes, NOTE_LOST, at->part, attr->name,
		    "not a priority: %u at offset %llu", priority,
		    (unsigned long long)at->offset);
		return;
	}
	tnef_put(t, &t->legacy, PidTagImportance, PT_LONG,
	    (struct prop_value){ .number = 3 - priority });
	tnef_put(t, &t->legacy, PidTagPriority, PT_LONG,
	    (struct prop_value){ .number = 2 - priority });
}

static void read_long(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	uint32_t number = cur_u32le(in);

	(void)at;
	if (!in->bad)
		tnef_put(t, &t->legacy, attr->id, PT_LONG,
		    (struct prop_value){ .number = (int32_t)number });
}

static void read_flag(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	uint16_t flag = cur_u16le(in);

	(void)at;
	if (!in->bad)
		tnef_put(t, &t->legacy, attr->id, PT_BOOLEAN,
		    (struct prop_value){ .number = flag != 0 });
}

/* A name, and "type:address". */
static void tnef_attr_put_person(
    struct tnef *t, const struct person *who, struct cursor name, struct cursor address)
{
	const uint8_t *colon =
	    address.left > 0 ? memchr(address.pos, ':', address.left) : NULL;

	tnef_put_text(t, &t->legacy, who->name, name.pos, name.left);
	if (colon) {
		size_t n = (size_t)(colon - address.pos);
		tnef_put_text(t, &t->legacy, who->type, address.pos, n);
		(void)cur_take(&address, n + 1);
	}
	if (address.left > 0)
		tnef_put_text(t, &t->legacy, who->address, address.pos, address.left);
}

/* A triple: trpid, cbgrtrp, cch, cb, then cch bytes of name and cb of address
 * (2.1.3.3.6).
 */
static void read_from(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	(void)attr;
	(void)at;
	(void)cur_u16le(in); /* trpid: always a one-off */
	(void)cur_u16le(in); /* size of all triples */
	size_t name_length = cur_u16le(in), address_length = cur_u16le(in);
	struct cursor name = cur_sub(in, name_length);
	struct cursor address = cur_sub(in, address_length);
	if (!name.bad)
		tnef_attr_put_person(t, &sender, name, address);
}

/* Two strings, each behind its 16-bit length (2.1.3.3.16). */
static void read_person(struct tnef *t, const struct person *who, struct cursor *in)
{
	size_t n = cur_u16le(in);
	struct cursor name = cur_sub(in, n);

	n = cur_u16le(in);
	struct cursor address = cur_sub(in, n);
	if (!name.bad)
		tnef_attr_put_person(t, who, name, address);
}

static void read_sent_for(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	(void)attr;
	(void)at;
	read_person(t, &sent_representing, in);
}

static void read_owner(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	(void)attr;
	(void)at;
	t->owner = *in;
}

/* A response goes to the meeting's owner, anything else comes from it (2.3.3.10). */
void tnef_attr_owner(struct tnef *t)
{
	static const char response[] = "IPM.Schedule.Meeting.Resp";
	const struct prop *p = props_get(&t->m->props, PidTagMessageClass);
	struct text class = { 0 };

	if (t->owner.left == 0)
		return;
	if (!p)
		p = props_get(&t->legacy, PidTagMessageClass);
	if (p && p->count > 0 && p->type == PT_UNICODE)
		class = p->values[0].text;
	else if (p && p->count > 0 && p->type == PT_STRING8) /* class names are ASCII */
		class = text_from(t->m->arena, 1252, p->values[0].bytes.mem,
		    (size_t)p->values[0].bytes.len);
	bool to_owner = class.len >= sizeof response - 1 &&
			memcmp(class.s, response, sizeof response - 1) == 0;
	read_person(t, to_owner ? &rcvd_representing : &sent_representing, &t->owner);
	if (t->owner.bad)
		notes_add(&t->c->notes, NOTE_LOST, "message", "attOwner", "too short");
}

static void read_renddata(
    struct tnef *t, const struct attr *attr, struct cursor *in, const struct place *at)
{
	static const uint8_t macbinary[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x14, 0x03,
		0x0b, 0x01 };
	uint16_t type = cur_u16le(in);
	uint32_t position = cur_u32le(in);

	(void)attr;
	(void)at;
	(void)cur_u32le(in); /* width and height of the icon */
	uint32_t flags = cur_u32le(in);
	if (in->bad)
		return;
	/* 1 a file: afByValue; 2 an OLE object: afStorage ([MS-OXCMSG] 2.2.2.9) */
	tnef_put(t, &t->attach_legacy, PidTagAttachMethod, PT_LONG,
	    (struct prop_value){
		.number = type == 2 ? ATTACH_STORAGE : ATTACH_BY_VALUE });
	tnef_put(t, &t->attach_legacy, PidTagRenderingPosition, PT_LONG,
	    (struct prop_value){ .number = (int32_t)position });
	if (flags & 1)
		tnef_put(t, &t->attach_legacy, PidTagAttachEncoding, PT_BINARY,
		    (struct prop_value){
			.bytes = span_over(macbinary, sizeof macbinary) });
}

/* Does this attribute belong to the attachment at hand, or begin the next one? */
static bool attach_begin(struct tnef *t, const struct attr *attr)
{
	uint32_t bit = 0;

	for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
		if (once[i].tag == attr->tag)
			bit = once[i].bit;
	/* attAttachRendData is the first of each attachment (2.1.3.3.22), unless it
	 * lacks. */
	if (t->m->attachment_count == 0 || (t->seen & bit) || bit == SEEN_RENDDATA) {
		tnef_attach_end(t);
		if (!message_add_attachment(t->m))
			return false;
		t->seen = 0;
		(void)snprintf(t->attach_part, sizeof t->attach_part, "attachment %u",
		    t->m->attachment_count);
	}
	t->seen |= bit;
	return true;
}

void tnef_attr_read(
    struct tnef *t, uint8_t level, uint32_t tag, struct span data, uint64_t offset)
{
	const struct attr *attr = find_attr(tag);
	struct place at = {
		.part = "message", .what = tnef_attr_name(t, tag), .offset = offset
	};

	if (!attr) {
		notes_add(&t->c->notes, NOTE_LOST, at.part, at.what,
		    "unknown, %llu bytes at offset %llu", (unsigned long long)data.len,
		    (unsigned long long)offset);
		return;
	}
	if (attr->level == LEVEL_ATTACHMENT) {
		if (!attach_begin(t, attr))
			return;
		at.number = t->m->attachment_count;
		at.part = t->attach_part;
	}
	if (attr->level != level)
		notes_add(&t->c->notes, NOTE_KEPT, at.part, at.what,
		    "level %u instead of %u at offset %llu", level, attr->level,
		    (unsigned long long)offset);
	if (attr->read != read_nothing && attr->read != read_codepage)
		t->content++;
	if (!attr->read) {
		tnef_props_take(t, tag, data, &at);
		return;
	}
	struct cursor in = cur_over(data.mem, (size_t)data.len);
	attr->read(t, attr, &in, &at);
	if (in.bad)
		notes_add(&t->c->notes, NOTE_LOST, at.part, at.what,
		    "too short: %llu bytes at offset %llu", (unsigned long long)data.len,
		    (unsigned long long)offset);
}

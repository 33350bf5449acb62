/* SPDX-License-Identifier: ISC */
#include "format/mime/write/lost.h"

#include <string.h>

#include "format/format.h"
#include "format/mime/syntax/tags.h"
#include "message/message.h"

/* Carried, or without a meaning outside of its store. Ranges, so that a row is a group.
 */
static const struct range {
	uint16_t first, last;
} fine[] = {
	{ 0x0001, 0x000f }, /* transport: AcknowledgementMode ... */
	{ TAG_EXPIRY_TIME, TAG_EXPIRY_TIME }, { TAG_IMPORTANCE, TAG_IMPORTANCE },
	{ TAG_MESSAGE_CLASS, TAG_MESSAGE_CLASS },
	{ TAG_DELIVERY_REPORT, TAG_DELIVERY_REPORT },
	{ 0x0025, 0x0026 }, /* ParentKey, Priority */
	{ TAG_READ_RECEIPT, TAG_READ_RECEIPT },
	{ 0x002b, 0x002e }, /* RecipientReassignmentProhibited ... OriginalSensitivity */
	{ TAG_REPLY_TIME, TAG_REPLY_TIME }, { 0x0031, 0x0031 }, /* ReportTag */
	{ TAG_SENSITIVITY, TAG_SUBMIT_TIME },
	{ 0x003b, 0x004d }, /* search keys, received-by, subject prefix, entry ids */
	{ 0x004f, 0x0050 }, /* reply recipients */
	{ 0x0051, 0x0059 }, /* search keys, own and direct flags */
	{ 0x0063, 0x0071 }, /* ResponseRequested, sent representing ..., conversation */
	{ 0x0075, 0x007f }, /* received by ..., transport headers, TNEF correlation key */
	{ 0x0c06, 0x0c06 }, /* NonReceiptNotificationRequested */
	{ TAG_RECIPIENT_TYPE, 0x0c1f }, /* sender ... */
	{ 0x0e01, 0x0eff },             /* message store: sizes, flags, display lists */
	{ 0x0f00, 0x0fff },             /* ids of the object */
	{ TAG_BODY, TAG_BODY }, { 0x1006, 0x1009 }, /* RTF and its sync counters */
	{ 0x1010, 0x1016 },                         /* sync counters, HTML, native body */
	{ TAG_MESSAGE_ID, 0x1046 },                 /* internet fields */
	{ 0x1080, 0x1096 }, /* icon, last verb, flags of a folder view */
	{ 0x10f0, 0x10ff }, /* attributes of a web store */
	{ 0x1200, 0x12ff }, /* of a server's transport */
	{ 0x3001, 0x300f }, /* display name, times, search key */
	{ 0x3013, 0x3fff }, /* store, folder, address book, code pages, locale */
	{ 0x4000, 0x67ff }, /* transmittable ids of providers, security, sender flags */
	{ 0x7ffa, 0x7fff }, /* attachment flags */
};

/* Named sets (MS-OXPROPS 1.3.2) that have a field, or that only servers and views use. */
static const uint8_t fine_sets[][16] = {
	/* PS_INTERNET_HEADERS */
	{ 0x86, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	/* PS_PUBLIC_STRINGS: Keywords and copies of mail fields */
	{ 0x29, 0x03, 0x02, 0x00, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 },
	/* PSETID_Messaging: what a server found out about the body */
	{ 0x13, 0x8f, 0xf2, 0x41, 0xf4, 0x83, 0x14, 0x41, 0xa5, 0x84, 0xee, 0xdb, 0x5a,
	    0x6b, 0x0b, 0xff },
	/* 33eba41f-7aa8-422e-be7b-79e1a98e54b3: conversation tracking */
	{ 0x1f, 0xa4, 0xeb, 0x33, 0xa8, 0x7a, 0x2e, 0x42, 0xbe, 0x7b, 0x79, 0xe1, 0xa9,
	    0x8e, 0x54, 0xb3 },
};
static const uint8_t set_common[16] = { 0x08, 0x20, 0x06, 0x00, 0, 0, 0, 0, 0xc0, 0, 0, 0,
	0, 0, 0, 0x46 }; /* PSETID_Common */

/* Of PSETID_Common these matter to a reader. */
static const struct common {
	uint32_t id;
	const char *what;
} common[] = {
	{ 0x8502, "reminder" },
	{ 0x8520, "voting buttons" },
	{ 0x8578, "header item" },
};

static bool is_fine(uint16_t id)
{
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
		if (id >= fine[i].first && id <= fine[i].last)
			return true;
	return false;
}

struct tally {
	uint32_t plain, named;
	const struct prop *first_plain, *first_named;
};

static const char *common_name(const struct prop_name *name)
{
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		if (common[i].id == name->id)
			return common[i].what;
	return NULL;
}

static void lost_count(struct tally *t, const struct prop *p)
{
	if (!p->name) {
		if (!is_fine(p->id) && t->plain++ == 0)
			t->first_plain = p;
		return;
	}
	for (size_t i = 0; i < sizeof fine_sets / sizeof fine_sets[0]; i++)
		if (memcmp(p->name->set, fine_sets[i], 16) == 0)
			return;
	if (memcmp(p->name->set, set_common, 16) == 0 &&
	    (p->name->is_string || !common_name(p->name)))
		return;
	if (t->named++ == 0)
		t->first_named = p;
}

void lost_note(
    struct convert *c, const struct message *m, const char *part, bool original)
{
	enum note_kind kind = original ? NOTE_KEPT : NOTE_LOST;
	const char *how = original ? "only in the attached original" : "no place in MIME";
	struct tally t = { 0 };

	for (uint32_t i = 0; i < m->props.count; i++)
		lost_count(&t, &m->props.list[i]);
	if (t.plain > 0)
		notes_add(&c->notes, kind, part, prop_label(m->arena, t.first_plain),
		    "%u such properties: %s", t.plain, how);
	if (t.named > 0)
		notes_add(&c->notes, kind, part, prop_label(m->arena, t.first_named),
		    "%u such named properties: %s", t.named, how);
}

/* SPDX-License-Identifier: ISC */
#include "format/mime/write/lost.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "format/format.h"
#include "format/mime/write/header_mapi.h"
#include "format/mime/write/notification.h"
#include "message/message.h"
#include "message/named.h"

/* Carried, or without a meaning outside of its store. Ranges, so that a row is a group.
 */
static const struct range {
	uint16_t first, last;
} fine[] = {
	/* A number stands where no known property is at the end of a range. */
	/* transport */
	{ PidTagAcknowledgementMode, PidTagDeferredDeliveryTime },
	{ PidTagExpiryTime, PidTagExpiryTime },
	{ PidTagImportance, PidTagImportance },
	{ PidTagMessageClass, PidTagMessageClass },
	{ PidTagParentKey, PidTagPriority },
	{ PidTagReadReceiptRequested, PidTagReadReceiptRequested },
	{ PidTagRecipientReassignmentProhibited, PidTagOriginalSensitivity },
	{ PidTagReplyTime, PidTagReplyTime },
	{ PidTagReportTag, PidTagReportTag },
	{ PidTagSensitivity, PidTagClientSubmitTime },
	/* search keys, received-by, subject prefix, entry ids */
	{ PidTagSentRepresentingSearchKey, PidTagOriginalAuthorName },
	/* reply recipients */
	{ PidTagReplyRecipientEntries, PidTagReplyRecipientNames },
	/* search keys, own and direct flags */
	{ PidTagReceivedBySearchKey, PidTagMessageRecipientMe },
	/* sent representing ..., conversation */
	{ PidTagResponseRequested, PidTagConversationIndex },
	/* received by ..., transport headers, TNEF correlation key */
	{ PidTagReceivedByAddressType, PidTagTnefCorrelationKey },
	{ PidTagNonReceiptNotificationRequested, PidTagNonReceiptNotificationRequested },
	/* sender ... */
	{ PidTagRecipientType, PidTagSenderEmailAddress },
	/* message store: sizes, flags, display lists */
	{ PidTagDeleteAfterSubmit, 0x0eff },
	/* ids of the object */
	{ 0x0f00, PidTagEntryId },
	{ PidTagBody, PidTagBody },
	/* RTF and its sync counters */
	{ PidTagRtfSyncBodyCrc, PidTagRtfCompressed },
	/* sync counters, HTML, native body */
	{ PidTagRtfSyncPrefixCount, PidTagNativeBody },
	/* internet fields */
	{ PidTagInternetMessageId, PidTagInternetReturnPath },
	/* icon, last verb, flags of a folder view */
	{ PidTagIconIndex, PidTagBlockStatus },
	/* attributes of a web store */
	{ 0x10f0, 0x10ff },
	/* of a server's transport */
	{ 0x1200, 0x12ff },
	/* display name, times, search key */
	{ PidTagDisplayName, 0x300f },
	/* store, folder, address book, code pages, locale */
	{ PidTagConversationId, 0x3fff },
	/* transmittable ids of providers, security, sender flags */
	{ 0x4000, 0x67ff },
	/* attachment flags */
	{ PidTagAttachmentLinkId, PidTagAttachmentContactPhoto },
};

/* Sets that have a field, or that only servers and views use: what a server found out
 * about the body, and about the conversation. */
static const uint8_t *const fine_sets[] = { props_set_internet_headers,
	props_set_public_strings, props_set_messaging, props_set_conversation };

/* Of PSETID_Common these matter to a reader. */
static const struct common {
	uint32_t id;
	const char *what;
} common[] = {
	{ PidLidReminderTime, "reminder" },
	{ PidLidHeaderItem, "header item" },
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

/* A field that somebody put into a form: the names of mail fields' copies are lower case
 * or have dashes or colons in them. */
static bool is_of_form(const struct prop *p)
{
	struct text name = p->name->name;
	bool upper = false;

	if (!p->name->is_string || !name.s ||
	    memcmp(p->name->set, props_set_public_strings, 16) != 0 ||
	    strcmp(name.s, "Keywords") == 0)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.s[i] == '-' || name.s[i] == ':')
			return false;
		upper |= name.s[i] >= 'A' && name.s[i] <= 'Z';
	}
	return upper;
}

/* A class of somebody's own form: it names a form that no other program has. */
static bool is_form_class(struct text class)
{
	static const char note[] = "IPM.Note.";
	static const char *const known[] = { "SMIME", "StorageQuotaWarning", "Microsoft.",
		"Rules.", "Secure", "Mobile." };
	const size_t n = sizeof note - 1;

	if (!class.s || class.len <= n || strncasecmp(class.s, note, n) != 0)
		return false;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strncasecmp(class.s + n, known[i], strlen(known[i])) == 0)
			return false;
	return true;
}

static void lost_count(struct tally *t, const struct prop *p)
{
	if (!p->name) {
		if (!is_fine(p->id) && t->plain++ == 0)
			t->first_plain = p;
		return;
	}
	bool form = is_of_form(p);
	for (size_t i = 0; i < sizeof fine_sets / sizeof fine_sets[0] && !form; i++)
		if (memcmp(p->name->set, fine_sets[i], 16) == 0)
			return;
	if (memcmp(p->name->set, props_set_common, 16) == 0 &&
	    (p->name->is_string || !common_name(p->name)))
		return;
	if (t->named++ == 0)
		t->first_named = p;
}

/* A class and a vote have fields of their own, where there is a header to hold them. */
static void note_headless(struct convert *c, const struct message *m,
    const struct lost_want *want, enum note_kind kind, const char *how)
{
	struct text vote = text_clean(
	    c->arena, named_text(&m->props, props_set_common, PidLidVerbResponse));
	struct text votes = header_mapi_votes(c->arena, m);
	struct text class = props_text(&m->props, PidTagMessageClass);

	if (is_form_class(class))
		notes_add(&c->notes, want->headed ? NOTE_CHANGED : kind, want->part,
		    "PidTagMessageClass", "%s: %s", class.s,
		    want->headed ? "a form of its own, written as a mail with its class "
				   "in X-MAPI-Message-Class"
		    : want->original ? how
				     : "a form of its own, written as a mail");
	if (want->headed)
		return;
	if (vote.len > 0)
		notes_add(&c->notes, kind, want->part, "PidLidVerbResponse", "%s: %s",
		    vote.s, how);
	if (votes.len > 0)
		notes_add(&c->notes, kind, want->part, "PidLidVerbStream", "%.*s: %s",
		    (int)votes.len, votes.s, how);
}

/* Recipients of whom only the names are left, in the lists that programs show. */
static void note_shown(
    struct convert *c, const struct message *m, const struct lost_want *want)
{
	static const uint16_t lists[] = { PidTagDisplayTo, PidTagDisplayCc,
		PidTagDisplayBcc };

	if (!want->headed || m->recipient_count > 0 ||
	    props_text(&m->props, PidTagTransportMessageHeaders).len > 0)
		return;
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const struct prop *p = props_get(&m->props, lists[i]);
		struct text names = text_clean(c->arena, props_text(&m->props, lists[i]));
		if (p && names.len > 0)
			notes_add(&c->notes, NOTE_CHANGED, want->part,
			    prop_label(m->arena, p),
			    "%.*s: names without addresses, which no field can hold",
			    (int)names.len, names.s);
	}
}

void lost_note(struct convert *c, const struct message *m, const struct lost_want *want)
{
	enum note_kind kind = want->original ? NOTE_KEPT : NOTE_LOST;
	const char *how =
	    want->original ? "only in the attached original" : "no place in MIME";
	struct tally t = { 0 };
	struct format_item item;
	bool more = format_of_item(c->arena, m, &item) && item.carries;

	for (uint32_t i = 0; i < m->props.count; i++)
		if ((!more || !item.carries(&m->props.list[i])) &&
		    (m->props.list[i].name ||
			!notification_carries(m, m->props.list[i].id)))
			lost_count(&t, &m->props.list[i]);
	note_headless(c, m, want, kind, how);
	note_shown(c, m, want);
	if (t.plain > 0)
		notes_add(&c->notes, kind, want->part,
		    prop_label(m->arena, t.first_plain), "%u such properties: %s",
		    t.plain, how);
	if (t.named > 0)
		notes_add(&c->notes, kind, want->part,
		    prop_label(m->arena, t.first_named), "%u such named properties: %s",
		    t.named, how);
}

/* SPDX-License-Identifier: ISC */
/* What a card does not say: told, so that nothing is lost in silence. */
#include "format/format.h"
#include "format/vcard/vcard.h"
#include "message/named.h"
#include "message/notes.h"

/* Written, made again from what is, or of no use outside of the store. Who writes one
 * more makes the gap between two ranges smaller. */
static const struct span_of_ids {
	uint32_t first, last;
} plain_known[] = { { PidTagAccount, PidTagInitials }, { PidTagLanguage, PidTagLocation },
	{ PidTagOrganizationalIdNumber, PidTagPagerTelephoneNumber },
	{ PidTagPrimaryFaxNumber, PidTagAssistant },
	{ PidTagSendRichInfo, PidTagOtherAddressPostOfficeBox },
	{ PidTagUserX509Certificate, PidTagSendInternetEncoding } },
  named_known[] = { { PidLidFileUnder, PidLidContactItemData },
	  { PidLidReferredBy, PidLidDepartment }, { PidLidHasPicture, PidLidHasPicture },
	  { PidLidHomeAddress, PidLidOtherAddress },
	  { PidLidPostalAddressId, PidLidYomiCompanyName },
	  { PidLidWorkAddressStreet, PidLidDistributionListMembers },
	  { PidLidInstantMessagingAddress, 0x8064 }, /* list stream */
	  { PidLidEmail1DisplayName, 0x80d5 },       /* e-mail and fax addresses */
	  { PidLidFreeBusyLocation, PidLidWeddingAnniversaryLocal } };

static bool is_known(const struct span_of_ids *list, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= list[i].first && id <= list[i].last)
			return true;
	return false;
}

static bool is_unwritten(const struct prop *p)
{
	enum { FIRST = 0x3a00, LAST = 0x3aff }; /* of people */
	bool text = p->type == PT_UNICODE || p->type == PT_STRING8;
	bool bytes = p->type == PT_BINARY || p->type == PT_OBJECT;
	bool blank =
	    p->count == 0 ||
	    (text && p->values[0].text.len == 0 && p->values[0].bytes.len == 0) ||
	    (bytes && p->values[0].bytes.len == 0);

	if (blank)
		return false;
	if (!p->name)
		return p->id >= FIRST && p->id <= LAST &&
		       !is_known(plain_known, sizeof plain_known / sizeof plain_known[0],
			   p->id);
	return !p->name->is_string && memcmp(p->name->set, props_set_address, 16) == 0 &&
	       !is_known(
		   named_known, sizeof named_known / sizeof named_known[0], p->name->id);
}

void vcard_note_unwritten(struct vcard *v)
{
	const struct props *all = &v->m->props;
	const struct prop *first = NULL;
	uint32_t count = 0;

	for (uint32_t i = 0; i < all->count; i++) {
		if (!is_unwritten(&all->list[i]))
			continue;
		first = first ? first : &all->list[i];
		count++;
	}
	if (count > 0)
		notes_add(&v->c->notes, NOTE_LOST, "message", prop_label(v->a, first),
		    "%u such properties have no place in a card", count);
}

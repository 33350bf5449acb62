/* SPDX-License-Identifier: ISC */
/* A contact: MS-OXVCARD 2.1.3, [MS-OXOCNTC]. To carry one more property, add a row. */
#include "base/arena.h"
#include "base/base64.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "format/format.h"
#include "format/vcard/vcard.h"
#include "message/named.h"
#include "message/notes.h"
#include "message/person.h"

enum { EMAILS = 3, EMAIL_STEP = 0x10 };

/* One property, a line for each of its values. */
static const struct row {
	uint16_t id;
	const char *name, *type;
} rows[] = {
	{ PidTagNickname, "NICKNAME", NULL },
	{ PidTagTitle, "TITLE", NULL },
	{ PidTagProfession, "ROLE", NULL },
	{ PidTagBusinessTelephoneNumber, "TEL", "work,voice" },
	{ PidTagBusiness2TelephoneNumber, "TEL", "work,voice" },
	{ PidTagHomeTelephoneNumber, "TEL", "home,voice" },
	{ PidTagHome2TelephoneNumber, "TEL", "home,voice" },
	{ PidTagMobileTelephoneNumber, "TEL", "cell" },
	{ PidTagPrimaryTelephoneNumber, "TEL", "voice,pref" },
	{ PidTagOtherTelephoneNumber, "TEL", "voice" },
	{ PidTagPagerTelephoneNumber, "TEL", "pager" },
	{ PidTagBusinessFaxNumber, "TEL", "work,fax" },
	{ PidTagHomeFaxNumber, "TEL", "home,fax" },
	{ PidTagPrimaryFaxNumber, "TEL", "fax" },
	{ PidTagTelecommunicationsDeviceForDeafTelephoneNumber, "TEL", "textphone" },
	{ PidTagCarTelephoneNumber, "TEL", "x-car" },
	{ PidTagIsdnNumber, "TEL", "x-isdn" },
	{ PidTagAssistantTelephoneNumber, "X-MS-TEL", "ASSISTANT" },
	{ PidTagCallbackTelephoneNumber, "X-MS-TEL", "CALLBACK" },
	{ PidTagCompanyMainTelephoneNumber, "X-MS-TEL", "COMPANY" },
	{ PidTagRadioTelephoneNumber, "X-MS-TEL", "RADIO" },
	{ PidTagTelexNumber, "X-MS-TEL", "TELEX" },
	{ PidTagBusinessHomePage, "URL", "work" },
	{ PidTagPersonalHomePage, "URL", "home" },
	{ PidTagFtpSite, "URL", NULL },
	{ PidTagHobbies, "HOBBY", NULL },
	{ PidTagOfficeLocation, "X-MS-OFFICE-LOCATION", NULL },
	{ PidTagLocation, "X-MS-LOCATION", NULL },
	{ PidTagCustomerId, "X-MS-CUSTOMER-ID", NULL },
	{ PidTagGovernmentIdNumber, "X-MS-GOVERNMENT-ID", NULL },
	{ PidTagOrganizationalIdNumber, "X-MS-ORGANIZATIONAL-ID", NULL },
	{ PidTagComputerNetworkName, "X-MS-COMPUTER-NETWORK-NAME", NULL },
	{ PidTagAccount, "X-MS-ACCOUNT", NULL },
	{ PidTagReferredByName, "X-MS-REFERRED-BY", NULL },
	{ PidTagInitials, "X-MS-INITIALS", NULL },
	{ PidTagLanguage, "X-MS-LANGUAGE", NULL },
};

/* The same by number of the address set. */
static const struct named_row {
	uint32_t lid;
	const char *name;
} named_rows[] = {
	{ PidLidFileUnder, "X-MS-FILE-AS" },
	{ PidLidReferredBy, "X-MS-REFERRED-BY" },
	{ PidLidContactUserField1, "X-MS-USER-FIELD1" },
	{ PidLidContactUserField2, "X-MS-USER-FIELD2" },
	{ PidLidContactUserField3, "X-MS-USER-FIELD3" },
	{ PidLidContactUserField4, "X-MS-USER-FIELD4" },
	{ PidLidInstantMessagingAddress, "X-MS-IMADDRESS" },
	{ PidLidFreeBusyLocation, "FBURL" },
	{ PidLidYomiFirstName, "X-PHONETIC-FIRST-NAME" },
	{ PidLidYomiLastName, "X-PHONETIC-LAST-NAME" },
	{ PidLidYomiCompanyName, "X-PHONETIC-ORG" },
};

/* People around the contact (RFC 6350 6.6.6); version 3.0 has Outlook's own names. */
static const struct relation {
	uint16_t id;
	const char *type, *old;
} relations[] = {
	{ PidTagSpouseName, "spouse", "X-MS-SPOUSE" },
	{ PidTagManagerName, "x-manager", "X-MS-MANAGER" },
	{ PidTagAssistant, "x-assistant", "X-MS-ASSISTANT" },
	{ PidTagChildrensNames, "child", "X-MS-CHILD" },
};

/* Post office box, (nothing), street, town, state, code, country: RFC 6350 6.3.1. */
enum { ADR_EXTENDED = 1, ADR_PARTS = 7 };

static const uint32_t work_parts[ADR_PARTS] = { PidLidWorkAddressPostOfficeBox, 0,
	PidLidWorkAddressStreet, PidLidWorkAddressCity, PidLidWorkAddressState,
	PidLidWorkAddressPostalCode, PidLidWorkAddressCountry };
static const uint16_t home_parts[ADR_PARTS] = { PidTagHomeAddressPostOfficeBox, 0,
	PidTagHomeAddressStreet, PidTagHomeAddressCity, PidTagHomeAddressStateOrProvince,
	PidTagHomeAddressPostalCode, PidTagHomeAddressCountry };
static const uint16_t other_parts[ADR_PARTS] = { PidTagOtherAddressPostOfficeBox, 0,
	PidTagOtherAddressStreet, PidTagOtherAddressCity,
	PidTagOtherAddressStateOrProvince, PidTagOtherAddressPostalCode,
	PidTagOtherAddressCountry };
static const uint16_t mail_parts[ADR_PARTS] = { PidTagPostOfficeBox, 0,
	PidTagStreetAddress, PidTagLocality, PidTagStateOrProvince, PidTagPostalCode,
	PidTagCountry };

static bool vcard_is_text(const struct prop *p)
{
	return p && (p->type == PT_UNICODE || p->type == PT_STRING8);
}

static void put_values(
    struct vcard *v, const struct prop *p, const char *name, const char *type)
{
	for (uint32_t i = 0; vcard_is_text(p) && i < p->count; i++)
		vcard_put(v, name, type, text_clean(v->a, p->values[i].text));
}

static void put_contact_name(struct vcard *v)
{
	static const uint16_t parts[] = { PidTagSurname, PidTagGivenName,
		PidTagMiddleName, PidTagDisplayNamePrefix, PidTagGeneration };
	size_t count = sizeof parts / sizeof parts[0];
	bool any = v->old; /* in version 3.0 it must be there */

	for (size_t i = 0; i < count; i++)
		any = any || props_text(&v->m->props, parts[i]).len > 0;
	if (!any)
		return;
	content_line_begin(&v->l, "N");
	for (size_t i = 0; i < count; i++)
		content_line_item(
		    &v->l, ';', text_clean(v->a, props_text(&v->m->props, parts[i])));
	content_line_end(&v->l);
}

static void put_organisation(struct vcard *v)
{
	struct text company =
	    text_clean(v->a, props_text(&v->m->props, PidTagCompanyName));
	struct text unit =
	    text_clean(v->a, props_text(&v->m->props, PidTagDepartmentName));

	if (company.len == 0 && unit.len == 0)
		return;
	content_line_begin(&v->l, "ORG");
	content_line_item(&v->l, ';', company);
	if (unit.len > 0)
		content_line_item(&v->l, ';', unit);
	content_line_end(&v->l);
}

static bool is_same_text(struct text a, struct text b)
{
	return a.len > 0 && a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

static bool is_same_postal(const struct text a[ADR_PARTS], const struct text b[ADR_PARTS])
{
	for (int i = 0; i < ADR_PARTS; i++)
		if (a[i].len != b[i].len ||
		    (a[i].len > 0 && memcmp(a[i].s, b[i].s, a[i].len) != 0))
			return false;
	return true;
}

/* label: the address as people write it, which counts where its parts are not known. */
static void put_postal(struct vcard *v, const char *type,
    const struct text parts[ADR_PARTS], struct text label)
{
	bool any = false;

	for (int i = 0; i < ADR_PARTS; i++)
		any = any || parts[i].len > 0;
	if (!any && v->old)
		vcard_put(v, "LABEL", type, label);
	if (!any && (v->old || label.len == 0))
		return;
	content_line_begin(&v->l, "ADR");
	if (type)
		content_line_param_raw(&v->l, "TYPE", type);
	if (!any) /* RFC 6350 6.3.1 */
		content_line_param(&v->l, "LABEL", label);
	for (int i = 0; i < ADR_PARTS; i++)
		content_line_item(&v->l, ';', parts[i]);
	content_line_end(&v->l);
}

/* The mailing address is a copy of one of the others, or one of its own. Lines of a
 * street stay lines. */
static void put_postals(struct vcard *v)
{
	const struct props *p = &v->m->props;
	struct text all[4][ADR_PARTS] = { 0 };
	static const char *const types[] = { "work", "home", NULL, NULL };
	struct text labels[] = { named_text(p, props_set_address, PidLidWorkAddress),
		named_text(p, props_set_address, PidLidHomeAddress),
		named_text(p, props_set_address, PidLidOtherAddress),
		props_text(p, PidTagPostalAddress) };
	bool copy = false;

	for (int i = 0; i < ADR_PARTS; i++) {
		if (i == ADR_EXTENDED)
			continue;
		all[0][i] = named_text(p, props_set_address, work_parts[i]);
		all[1][i] = props_text(p, home_parts[i]);
		all[2][i] = props_text(p, other_parts[i]);
		all[3][i] = props_text(p, mail_parts[i]);
	}
	for (int i = 0; i < 3; i++)
		copy = copy || is_same_postal(all[i], all[3]) ||
		       is_same_text(labels[i], labels[3]);
	for (int i = 0; i < (copy ? 3 : 4); i++)
		put_postal(v, types[i], all[i], labels[i]);
}

/* The internet address of one of the three e-mail sets ([MS-OXOCNTC] 2.2.1.2). */
static struct text email_of(struct vcard *v, uint32_t at)
{
	const struct props *p = &v->m->props;
	struct person one = { 0 };
	struct text address = text_clean(
	    v->a, named_text(p, props_set_address, PidLidEmail1EmailAddress + at));
	struct text original = text_clean(
	    v->a, named_text(p, props_set_address, PidLidEmail1OriginalDisplayName + at));
	struct span id = span_load(
	    v->a, named_bytes(p, props_set_address, PidLidEmail1OriginalEntryId + at));

	if (person_is_internet(address))
		return address;
	if (id.len > 0 &&
	    person_from_entry(
		v->a, v->m->codepage, cur_over(id.mem, (size_t)id.len), &one) &&
	    person_is_internet(one.address))
		return one.address;
	/* Of an Exchange address Outlook keeps the internet one as its name. */
	return person_is_internet(original) ? original : address;
}

static void put_emails(struct vcard *v)
{
	for (uint32_t i = 0; i < EMAILS; i++) {
		struct text address = email_of(v, i * EMAIL_STEP);
		if (address.len > 0 && !person_is_internet(address))
			notes_add(&v->c->notes, NOTE_CHANGED, "message", "EMAIL",
			    "%s is no internet address, written as it is", address.s);
		vcard_put(v, "EMAIL", v->old ? "internet" : NULL, address);
	}
}

/* A day without a zone: where there is a local one it counts, else the nearest to a
 * midnight in UTC. */
static void put_days(struct vcard *v)
{
	static const struct day {
		uint32_t lid;
		uint16_t id;
		const char *name, *old;
	} list[] = {
		{ PidLidBirthdayLocal, PidTagBirthday, "BDAY", "BDAY" },
		{ PidLidWeddingAnniversaryLocal, PidTagWeddingAnniversary, "ANNIVERSARY",
		    "X-ANNIVERSARY" },
	};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		char text[40];
		struct when at = named_when(&v->m->props, props_set_address, list[i].lid);
		if (!at.valid) {
			at = props_when(&v->m->props, list[i].id);
			at.unix_s += 12LL * 3600;
		}
		if (!at.valid)
			continue;
		when_iso8601(at, text, sizeof text);
		content_line_say(&v->l, v->old ? list[i].old : list[i].name,
		    v->old ? "%.4s-%.2s-%.2s" : "%.4s%.2s%.2s", text, text + 5, text + 8);
	}
}

static void put_relations(struct vcard *v)
{
	for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
		const struct relation *r = &relations[i];
		const struct prop *p = props_get(&v->m->props, r->id);
		for (uint32_t k = 0; vcard_is_text(p) && k < p->count; k++) {
			struct text t = text_clean(v->a, p->values[k].text);
			if (t.len == 0)
				continue;
			content_line_begin(&v->l, v->old ? r->old : "RELATED");
			if (!v->old) {
				content_line_param_raw(&v->l, "VALUE", "text");
				content_line_param_raw(&v->l, "TYPE", r->type);
			}
			content_line_text(&v->l, t);
			content_line_end(&v->l);
		}
	}
}

/* Bytes in the way that the version has for them. */
static void put_bytes(struct vcard *v, const char *name, const char *media,
    const char *type, struct span data)
{
	struct span held = span_load(v->a, data);
	size_t n = base64_length((size_t)held.len);
	char *text = arena_alloc(v->a, n + 1);

	(void)base64_encode(text, held.mem, (size_t)held.len);
	content_line_begin(&v->l, name);
	if (v->old) {
		content_line_param_raw(&v->l, "ENCODING", "b");
		content_line_param_raw(&v->l, "TYPE", type);
		content_line_raw(&v->l, "%s", "");
	} else
		content_line_raw(&v->l, "data:%s;base64,", media);
	content_line_more(&v->l, text, n);
	content_line_end(&v->l);
}

/* MS-OXVCARD 2.1.3.2.4: an attachment that says so. */
bool vcard_is_photo(const struct attachment *at)
{
	return props_number(&at->props, PidTagAttachmentContactPhoto, 0) != 0 &&
	       at->data.len > 0 && at->data.len <= LIMIT_LOAD;
}

static void put_photo(struct vcard *v)
{
	for (uint32_t i = 0; i < v->m->attachment_count; i++) {
		const struct attachment *at = &v->m->attachments[i];
		uint8_t head[1] = { 0 };
		if (!vcard_is_photo(at))
			continue;
		(void)span_read(at->data, 0, head, sizeof head);
		bool png = head[0] == 0x89;
		put_bytes(v, "PHOTO", png ? "image/png" : "image/jpeg",
		    png ? "PNG" : "JPEG", at->data);
		return;
	}
}

static void put_keys(struct vcard *v)
{
	const struct prop *p = props_get(&v->m->props, PidTagUserX509Certificate);

	for (uint32_t i = 0; p && p->type == PT_BINARY && i < p->count; i++)
		if (p->values[i].bytes.len > 0 && p->values[i].bytes.len <= LIMIT_LOAD)
			put_bytes(v, "KEY", "application/octet-stream", "X509",
			    p->values[i].bytes);
}

/* The page of a contact, where no other property has it. */
static void put_page(struct vcard *v)
{
	struct text page =
	    text_clean(v->a, named_text(&v->m->props, props_set_address, PidLidHtml));

	if (!is_same_text(page, props_text(&v->m->props, PidTagBusinessHomePage)) &&
	    !is_same_text(page, props_text(&v->m->props, PidTagPersonalHomePage)))
		vcard_put(v, "URL", NULL, page);
}

static void put_gender(struct vcard *v)
{
	int64_t gender = props_number(&v->m->props, PidTagGender, 0);

	if (gender == 1 || gender == 2)
		content_line_say(
		    &v->l, v->old ? "X-GENDER" : "GENDER", "%s", gender == 1 ? "F" : "M");
}

static struct text full_name(const struct vcard *v)
{
	const struct props *p = &v->m->props;
	const struct text choices[] = { props_text(p, PidTagDisplayName),
		named_text(p, props_set_address, PidLidFileUnder),
		props_text(p, PidTagSubject), props_text(p, PidTagCompanyName) };

	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
		struct text t = text_clean(v->a, choices[i]);
		if (t.len > 0)
			return t;
	}
	return (struct text){ .s = "" };
}

void vcard_write_contact(struct vcard *v)
{
	const struct props *p = &v->m->props;

	vcard_put_common(v, full_name(v));
	put_contact_name(v);
	put_organisation(v);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		put_values(v, props_get(p, rows[i].id), rows[i].name, rows[i].type);
	put_emails(v);
	put_postals(v);
	for (size_t i = 0; i < sizeof named_rows / sizeof named_rows[0]; i++)
		put_values(v, props_get_named(p, props_set_address, named_rows[i].lid),
		    named_rows[i].name, NULL);
	put_page(v);
	put_days(v);
	put_gender(v);
	put_relations(v);
	put_photo(v);
	put_keys(v);
	vcard_note_unwritten(v);
}

/* SPDX-License-Identifier: ISC */
/* The names that people know properties and their types by. */
#include <string.h>

#include "base/arena.h"
#include "message/message.h"
#include "message/spell.h"
#include "message/tags.h"

/* A property set of the COM family: {xxxxxxxx-0000-0000-C000-000000000046}. */
#define COM_SET(a, b, c, d) \
	{ \
		d, c, b, a, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 \
	}

const uint8_t props_set_common[16] = COM_SET(0x00, 0x06, 0x20, 0x08);
const uint8_t props_set_appointment[16] = COM_SET(0x00, 0x06, 0x20, 0x02);
const uint8_t props_set_task[16] = COM_SET(0x00, 0x06, 0x20, 0x03);
const uint8_t props_set_address[16] = COM_SET(0x00, 0x06, 0x20, 0x04);
const uint8_t props_set_public_strings[16] = COM_SET(0x00, 0x02, 0x03, 0x29);
const uint8_t props_set_internet_headers[16] = COM_SET(0x00, 0x02, 0x03, 0x86);
/* {6ED8DA90-450B-101B-98DA-00AA003F1305} */
const uint8_t props_set_meeting[16] = { 0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10,
	0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13, 0x05 };

static const uint8_t set_mapi[16] = COM_SET(0x00, 0x02, 0x03, 0x28);
const uint8_t props_set_log[16] = COM_SET(0x00, 0x06, 0x20, 0x0a);
const uint8_t props_set_note[16] = COM_SET(0x00, 0x06, 0x20, 0x0e);
static const uint8_t set_report[16] = COM_SET(0x00, 0x06, 0x20, 0x13);
static const uint8_t set_remote[16] = COM_SET(0x00, 0x06, 0x20, 0x14);
static const uint8_t set_sharing[16] = COM_SET(0x00, 0x06, 0x20, 0x40);
static const uint8_t set_post_rss[16] = COM_SET(0x00, 0x06, 0x20, 0x41);
/* {41F28F13-83F4-4114-A584-EEDB5A6B0BFF} */
const uint8_t props_set_messaging[16] = { 0x13, 0x8f, 0xf2, 0x41, 0xf4, 0x83, 0x14, 0x41,
	0xa5, 0x84, 0xee, 0xdb, 0x5a, 0x6b, 0x0b, 0xff };
/* {71035549-0739-4DCB-9163-00F0580DBBDF} */
static const uint8_t set_airsync[16] = { 0x49, 0x55, 0x03, 0x71, 0x39, 0x07, 0xcb, 0x4d,
	0x91, 0x63, 0x00, 0xf0, 0x58, 0x0d, 0xbb, 0xdf };
/* {96357F7F-59E1-47D0-99A7-46515C183B54} */
static const uint8_t set_attachment[16] = { 0x7f, 0x7f, 0x35, 0x96, 0xe1, 0x59, 0xd0,
	0x47, 0x99, 0xa7, 0x46, 0x51, 0x5c, 0x18, 0x3b, 0x54 };
/* {4442858E-A9E3-4E80-B900-317A210CC15B} */
static const uint8_t set_unified_messaging[16] = { 0x8e, 0x85, 0x42, 0x44, 0xe3, 0xa9,
	0x80, 0x4e, 0xb9, 0x00, 0x31, 0x7a, 0x21, 0x0c, 0xc1, 0x5b };
/* {33EBA41F-7AA8-422E-BE7B-79E1A98E54B3}: what a server keeps about a conversation */
const uint8_t props_set_conversation[16] = { 0x1f, 0xa4, 0xeb, 0x33, 0xa8, 0x7a, 0x2e,
	0x42, 0xbe, 0x7b, 0x79, 0xe1, 0xa9, 0x8e, 0x54, 0xb3 };

/* Properties with an id of their own. */
static const struct props_tag {
	uint16_t id, type;
	const char *name;
} props_tags[] = {
#define TAG(id, type, name) { id, type, #name },
#include "message/tags.inc"
#undef TAG
};

/* Properties that are named by a set and a number. */
static const struct props_lid {
	const uint8_t *guid;
	uint32_t id;
	const char *name;
} props_lids[] = {
#define LID(set, id, name) { props_set_##set, id, #name },
#include "message/lids.inc"
#undef LID
};

static const struct props_set {
	const uint8_t *guid;
	const char *name;
} props_sets[] = {
	{ props_set_common, "PSETID_Common" },
	{ props_set_appointment, "PSETID_Appointment" },
	{ props_set_meeting, "PSETID_Meeting" },
	{ props_set_task, "PSETID_Task" },
	{ props_set_address, "PSETID_Address" },
	{ props_set_log, "PSETID_Log" },
	{ props_set_note, "PSETID_Note" },
	{ props_set_public_strings, "PS_PUBLIC_STRINGS" },
	{ props_set_internet_headers, "PS_INTERNET_HEADERS" },
	{ set_mapi, "PS_MAPI" },
	{ set_report, "PSETID_Report" },
	{ set_remote, "PSETID_Remote" },
	{ set_sharing, "PSETID_Sharing" },
	{ set_post_rss, "PSETID_PostRss" },
	{ props_set_messaging, "PSETID_Messaging" },
	{ set_airsync, "PSETID_AirSync" },
	{ set_attachment, "PSETID_Attachment" },
	{ set_unified_messaging, "PSETID_UnifiedMessaging" },
};

enum { PROPS_SETS = sizeof props_sets / sizeof props_sets[0] };

/* Named by a string: the name in the file and the canonical one. */
static const struct props_string {
	const uint8_t *guid;
	const char *name, *label;
} props_strings[] = {
	{ props_set_public_strings, "Keywords", "Keywords" },
	{ props_set_internet_headers, "content-class", "ContentClass" },
	{ props_set_internet_headers, "content-type", "ContentType" },
	{ props_set_internet_headers, "accept-language", "AcceptLanguage" },
	{ props_set_internet_headers, "x-ms-exchange-organization-authas",
	    "ExchangeOrganizationAuthAs" },
	{ props_set_internet_headers, "x-ms-has-attach", "XMsHasAttach" },
	{ props_set_internet_headers, "x-mailer", "XMailer" },
};

enum { PROPS_STRINGS = sizeof props_strings / sizeof props_strings[0] };

/* Types by their names in [MS-OXCDATA] section 2.11.1. */
static const struct type_name {
	uint16_t type;
	const char *name;
} type_names[] = {
	{ PT_UNSPECIFIED, "PtypUnspecified" },
	{ PT_NULL, "PtypNull" },
	{ PT_SHORT, "PtypInteger16" },
	{ PT_LONG, "PtypInteger32" },
	{ PT_FLOAT, "PtypFloating32" },
	{ PT_DOUBLE, "PtypFloating64" },
	{ PT_CURRENCY, "PtypCurrency" },
	{ PT_APPTIME, "PtypFloatingTime" },
	{ PT_ERROR, "PtypErrorCode" },
	{ PT_BOOLEAN, "PtypBoolean" },
	{ PT_OBJECT, "PtypObject" },
	{ PT_I8, "PtypInteger64" },
	{ PT_STRING8, "PtypString8" },
	{ PT_UNICODE, "PtypString" },
	{ PT_SYSTIME, "PtypTime" },
	{ PT_CLSID, "PtypGuid" },
	{ PT_SVREID, "PtypServerId" },
	{ PT_SRESTRICT, "PtypRestriction" },
	{ PT_ACTIONS, "PtypRuleAction" },
	{ PT_BINARY, "PtypBinary" },
	{ PT_MV | PT_SHORT, "PtypMultipleInteger16" },
	{ PT_MV | PT_LONG, "PtypMultipleInteger32" },
	{ PT_MV | PT_FLOAT, "PtypMultipleFloating32" },
	{ PT_MV | PT_DOUBLE, "PtypMultipleFloating64" },
	{ PT_MV | PT_CURRENCY, "PtypMultipleCurrency" },
	{ PT_MV | PT_APPTIME, "PtypMultipleFloatingTime" },
	{ PT_MV | PT_I8, "PtypMultipleInteger64" },
	{ PT_MV | PT_STRING8, "PtypMultipleString8" },
	{ PT_MV | PT_UNICODE, "PtypMultipleString" },
	{ PT_MV | PT_SYSTIME, "PtypMultipleTime" },
	{ PT_MV | PT_CLSID, "PtypMultipleGuid" },
	{ PT_MV | PT_BINARY, "PtypMultipleBinary" },
};

static const char *plain_label(struct arena *arena, const struct prop *p)
{
	for (size_t i = 0; i < sizeof props_tags / sizeof props_tags[0]; i++)
		if (props_tags[i].id == p->id && (props_tags[i].type == PT_UNSPECIFIED ||
						     props_tags[i].type == p->type))
			return props_tags[i].name;
	return arena_printf(arena, "0x%04x", p->id);
}

/* The set's name, or its GUID as people write it. */
static const char *set_label(
    struct arena *arena, const struct props_set *set, const uint8_t *guid)
{
	char text[SPELL_GUID];

	if (set)
		return set->name;
	spell_guid(text, guid, SPELL_BRACES);
	return arena_copy(arena, text, strlen(text));
}

/* A name from the file, fit for a line: controls, blanks and backslashes as \xNN. */
static const char *quote_name(struct arena *arena, struct text name)
{
	static const char digits[] = "0123456789abcdef";
	char *to = arena_array(arena, name.len + 1, 4), *end = to;

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.s[i];
		if (c > ' ' && c != 0x7f && c != '\\') {
			*end++ = (char)c;
			continue;
		}
		*end++ = '\\';
		*end++ = 'x';
		*end++ = digits[c >> 4];
		*end++ = digits[c & 15];
	}
	return to;
}

static const char *string_label(
    struct arena *arena, const struct props_set *set, const struct prop_name *n)
{
	for (size_t i = 0; i < PROPS_STRINGS; i++)
		if (memcmp(props_strings[i].guid, n->set, 16) == 0 &&
		    strlen(props_strings[i].name) == n->name.len &&
		    memcmp(props_strings[i].name, n->name.s, n->name.len) == 0)
			return arena_printf(arena, "PidName%s", props_strings[i].label);
	return arena_printf(
	    arena, "%s:%s", set_label(arena, set, n->set), quote_name(arena, n->name));
}

const char *prop_label(struct arena *arena, const struct prop *p)
{
	const struct prop_name *n = p->name;
	const struct props_set *set = NULL;

	if (!n)
		return plain_label(arena, p);
	for (size_t i = 0; i < PROPS_SETS && !set; i++)
		if (memcmp(props_sets[i].guid, n->set, 16) == 0)
			set = &props_sets[i];
	if (n->is_string)
		return string_label(arena, set, n);
	for (size_t i = 0; i < sizeof props_lids / sizeof props_lids[0]; i++)
		if (props_lids[i].id == n->id &&
		    memcmp(props_lids[i].guid, n->set, 16) == 0)
			return props_lids[i].name;
	return arena_printf(arena, "%s:0x%04x", set_label(arena, set, n->set), n->id);
}

const char *prop_type_label(struct arena *arena, uint16_t type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return arena_printf(arena, "0x%04x", type);
}

/* SPDX-License-Identifier: ISC */
/* The names that people know properties and their types by. */
#include "message/props.h"

#include <string.h>

#include "base/arena.h"
#include "message/message.h"
#include "message/spell.h"

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
	for (size_t i = 0; i < props_tag_count; i++)
		if (props_tags[i].id == p->id && (props_tags[i].type == PT_UNSPECIFIED ||
						     props_tags[i].type == p->type))
			return arena_printf(arena, "PidTag%s", props_tags[i].name);
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
	for (size_t i = 0; i < props_string_count; i++)
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
	for (size_t i = 0; i < props_set_count && !set; i++)
		if (memcmp(props_sets[i].guid, n->set, 16) == 0)
			set = &props_sets[i];
	if (n->is_string)
		return string_label(arena, set, n);
	for (size_t i = 0; set && i < set->count; i++)
		if (set->lids[i].id == n->id)
			return arena_printf(arena, "PidLid%s", set->lids[i].name);
	return arena_printf(arena, "%s:0x%04x", set_label(arena, set, n->set), n->id);
}

const char *prop_type_label(struct arena *arena, uint16_t type)
{
	for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return arena_printf(arena, "0x%04x", type);
}

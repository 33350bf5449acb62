/* SPDX-License-Identifier: ISC */
#include "message/spell.h"

#include "base/when.h"

void spell_guid(char to[SPELL_GUID], const uint8_t guid[16], enum spell spell)
{
	/* The first three groups are little-endian numbers (MS-DTYP 2.3.4). */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13,
		14, 15 };
	const char *digits =
	    spell == SPELL_LOWER ? "0123456789abcdef" : "0123456789ABCDEF";
	char *p = to;

	if (spell == SPELL_BRACES)
		*p++ = '{';
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[guid[order[i]] >> 4];
		*p++ = digits[guid[order[i]] & 15];
	}
	if (spell == SPELL_BRACES)
		*p++ = '}';
	*p = '\0';
}

bool spell_time(char to[SPELL_TIME], uint64_t filetime)
{
	struct when when = when_from_filetime(filetime);

	if (when.valid)
		when_iso8601(when, to, SPELL_TIME);
	return when.valid;
}

/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_SPELL_H
#define MESSAGE_SPELL_H

#include <stdbool.h>
#include <stdint.h>

/* Values as people and programs write them. */
enum spell {
	SPELL_BRACES, /* {00020329-0000-0000-C000-000000000046} */
	SPELL_LOWER,  /* 00020329-0000-0000-c000-000000000046 */
};
enum { SPELL_GUID = 40, SPELL_TIME = 40 };

void spell_guid(char to[SPELL_GUID], const uint8_t guid[16], enum spell);

/* ISO 8601; false, and nothing written, when it is no time. */
bool spell_time(char to[SPELL_TIME], uint64_t filetime);

#endif

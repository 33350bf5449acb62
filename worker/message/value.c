/* SPDX-License-Identifier: ISC */
#include "message/value.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"

/* Types of a fixed size. */
static const struct size {
	uint16_t type;
	uint8_t bytes;
} sizes[] = {
	{ PT_SHORT, 2 },
	{ PT_LONG, 4 },
	{ PT_FLOAT, 4 },
	{ PT_DOUBLE, 8 },
	{ PT_CURRENCY, 8 },
	{ PT_APPTIME, 8 },
	{ PT_ERROR, 4 },
	{ PT_BOOLEAN, 2 },
	{ PT_I8, 8 },
	{ PT_SYSTIME, 8 },
	{ PT_CLSID, 16 },
};

unsigned value_size(uint16_t type)
{
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (sizes[i].type == type)
			return sizes[i].bytes;
	return 0;
}

bool value_known(uint16_t type)
{
	switch (type) {
	case PT_STRING8:
	case PT_UNICODE:
	case PT_BINARY:
	case PT_OBJECT:
	case PT_SVREID:
	case PT_SRESTRICT:
	case PT_ACTIONS:
	case PT_NULL:
		return true;
	default:
		return value_size(type) > 0;
	}
}

double value_real(uint64_t bits, bool single)
{
	double wide;
	float narrow;
	uint32_t low = (uint32_t)bits;

	if (single) {
		memcpy(&narrow, &low, sizeof narrow);
		return (double)narrow;
	}
	memcpy(&wide, &bits, sizeof wide);
	return wide;
}

void value_fixed(uint16_t type, uint64_t bits, struct prop_value *v)
{
	switch (type) {
	case PT_SHORT:
		v->number = (int16_t)bits;
		break;
	case PT_LONG:
		v->number = (int32_t)bits;
		break;
	case PT_BOOLEAN:
		v->number = (bits & 0xffff) != 0;
		break;
	case PT_ERROR:
		v->number = (uint32_t)bits;
		break;
	case PT_FLOAT:
	case PT_DOUBLE:
	case PT_APPTIME:
		v->real = value_real(bits, type == PT_FLOAT);
		break;
	case PT_SYSTIME:
		v->filetime = bits;
		break;
	case PT_NULL:
		break;
	default: /* currency, I8 */
		v->number = (int64_t)bits;
		break;
	}
}

bool value_variable(struct arena *arena, uint16_t type, struct span bytes, bool whole,
    struct prop_value *v)
{
	static const uint8_t no_guid[16];
	bool text = type == PT_STRING8 || type == PT_UNICODE, cut = false;

	if (type == PT_CLSID) {
		v->guid = span_load(arena, span_sub(bytes, 0, 16)).mem;
		if (bytes.len < 16)
			v->guid = no_guid;
		return bytes.len == 16;
	}
	if (text && bytes.len > LIMIT_LOAD && !bytes.mem) {
		if (whole) {
			v->bytes = bytes;
			return true;
		}
		cut = true;
		bytes = span_sub(bytes, 0, LIMIT_LOAD);
	}
	v->bytes = text ? span_load(arena, bytes) : bytes;
	if (type == PT_STRING8)
		while (v->bytes.len > 0 && v->bytes.mem[v->bytes.len - 1] == '\0')
			v->bytes.len--;
	if (type == PT_UNICODE) {
		v->text = text_from_utf16(arena, v->bytes.mem, (size_t)v->bytes.len);
		while (v->text.len > 0 && v->text.s[v->text.len - 1] == '\0')
			v->text.len--;
		v->bytes = (struct span){ .fd = -1 };
	}
	return !cut;
}

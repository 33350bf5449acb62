/* SPDX-License-Identifier: ISC */
#include "format/mime/write/macbinary.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "message/message.h"
#include "message/tags.h"

/* The header of MacBinary: offsets, all numbers big-endian. */
enum {
	NAME_LENGTH = 1,
	NAME = 2,
	FINDER = 65, /* type, creator, upper flags */
	ZERO_1 = 74,
	PLACE = 75, /* in the window, window: 6 bytes */
	ZERO_2 = 82,
	DATA_LENGTH = 83,
	RESOURCE_LENGTH = 87,
	CREATED = 91,
	MODIFIED = 95,
	LOWER_FLAGS = 101, /* from II on, as all that follows */
	SECOND_LENGTH = 120,
	CHECKSUM = 124,
	BLOCK = 128, /* bytes of the header; forks begin at multiples of it */
	NAME_MAX_BYTES = 63,
	RESOURCE_MAX = 16 << 20, /* the Macintosh's own limit */
};

/* AppleDouble (RFC 1740, appendix B). */
enum {
	MAGIC = 0x00051607,
	VERSION = 0x00020000,
	ENTRY_RESOURCE = 2,
	ENTRY_NAME = 3,
	ENTRY_DATES = 8,
	ENTRY_FINDER = 9,
	ENTRIES = 4,
	HEAD = 26,
	ENTRY = 12,
	DATES_BYTES = 16,
	FINDER_BYTES = 32,
};
#define NO_DATE 0x80000000U
#define SECONDS_1904_TO_2000 3029529600U

bool macbinary_claimed(const struct attachment *at)
{
	static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x14, 0x03, 0x0b,
		0x01 };
	uint8_t buffer[sizeof oid];
	struct span s = props_bytes(&at->props, PidTagAttachEncoding);

	return s.len == sizeof oid &&
	       span_read(s, 0, buffer, sizeof buffer) == sizeof buffer &&
	       memcmp(buffer, oid, sizeof oid) == 0;
}

static uint32_t macbinary_u16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t macbinary_u32(const uint8_t *p)
{
	return macbinary_u16(p) << 16 | macbinary_u16(p + 2);
}

static void macbinary_put32(struct sink *s, uint32_t v)
{
	const uint8_t b[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
		(uint8_t)v };

	sink_write(s, b, sizeof b);
}

/* CRC-16 of polynomial 0x1021 over the header before it. */
static uint32_t macbinary_checksum(const uint8_t *p)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < CHECKSUM; i++) {
		crc ^= (uint32_t)p[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff;
	}
	return crc;
}

/* Version I has no checksum, but zeroes where later versions have more. */
static bool is_first_version(const uint8_t *p)
{
	for (size_t i = LOWER_FLAGS; i < BLOCK; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static uint64_t macbinary_blocks(uint64_t n)
{
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

static uint32_t macbinary_date(const uint8_t *p)
{
	uint32_t since_1904 = macbinary_u32(p);

	return since_1904 == 0 ? NO_DATE : since_1904 - SECONDS_1904_TO_2000;
}

static void put_entry(struct sink *s, uint32_t id, uint32_t *at, uint32_t length)
{
	macbinary_put32(s, id);
	macbinary_put32(s, *at);
	macbinary_put32(s, length);
	*at += length;
}

static struct span apple_double(
    struct arena *a, const uint8_t *head, bool first, struct span resource)
{
	static const uint8_t zeroes[FINDER_BYTES];
	struct sink *s = sink_memory(a);
	uint32_t at = HEAD + ENTRIES * ENTRY;

	macbinary_put32(s, MAGIC);
	macbinary_put32(s, VERSION);
	sink_write(s, zeroes, 16);
	sink_write(s, (const uint8_t[]){ 0, ENTRIES }, 2);
	put_entry(s, ENTRY_FINDER, &at, FINDER_BYTES);
	put_entry(s, ENTRY_DATES, &at, DATES_BYTES);
	put_entry(s, ENTRY_NAME, &at, head[NAME_LENGTH]);
	put_entry(s, ENTRY_RESOURCE, &at, (uint32_t)resource.len);
	sink_write(s, head + FINDER, 9);
	sink_write(s, first ? zeroes : head + LOWER_FLAGS, 1);
	sink_write(s, head + PLACE, 6);
	sink_write(s, zeroes, 16); /* what the Finder keeps besides */
	macbinary_put32(s, macbinary_date(head + CREATED));
	macbinary_put32(s, macbinary_date(head + MODIFIED));
	macbinary_put32(s, NO_DATE); /* of a backup */
	macbinary_put32(s, NO_DATE); /* of the last use */
	sink_write(s, head + NAME, head[NAME_LENGTH]);
	sink_span(s, resource, NULL, NULL);
	return sink_bytes(s);
}

bool macbinary_read(struct arena *a, struct span in, struct macbinary *out)
{
	uint8_t head[BLOCK];
	uint64_t resource_at, at = BLOCK;

	CRUMB_WITHIN("macbin", 0);
	if (span_read(in, 0, head, sizeof head) != sizeof head || head[0] != 0 ||
	    head[ZERO_1] != 0 || head[ZERO_2] != 0 || head[NAME_LENGTH] == 0 ||
	    head[NAME_LENGTH] > NAME_MAX_BYTES)
		return false;
	bool first = is_first_version(head);
	if (!first && macbinary_checksum(head) != macbinary_u16(head + CHECKSUM))
		return false;
	uint64_t data = macbinary_u32(head + DATA_LENGTH),
		 resource = macbinary_u32(head + RESOURCE_LENGTH);
	if (!first)
		at += macbinary_blocks(macbinary_u16(head + SECOND_LENGTH));
	resource_at = at + (resource > 0 ? macbinary_blocks(data) : data);
	if (resource > RESOURCE_MAX || resource_at > in.len ||
	    resource > in.len - resource_at)
		return false;
	out->data = span_sub(in, at, data);
	out->header = apple_double(a, head, first, span_sub(in, resource_at, resource));
	return true;
}

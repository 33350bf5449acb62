/* SPDX-License-Identifier: ISC */
/*
 * The TNEF stream ([MS-OXTNEF] 2.1.1): signature, key, attributes. Each attribute is
 * level, tag, length, data and the sum of its data's bytes. A damaged stream is followed
 * by its lengths alone; nothing is searched for.
 */
#include "format/tnef/tnef.h"

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "base/window.h"
#include "base/wipe.h"
#include "format/format.h"

enum {
	STREAM_HEADER = 6,    /* signature, key */
	ATTRIBUTE_HEADER = 9, /* level, tag, length */
	CHECKSUM = 2,
	FILLING = 512, /* behind the last attribute, at most */
	CHUNK = 64 * 1024,
};

static void tnef_progress(const struct tnef *t, uint64_t offset)
{
	if (t->c->tell_progress)
		t->c->tell_progress(t->c->arg, offset);
}

/* The sum of n bytes: eight at a time, their even and odd places in four lanes of 16 bits
 * each, emptied before a lane can overflow. */
static uint64_t sum_of_bytes(const uint8_t *p, size_t n)
{
	enum { LANE_ROUNDS = 128 }; /* 128 * 2 * 255 < 65536 */
	const uint64_t even = 0x00ff00ff00ff00ff;
	uint64_t sum = 0;

	while (n >= 8) {
		uint64_t lanes = 0;
		for (int i = 0; i < LANE_ROUNDS && n >= 8; i++, p += 8, n -= 8) {
			uint64_t word;
			memcpy(&word, p, sizeof word);
			lanes += (word & even) + (word >> 8 & even);
		}
		sum += (lanes & 0xffff) + (lanes >> 16 & 0xffff) +
		       (lanes >> 32 & 0xffff) + (lanes >> 48);
	}
	while (n-- > 0)
		sum += *p++;
	return sum;
}

/* The sum of all bytes, modulo 65536. Long data is read through a small buffer. */
static uint16_t tnef_checksum(const struct tnef *t, struct span data, uint64_t offset)
{
	static uint8_t buffer[CHUNK]; /* one stream is read at a time: not on the stack */
	uint64_t sum = 0, done = 0;

	wipe_later(buffer, data.len < sizeof buffer ? (size_t)data.len : sizeof buffer);
	while (done < data.len) {
		size_t n = span_read(data, done, buffer, sizeof buffer);
		if (n == 0) /* the file became shorter */
			break;
		sum += sum_of_bytes(buffer, n);
		done += n;
		tnef_progress(t, offset + done);
	}
	return (uint16_t)sum;
}

/* A few line ends and NULs behind the last attribute came from transport. */
static bool is_filling(struct span in, uint64_t offset)
{
	uint8_t buffer[FILLING];

	if (in.len - offset > FILLING)
		return false;
	size_t n = span_read(in, offset, buffer, sizeof buffer);
	for (size_t i = 0; i < n; i++)
		if (buffer[i] != '\0' && buffer[i] != '\r' && buffer[i] != '\n')
			return false;
	return true;
}

/* What was wrong with an attribute's frame; its data counts nonetheless. */
static void note_frame(
    struct tnef *t, uint32_t tag, uint32_t claimed, struct span data, uint64_t body)
{
	struct notes *notes = &t->c->notes;
	const char *part = tnef_attr_part(t, tag), *name = tnef_attr_name(t, tag);
	uint8_t tail[CHECKSUM] = { 0 };

	if (data.len < claimed) {
		notes_add(notes, NOTE_LOST, part, name,
		    "cut short: claims %u bytes at offset %llu, %llu are there", claimed,
		    (unsigned long long)body, (unsigned long long)data.len);
		return;
	}
	uint64_t end = body + claimed;
	uint16_t sum = tnef_checksum(t, data, body);
	size_t n = span_read(t->c->in, end, tail, sizeof tail);
	uint16_t stored = (uint16_t)(tail[0] | tail[1] << 8);
	if (n < sizeof tail)
		notes_add(notes, NOTE_KEPT, part, name, "no checksum at offset %llu",
		    (unsigned long long)end);
	else if (stored != sum)
		notes_add(notes, NOTE_KEPT, part, name,
		    "checksum 0x%04x at offset %llu, the data's is 0x%04x", stored,
		    (unsigned long long)end, sum);
}

/*
 * One attribute at offset, of which left bytes of the stream are behind its header.
 * Returns its length, or left when it claims more: then it is the last.
 */
static uint64_t read_attribute(struct tnef *t, const uint8_t header[ATTRIBUTE_HEADER],
    uint64_t offset, uint64_t left)
{
	struct cursor in = cur_over(header, ATTRIBUTE_HEADER);
	uint8_t level = cur_u8(&in);
	uint32_t tag = cur_u32le(&in), claimed = cur_u32le(&in);
	uint64_t length = claimed < left ? claimed : left;
	uint64_t body = offset + ATTRIBUTE_HEADER;

	CRUMB("tnef", t->m->depth, level == 2 ? t->m->attachment_count : 0, tag, offset);
	struct span data = span_sub(t->c->in, body, length), taken = data;
	if (!tnef_attr_streams(tag))
		taken = span_load(t->m->arena, span_sub(data, 0, LIMIT_LOAD));
	else if (length <= WINDOW_BUFFER)
		taken = span_load(t->m->arena, data);
	tnef_attr_read(t, level, tag, taken, body);
	if (taken.len < data.len)
		notes_add(&t->c->notes, NOTE_LOST, tnef_attr_part(t, tag),
		    tnef_attr_name(t, tag), "%llu bytes, all above %d",
		    (unsigned long long)data.len, LIMIT_LOAD);
	note_frame(t, tag, claimed, data, body);
	return length;
}

static void read_stream(struct tnef *t, uint64_t offset)
{
	struct span in = t->c->in;

	while (in.len - offset >= ATTRIBUTE_HEADER) {
		uint8_t header[ATTRIBUTE_HEADER];
		if (is_filling(in, offset) ||
		    span_read(in, offset, header, sizeof header) < sizeof header)
			return;
		uint64_t left = in.len - offset - ATTRIBUTE_HEADER;
		uint64_t taken = read_attribute(t, header, offset, left);
		left -= taken;
		offset = in.len - (left > CHECKSUM ? left - CHECKSUM : 0);
		tnef_progress(t, offset);
	}
	if (in.len > offset && !is_filling(in, offset))
		notes_add(&t->c->notes, NOTE_LOST, "message", "attribute",
		    "cut short: %llu bytes at offset %llu are less than its header",
		    (unsigned long long)(in.len - offset), (unsigned long long)offset);
}

static struct message *tnef_read(struct convert *c)
{
	struct tnef t = { .c = c };
	const char *first = "no attribute";

	t.m = message_new(c->arena, &c->notes, c->depth);
	t.buffer = arena_alloc(c->arena, WINDOW_BUFFER);
	if (c->in.len < STREAM_HEADER) {
		(void)convert_refuse(
		    c, "message", c->in.len, "TNEF stream ends within its header");
		return NULL;
	}
	read_stream(&t, STREAM_HEADER);
	if (t.content == 0) {
		/* The first note names the attribute and says what was wrong with it. */
		if (c->notes.first)
			first = arena_printf(c->arena, "%s: %s", c->notes.first->what,
			    c->notes.first->reason);
		(void)convert_refuse(c, "message", STREAM_HEADER,
		    "TNEF stream without a message: %s", first);
		return NULL;
	}
	tnef_settle(&t);
	return t.m;
}

const struct format format_tnef = {
	.row = &formats_rows[FORMATS_TNEF],
	.read = tnef_read,
};

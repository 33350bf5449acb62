/* SPDX-License-Identifier: ISC */
#include "codec/lzfu.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/feed.h"
#include "base/limits.h"
#include "base/sink.h"

enum {
	COMPRESSED = 0x75465a4c,   /* "LZFu" */
	UNCOMPRESSED = 0x414c454d, /* "MELA" */
	AFTER_COMPSIZE = 12,       /* bytes of the header that COMPSIZE counts */
	HEADER = 16,
	WINDOW = 4096,
	CRUMB_STEP = 64 * 1024,
};

/* What the dictionary holds before the first byte (2.1.2.1). */
static const char preset[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil "
    "\\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    "SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0"
    "\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u"
    "\\tab\\tx";
enum { PRESET = sizeof preset - 1 };
_Static_assert(PRESET == 207, "the dictionary's first 207 bytes are given");

/* CRC-32 that begins with 0 and is not inverted (2.1.3.2). */
struct sum {
	uint32_t table[256], value;
};

static void sum_begin(struct sum *sum)
{
	const uint32_t polynomial = 0xedb88320;

	for (uint32_t i = 0; i < 256; i++) {
		sum->table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			sum->table[i] =
			    sum->table[i] >> 1 ^ (sum->table[i] & 1 ? polynomial : 0);
	}
	sum->value = 0;
}

static void sum_add(struct sum *sum, uint8_t byte)
{
	sum->value = sum->table[(sum->value ^ byte) & 0xff] ^ sum->value >> 8;
}

/* The dictionary is the last WINDOW bytes of output: it goes to the sink when full. */
struct window {
	uint8_t bytes[WINDOW];
	uint32_t at;   /* where the next byte goes */
	uint32_t kept; /* where the bytes begin that are not in the sink yet */
	struct sink *to;
};

static void window_flush(struct window *w)
{
	sink_write(w->to, w->bytes + w->kept, w->at - w->kept);
	w->kept = w->at % WINDOW;
}

static void lzfu_put(struct window *w, uint8_t byte)
{
	w->bytes[w->at++] = byte;
	if (w->at == WINDOW) {
		window_flush(w);
		w->at = 0;
	}
}

/* Copy from the dictionary; the bytes just written may be among them (2.1.3.1). */
static void lzfu_put_reference(struct window *w, uint16_t token)
{
	uint32_t from = token >> 4, length = (token & 15) + 2U;

	for (; length > 0; length--) {
		lzfu_put(w, w->bytes[from]);
		from = (from + 1) % WINDOW;
	}
}

/* The next byte of the input; -1 at the end. */
static int lzfu_take(struct feed *in, struct sum *sum)
{
	int byte = feed_byte(in);

	if (byte >= 0)
		sum_add(sum, (uint8_t)byte);
	return byte;
}

/* One control byte and what it controls. True: go on. */
static bool expand_eight(struct feed *in, struct sum *sum, struct window *w, bool *ended)
{
	int control = lzfu_take(in, sum);

	for (int i = 0; i < 8 && control >= 0; i++, control >>= 1) {
		int high = lzfu_take(in, sum);
		if (high < 0)
			return false;
		if (!(control & 1)) {
			lzfu_put(w, (uint8_t)high);
			continue;
		}
		int low = lzfu_take(in, sum);
		if (low < 0)
			return false;
		uint16_t token = (uint16_t)(high << 8 | low);
		if (token >> 4 == (int)w->at) {
			*ended = true; /* refers to where the next byte goes (2.1.3.1) */
			return false;
		}
		lzfu_put_reference(w, token);
	}
	return control >= 0;
}

/* True when the end mark was met. */
static bool lzfu_expand(struct feed *in, struct sum *sum, struct sink *to)
{
	struct window w = { .at = PRESET, .kept = PRESET, .to = to };
	uint64_t next = 0;
	bool ended = false;

	memcpy(w.bytes, preset, PRESET);
	do {
		if (feed_at(in) >= next) {
			CRUMB_WITHIN("lzfu", feed_at(in));
			next += CRUMB_STEP;
		}
	} while (sink_length(to) < LIMIT_RTF && expand_eight(in, sum, &w, &ended));
	window_flush(&w);
	return ended;
}

bool lzfu_decode(
    struct arena *a, struct span in, struct sink *to, struct lzfu_result *out)
{
	uint8_t head[HEADER];
	struct cursor c = cur_over(head, span_read(in, 0, head, sizeof head));
	uint32_t compsize = cur_u32le(&c), rawsize = cur_u32le(&c);
	uint32_t type = cur_u32le(&c), stored_crc = cur_u32le(&c);

	*out = (struct lzfu_result){ .rtf = span_over(NULL, 0) };
	if (c.bad || (type != COMPRESSED && type != UNCOMPRESSED))
		return false;
	in = span_sub(in, HEADER, in.len);
	struct span rest = in;
	if (compsize < AFTER_COMPSIZE || compsize - AFTER_COMPSIZE > in.len)
		out->truncated = true;
	else
		in = span_sub(in, 0, compsize - AFTER_COMPSIZE); /* padding follows */
	if (type == UNCOMPRESSED) {
		out->stored = true;
		out->rtf = span_sub(rest, 0, rawsize); /* some count COMPSIZE otherwise */
	} else {
		struct sum sum;
		struct feed feed = feed_over(a, in);
		sum_begin(&sum);
		out->truncated |= !lzfu_expand(&feed, &sum, to);
		while (lzfu_take(&feed, &sum) >= 0)
			; /* the checksum is of all there is */
		out->bad_crc = sum.value != stored_crc;
		out->rtf = sink_bytes(to);
	}
	out->bad_size = out->rtf.len != rawsize;
	return true;
}

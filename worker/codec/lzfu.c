#include "codec/lzfu.h"

#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/limits.h"

enum {
	COMPRESSED = 0x75465a4c,   /* "LZFu" */
	UNCOMPRESSED = 0x414c454d, /* "MELA" */
	AFTER_COMPSIZE = 12,       /* bytes of the header that COMPSIZE counts */
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
static uint32_t crc(const uint8_t *p, size_t n)
{
	const uint32_t polynomial = 0xedb88320;
	uint32_t table[256], sum = 0;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? polynomial : 0);
	}
	for (size_t i = 0; i < n; i++)
		sum = table[(sum ^ p[i]) & 0xff] ^ sum >> 8;
	return sum;
}

struct window {
	uint8_t bytes[WINDOW];
	uint32_t at; /* where the next byte goes */
};

struct output {
	uint8_t *bytes; /* NULL: only count */
	size_t len;
};

static void put(struct output *out, struct window *w, uint8_t byte)
{
	if (out->bytes)
		out->bytes[out->len] = byte;
	out->len++;
	w->bytes[w->at] = byte;
	w->at = (w->at + 1) % WINDOW;
}

/* Copy from the dictionary; the bytes just written may be among them (2.1.3.1). */
static void put_reference(struct output *out, struct window *w, uint16_t token)
{
	uint32_t from = token >> 4, length = (token & 15) + 2U;

	for (; length > 0; length--) {
		put(out, w, w->bytes[from]);
		from = (from + 1) % WINDOW;
	}
}

/* True when the end mark was met: a reference to where the next byte goes (2.1.3.1). */
static bool expand(struct cursor in, struct output *out)
{
	struct window w = { .at = PRESET };
	size_t size = in.left, next = 0;

	memcpy(w.bytes, preset, PRESET);
	while (in.left > 0 && out->len < LIMIT_RTF) {
		if (size - in.left >= next) {
			CRUMB_WITHIN("lzfu", size - in.left);
			next += CRUMB_STEP;
		}
		unsigned control = cur_u8(&in);
		for (int i = 0; i < 8; i++, control >>= 1) {
			if (!(control & 1)) {
				uint8_t literal = cur_u8(&in);
				if (in.bad)
					return false;
				put(out, &w, literal);
				continue;
			}
			unsigned high = cur_u8(&in), low = cur_u8(&in);
			uint16_t token = (uint16_t)(high << 8 | low);
			if (in.bad)
				return false;
			if (token >> 4 == w.at)
				return true;
			put_reference(out, &w, token);
		}
	}
	return false;
}

bool lzfu_decode(struct arena *arena, struct span span, struct lzfu_result *out)
{
	struct span loaded = span_load(arena, span);
	struct cursor in = cur_over(loaded.mem, (size_t)loaded.len);
	uint32_t compsize = cur_u32le(&in), rawsize = cur_u32le(&in);
	uint32_t type = cur_u32le(&in), stored_crc = cur_u32le(&in);

	*out = (struct lzfu_result){ .rtf = span_over(NULL, 0) };
	if (in.bad || (type != COMPRESSED && type != UNCOMPRESSED))
		return false;
	if (compsize >= AFTER_COMPSIZE && compsize - AFTER_COMPSIZE < in.left)
		in = cur_sub(&in, compsize - AFTER_COMPSIZE); /* padding follows */
	else if (compsize < AFTER_COMPSIZE || compsize - AFTER_COMPSIZE > in.left)
		out->truncated = true;
	if (type == UNCOMPRESSED) {
		out->stored = true;
		out->rtf = span_over(in.pos, rawsize < in.left ? rawsize : in.left);
	} else {
		/* Once to count, once to keep: the header's size cannot be trusted. */
		struct output text = { 0 };
		out->bad_crc = crc(in.pos, in.left) != stored_crc;
		if (!expand(in, &text))
			out->truncated = true;
		text = (struct output){ .bytes = arena_alloc(arena, text.len) };
		(void)expand(in, &text);
		out->rtf = span_over(text.bytes, text.len);
	}
	out->bad_size = out->rtf.len != rawsize;
	return true;
}

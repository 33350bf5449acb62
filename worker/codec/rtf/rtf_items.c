/* SPDX-License-Identifier: ISC */
#include "codec/rtf/rtf_items.h"

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "base/feed.h"
#include "base/limits.h"
#include "base/sink.h"
#include "codec/rtf/rtf_lex.h"
#include "codec/rtf/rtf_state.h"

enum { ITEMS_FIRST = 16, PIECE = 4096, HEAD = 64, ASIDE = 1 << 20 };

bool rtf_items_add(struct rtf_items *s, const struct rtf_item *item)
{
	if (s->count == LIMIT_RTF_ITEMS)
		return false;
	if (s->count == s->capacity) {
		unsigned capacity = s->capacity ? s->capacity * 2 : ITEMS_FIRST;
		struct rtf_item *list = arena_array(s->arena, capacity, sizeof *list);
		if (s->count)
			memcpy(list, s->list, s->count * sizeof *list);
		s->list = list;
		s->capacity = capacity;
	}
	s->list[s->count++] = *item;
	return true;
}

/* A length in twips, as scaled, in pixels of 1/96 inch. */
static uint32_t rtf_items_pixels(int64_t twips, int32_t scale)
{
	enum { TWIPS_PER_PIXEL = 15, MOST = 32767 };

	if (scale > 0)
		twips = twips * scale / 100;
	if (twips <= 0)
		return 0;
	int64_t n = (twips + TWIPS_PER_PIXEL / 2) / TWIPS_PER_PIXEL;
	return n < 1 ? 1 : (uint32_t)(n < MOST ? n : MOST);
}

static uint16_t rtf_items_metric(int32_t n)
{
	return (uint16_t)(n < 0 ? 0 : n > INT16_MAX ? INT16_MAX : n);
}

void rtf_item_describe(struct rtf_item *item, const struct rtf_pict *p)
{
	/* Of a metafile the size is in 1/100 mm, of the others in their own pixels. */
	bool is_metric = p->kind == RTF_ITEM_EMF || p->kind == RTF_ITEM_WMF;
	int64_t width = p->goal_width, height = p->goal_height;

	if (is_metric && (width <= 0 || height <= 0)) {
		width = (int64_t)p->width * 1440 / 2540;
		height = (int64_t)p->height * 1440 / 2540;
	}
	item->kind = (enum rtf_item_kind)p->kind;
	item->width = rtf_items_pixels(width, p->scale_x);
	item->height = rtf_items_pixels(height, p->scale_y);
	item->metric[0] = rtf_items_metric(p->width);
	item->metric[1] = rtf_items_metric(p->height);
}

/* Decodes the digits and \bin of a group. */
struct decoder {
	struct sink *to; /* NULL: only measured */
	uint64_t total;
	uint8_t head[HEAD]; /* the first bytes */
	uint8_t piece[PIECE];
	size_t used;
	int high; /* a digit that waits for the other half of its byte; -1: none */
};

static void rtf_items_put(struct decoder *d, const uint8_t *p, size_t n)
{
	if (d->total < HEAD)
		memcpy(d->head + d->total, p, n < HEAD - d->total ? n : HEAD - d->total);
	d->total += n;
	if (d->to)
		sink_write(d->to, p, n);
}

static void put_piece(struct decoder *d)
{
	rtf_items_put(d, d->piece, d->used);
	d->used = 0;
}

static void put_digits(struct decoder *d, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int digit = rtf_lex_hex(p[i]);
		if (digit < 0)
			continue; /* blanks */
		if (d->high < 0) {
			d->high = digit;
			continue;
		}
		d->piece[d->used++] = (uint8_t)(d->high << 4 | digit);
		d->high = -1;
		if (d->used == PIECE)
			put_piece(d);
	}
}

static void put_binary(struct decoder *d, struct span in)
{
	put_piece(d);
	for (uint64_t at = 0; at < in.len; at += d->used) {
		d->used = span_read(in, at, d->piece, PIECE);
		rtf_items_put(d, d->piece, d->used);
		if (d->used == 0)
			break; /* the file has shrunk */
	}
	d->used = 0;
}

/* What groups in the group hold is no data. */
static void rtf_items_decode(
    struct arena *a, struct span in, struct sink *to, struct decoder *d)
{
	struct feed feed = feed_over(a, in);
	struct rtf_token t;
	uint64_t depth = 0;

	*d = (struct decoder){ .to = to, .high = -1 };
	do {
		t = rtf_lex(&feed);
		if (t.kind == RTF_TOKEN_OPEN)
			depth++;
		else if (t.kind == RTF_TOKEN_CLOSE)
			depth -= depth > 0;
		else if (t.kind == RTF_TOKEN_BYTES && depth == 0)
			put_digits(d, t.p, t.n);
		else if (t.kind == RTF_TOKEN_BIN && depth == 0)
			put_binary(d, span_sub(in, t.at, t.n));
	} while (t.kind != RTF_TOKEN_END);
	put_piece(d);
}

static void write_u16(struct sink *to, uint32_t v)
{
	uint8_t bytes[] = { (uint8_t)v, (uint8_t)(v >> 8) };
	sink_write(to, bytes, sizeof bytes);
}

static void write_u32(struct sink *to, uint32_t v)
{
	write_u16(to, v);
	write_u16(to, v >> 16);
}

/* Where the pixels of a bitmap begin: behind its header, its masks and its palette. */
static uint32_t pixels_at(const struct decoder *d)
{
	enum { CORE_HEADER = 12, INFO_HEADER = 40, BITFIELDS = 3 };
	struct cursor c = cur_over(d->head, d->total < HEAD ? (size_t)d->total : HEAD);
	uint32_t size = cur_u32le(&c);
	bool core = size == CORE_HEADER;

	(void)cur_take(&c, core ? 6 : 10); /* width, height, planes */
	uint32_t depth = cur_u16le(&c);
	uint32_t compression = core ? 0 : cur_u32le(&c);
	(void)cur_take(&c, core ? 0 : 12); /* size of the pixels, resolution */
	uint32_t colors = core ? 0 : cur_u32le(&c);
	if (colors == 0 && depth <= 8)
		colors = UINT32_C(1) << depth;
	if (colors > 256)
		colors = 256;
	uint32_t masks = size == INFO_HEADER && compression == BITFIELDS ? 12 : 0;
	return size + masks + colors * (core ? 3 : 4);
}

/* BITMAPFILEHEADER ([MS-WMF] has the rest): a bitmap in memory is without it. */
static void write_bitmap_header(struct sink *to, const struct decoder *d)
{
	enum { FILE_HEADER = 14 };
	uint32_t at = pixels_at(d);

	sink_text(to, "BM");
	write_u32(to, (uint32_t)d->total + FILE_HEADER);
	write_u32(to, 0);
	write_u32(to, at + FILE_HEADER);
}

/* META_PLACEABLE ([MS-WMF] 2.3.2.3): RTF keeps the size outside of the metafile. */
static void write_metafile_header(struct sink *to, const struct rtf_item *item)
{
	enum { KEY_LOW = 0xcdd7, KEY_HIGH = 0x9ac6, UNITS = 2540 };
	uint32_t words[] = { KEY_LOW, KEY_HIGH, 0, 0, 0, item->metric[0], item->metric[1],
		UNITS, 0, 0 };
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		write_u16(to, words[i]);
		sum ^= words[i];
	}
	write_u16(to, sum);
}

struct span rtf_item_picture(const struct rtf_item *item, struct sink *to)
{
	static const uint8_t placeable[] = { 0xd7, 0xcd, 0xc6, 0x9a };
	struct arena *aside = arena_new(ASIDE); /* there may be thousands of them */
	struct decoder *d = arena_alloc(aside, sizeof *d);

	if (item->kind == RTF_ITEM_BMP || item->kind == RTF_ITEM_WMF) {
		rtf_items_decode(aside, item->in, NULL, d);
		if (item->kind == RTF_ITEM_BMP && memcmp(d->head, "BM", 2) != 0)
			write_bitmap_header(to, d);
		else if (item->kind == RTF_ITEM_WMF &&
			 memcmp(d->head, placeable, sizeof placeable) != 0)
			write_metafile_header(to, item);
	}
	rtf_items_decode(aside, item->in, to, d);
	bool any = d->total > 0;
	arena_free(aside);
	return any ? sink_bytes(to) : span_over(NULL, 0);
}

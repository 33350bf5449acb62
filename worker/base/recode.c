/* SPDX-License-Identifier: ISC */
#include "base/recode.h"

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"

enum {
	UTF_16LE = 1200,
	UTF_16BE = 1201,
	UTF_32LE = 12000,
	UTF_32BE = 12001,
	MEMORY = 16 * RECODE_PIECE,
};

/* UTF-16: whole units, and no surrogate without its other half. */
static size_t cut_utf16(const uint8_t *p, size_t n, bool big)
{
	n &= ~(size_t)1;
	if (n >= 4 && (p[n - (big ? 2 : 1)] & 0xfc) == 0xd8)
		n -= 2;
	return n;
}

/* Behind the last byte c; 0: there is none. */
static size_t recode_behind(const uint8_t *p, size_t n, uint8_t c)
{
	while (n > 0 && p[n - 1] != c)
		n--;
	return n;
}

/*
 * In all other code pages a line feed or a blank is never part of another character, and
 * the end of a line ends what escape sequences began (RFC 1468, RFC 1843). Where there
 * is neither, at least a character of UTF-8 is not cut.
 */
static size_t recode_cut(unsigned codepage, const uint8_t *p, size_t n)
{
	size_t k;

	if (codepage == UTF_16LE || codepage == UTF_16BE)
		return cut_utf16(p, n, codepage == UTF_16BE);
	if (codepage == UTF_32LE || codepage == UTF_32BE)
		return n & ~(size_t)3;
	if ((k = recode_behind(p, n, '\n')) > 0 || (k = recode_behind(p, n, ' ')) > 0)
		return k;
	k = n;
	while (n - k < 4 && (p[k - 1] & 0xc0) == 0x80)
		k--;
	return p[k - 1] >= 0xc0 ? k - 1 : n;
}

size_t recode_piece(unsigned codepage, struct span in, uint64_t off, uint8_t *buf)
{
	size_t n = span_read(in, off, buf, RECODE_PIECE);

	return n == RECODE_PIECE ? recode_cut(codepage, buf, n) : n;
}

bool recode(unsigned codepage, struct span in, struct sink *to,
    void (*progress)(void *arg), void *arg)
{
	/* Emptied after each piece, so the job's own one does not grow. */
	struct arena *piece = arena_new(MEMORY);
	bool lossy = false;
	uint64_t off = 0;
	size_t n;

	for (;;) {
		uint8_t *buf = arena_alloc(piece, RECODE_PIECE);
		if ((n = recode_piece(codepage, in, off, buf)) == 0)
			break;
		struct text t = text_from(piece, codepage, buf, n);
		sink_write(to, t.s, t.len);
		lossy |= t.lossy;
		off += n;
		arena_reset(piece);
		if (progress)
			progress(arg);
	}
	arena_free(piece);
	return lossy;
}

bool recode_is_utf8(struct span in, uint8_t *buf)
{
	static const unsigned utf8 = 65001;
	uint64_t off = 0;
	size_t n;

	while ((n = recode_piece(utf8, in, off, buf)) > 0) {
		if (!text_is_utf8(buf, n))
			return false;
		off += n;
	}
	return true;
}

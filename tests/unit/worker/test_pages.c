/* SPDX-License-Identifier: ISC */
/*
 * The pages of several bytes beside glibc's iconv, of which their tables are made: the
 * same characters for every sequence, and the same for bytes without order, but where
 * iconv is wrong about text:
 *
 * - In a set of pairs a pair without a meaning is read whole (iconv takes its first byte,
 *   and all pairs behind it are others), and a control or blank is itself.
 * - In Hebrew and Vietnamese pages a letter stands before the bytes without a meaning
 * that follow it, and not behind them.
 * - ISO-2022-CN's announcement of a set holds at once, as iconv writes it.
 * - Of CP949's A2 E8 iconv says that it has no meaning, but has gone past it: whoever
 * reads on behind the byte that was refused loses the next one, or leaves the text.
 *
 * A page that this machine's iconv lacks is told and left out.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "ground.h"

TestSuite(pages, .init = ground_up, .fini = ground_down);

enum shape { PLAIN, EUC, PLANES, HELD, SEVEN, EBCDIC };

static const struct peer {
	unsigned codepage;
	const char *name;
	enum shape shape;
} peers[] = {
	{ 932, "CP932", PLAIN },
	{ 936, "CP936", PLAIN },
	{ 949, "CP949", PLAIN },
	{ 950, "CP950", PLAIN },
	{ 951, "BIG5-HKSCS", PLAIN },
	{ 1361, "CP1361", PLAIN },
	{ 54936, "GB18030", PLAIN },
	{ 20261, "T.61", PLAIN },
	{ 20269, "ISO_6937", PLAIN },
	{ 51932, "EUC-JP-MS", EUC },
	{ 51950, "EUC-TW", PLANES },
	{ 1255, "CP1255", HELD },
	{ 1258, "CP1258", HELD },
	{ 50225, "ISO-2022-KR", SEVEN },
	{ 50227, "ISO-2022-CN", SEVEN },
	{ 50930, "IBM930", EBCDIC },
	{ 50933, "IBM933", EBCDIC },
	{ 50935, "IBM935", EBCDIC },
	{ 50937, "IBM937", EBCDIC },
	{ 50939, "IBM939", EBCDIC },
};
enum { PEERS = sizeof peers / sizeof peers[0] };

static bool peer_opened(const struct peer *peer, iconv_t *cd)
{
	*cd = iconv_open("UTF-8", peer->name);
	if (*cd == (iconv_t)-1)
		cr_log_warn("%s: not compared, iconv lacks it", peer->name);
	return *cd != (iconv_t)-1;
}

static bool in_range(const uint8_t *p, const uint8_t *end, size_t n, int low, int high)
{
	for (size_t i = 0; i < n; i++)
		if (p + i >= end || p[i] < low || p[i] > high)
			return false;
	return true;
}

/* Does SO hold at end? */
static bool is_shifted(const uint8_t *p, const uint8_t *end)
{
	while (end > p)
		if (*--end == 0x0e || *end == 0x0f)
			return *end == 0x0e;
	return false;
}

/* What stands for bytes that iconv does not read, and how many they are. */
struct refused {
	const char *text; /* NULL: the byte itself */
	size_t width;
};
#define FFFD "\xef\xbf\xbd"

static struct refused peer_refused(
    const struct peer *peer, const uint8_t *all, const uint8_t *p, const uint8_t *end)
{
	size_t width = 1;

	switch (peer->shape) {
	case HELD: /* undefined bytes of these are controls */
		if (*p >= 0x80 && *p <= 0x9f) {
			char control[] = { '\xc2', (char)*p, '\0' };
			return (struct refused){ arena_copy(arena, control, 2), 1 };
		}
		break;
	case EUC:
	case PLANES:
		if (*p == 0x8e)
			width = peer->shape == EUC ? 2 : 4;
		else if (*p == 0x8f && peer->shape == EUC)
			width = 3;
		if (!in_range(p + 1, end, width - 1, 0xa1, 0xff))
			width = 1;
		break;
	case SEVEN:
		if (peer->codepage == 50227 && end - p >= 4 &&
		    memcmp(p, "\x1bN", 2) == 0 && in_range(p + 2, end, 2, 0x21, 0x7e))
			width = 4;
		else if (*p <= ' ' || *p == 0x7f)
			return (struct refused){ NULL, 1 };
		else if (is_shifted(all, p) && in_range(p, end, 2, 0x21, 0x7e))
			width = 2;
		break;
	case EBCDIC:
		if (is_shifted(all, p) && in_range(p, end, 2, 0x40, 0xfe))
			width = 2;
		break;
	case PLAIN:
	default:
		break;
	}
	return (struct refused){ FFFD, width };
}

/* The text by iconv. */
static struct text peer_text(
    const struct peer *peer, iconv_t cd, const uint8_t *bytes, size_t n)
{
	union {
		const uint8_t *bytes;
		char *in;
	} u = { .bytes = bytes };
	char *s = arena_alloc(arena, 4 * n + 16), *to = s;
	size_t left = n, room = 4 * n + 15;
	bool lossy = false;

	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (iconv(cd, &u.in, &left, &to, &room) == (size_t)-1) {
		cr_assert_neq(errno, E2BIG);
		if (peer->codepage == 949 && u.bytes - bytes >= 2 &&
		    memcmp(u.bytes - 2, "\xa2\xe8", 2) == 0) {
			u.bytes -= 2;
			left += 2;
		}
		cr_assert_neq(left, 0, "%s: %02x", peer->name, u.bytes[-1]);
		if (peer->shape == HELD)
			(void)iconv(cd, NULL, NULL, &to, &room);
		struct refused r = peer_refused(peer, bytes, u.bytes, bytes + n);
		size_t width = r.text ? strlen(r.text) : 1;
		lossy |= r.text && strcmp(r.text, FFFD) == 0;
		memcpy(to, r.text ? r.text : u.in, width);
		to += width;
		room -= width;
		u.bytes += r.width;
		left -= r.width;
	}
	(void)iconv(cd, NULL, NULL, &to, &room);
	*to = '\0';
	return (struct text){ .s = s, .len = (size_t)(to - s), .lossy = lossy };
}

static size_t faults;

static void must_agree(const struct peer *peer, iconv_t cd, const uint8_t *p, size_t n)
{
	struct text ours = text_from(arena, peer->codepage, p, n);
	struct text theirs = peer_text(peer, cd, p, n);
	char hex[3 * 80] = "";

	if (ours.len == theirs.len && memcmp(ours.s, theirs.s, ours.len) == 0 &&
	    ours.lossy == theirs.lossy)
		return;
	for (size_t i = 0; i < n && i < 79; i++)
		(void)sprintf(hex + 3 * i, "%02x ", p[i]);
	if (faults++ < 20)
		cr_expect(false, "%s %s(%zu): \"%s\", iconv: \"%s\"", peer->name, hex, n,
		    ours.s, theirs.s);
}

/* What stands before pairs of a set and behind them, so that each can be asked about. */
struct frame {
	const char *before, *behind;
};

static void every_pair(const struct peer *peer, iconv_t cd, struct frame frame)
{
	size_t before = strlen(frame.before), behind = strlen(frame.behind);

	for (unsigned lead = 0; lead < 256; lead++) {
		static uint8_t all[256 * 16];
		size_t n = 0;
		for (unsigned trail = 0; trail < 256; trail++) {
			memcpy(all + n, frame.before, before);
			n += before;
			all[n++] = (uint8_t)lead;
			all[n++] = (uint8_t)trail;
			memcpy(all + n, frame.behind, behind);
			n += behind;
			must_agree(peer, cd, all + n - 2 - behind, 2);
		}
		must_agree(peer, cd, all, n);
		uint8_t one = (uint8_t)lead;
		must_agree(peer, cd, &one, 1);
		arena_reset(arena);
	}
}

Test(pages, every_sequence_of_two_bytes_is_as_by_iconv)
{
	static const struct frame seven[] = { { "\x0e", "\x0f" },
		{ "\x1b$)A\x0e", "\x0f" }, { "\x1b$)G\x0e", "\x0f" }, { "\x1bN", "\n" } };

	for (size_t i = 0; i < PEERS; i++) {
		iconv_t cd;
		if (!peer_opened(&peers[i], &cd))
			continue;
		every_pair(&peers[i], cd, (struct frame){ "", "a" });
		for (size_t k = 0; peers[i].shape == SEVEN && k < 4; k++)
			every_pair(&peers[i], cd, seven[k]);
		if (peers[i].shape == EBCDIC)
			every_pair(&peers[i], cd, seven[0]);
		(void)iconv_close(cd);
	}
}

static const struct peer *peer_of(unsigned codepage)
{
	const struct peer *peer = peers;

	while (peer->codepage != codepage)
		peer++;
	return peer;
}

Test(pages, every_sequence_of_euc_behind_a_shift_is_as_by_iconv)
{
	iconv_t jp, tw;
	bool has_jp = peer_opened(peer_of(51932), &jp);
	bool has_tw = peer_opened(peer_of(51950), &tw);
	char shift[3] = "\x8e";

	if (has_jp)
		every_pair(peer_of(51932), jp, (struct frame){ "\x8f", "a" });
	for (unsigned plane = 0x80; has_tw && plane < 0x100; plane++) {
		shift[1] = (char)plane;
		every_pair(peer_of(51950), tw, (struct frame){ shift, "a" });
	}
	if (has_jp)
		(void)iconv_close(jp);
	if (has_tw)
		(void)iconv_close(tw);
}

Test(pages, every_sequence_of_four_bytes_of_gb_18030_is_as_by_iconv)
{
	static uint8_t all[126 * 10 * 5];
	const struct peer *peer = peer_of(54936);
	iconv_t cd;

	if (!peer_opened(peer, &cd))
		return;
	for (unsigned high = 0; high < 1260; high++) {
		size_t n = 0;
		for (unsigned low = 0; low < 1260; low++) {
			all[n++] = (uint8_t)(0x81 + high / 10);
			all[n++] = (uint8_t)('0' + high % 10);
			all[n++] = (uint8_t)(0x81 + low / 10);
			all[n++] = (uint8_t)('0' + low % 10);
			all[n++] = 'a';
		}
		must_agree(peer, cd, all, n);
		arena_reset(arena);
	}
	(void)iconv_close(cd);
}

/* Numbers in an order that nobody would choose, the same in each run. */
static uint32_t stirred(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Bytes that these pages give a meaning to, and any. */
static size_t put_stirred(const struct peer *peer, uint8_t *to, uint32_t *seed)
{
	static const char *const words[] = { "\x0e", "\x0f", "\n", " ", "a", "0", "\x8e",
		"\x8f", "\x8e\xa2", "\x1bN", "\x1b", "\x0f\x1b$)A", "\x0f\x1b$)G",
		"\x1b$*H", "\x1b$)C", "\xff", "\x80", "\xa0", "\x81\x30\x81" };
	uint32_t kind = stirred(seed) % 8;
	const char *word = words[stirred(seed) % (sizeof words / sizeof words[0])];

	if (kind == 0 && !(peer->shape == EBCDIC && strlen(word) > 1)) {
		memcpy(to, word, strlen(word));
		return strlen(word);
	}
	to[0] = (uint8_t)stirred(seed);
	to[1] = (uint8_t)stirred(seed);
	if (kind < 5) {
		bool seven = peer->shape == SEVEN;
		to[0] = (uint8_t)(seven ? 0x21 + to[0] % 94 : to[0] | 0x80);
		to[1] = (uint8_t)(seven ? 0x21 + to[1] % 94 : to[1] | 0x40);
	}
	return 2;
}

Test(pages, bytes_without_order_are_read_as_by_iconv)
{
	uint32_t seed = 20260101;

	for (size_t i = 0; i < PEERS; i++) {
		iconv_t cd;
		if (!peer_opened(&peers[i], &cd))
			continue;
		for (unsigned round = 0; round < 4000; round++) {
			uint8_t all[128];
			size_t n = 0, most = 1 + stirred(&seed) % 100;
			while (n < most)
				n += put_stirred(&peers[i], all + n, &seed);
			must_agree(&peers[i], cd, all, n);
			arena_reset(arena);
		}
		(void)iconv_close(cd);
	}
}

/* What iconv writes of any characters is read as these characters. */
Test(pages, utf_7_of_iconv_is_read)
{
	uint32_t seed = 7;
	iconv_t to = iconv_open("UTF-7", "UTF-32LE"),
		back = iconv_open("UTF-8", "UTF-32LE");

	for (unsigned round = 0; round < 20000; round++) {
		uint32_t text[32];
		char seven[512], eight[256], *in, *out = seven;
		size_t n = 1 + stirred(&seed) % 32, left = 4 * n, room = sizeof seven;
		for (size_t k = 0; k < n; k++) {
			uint32_t most = 1U << (5 + stirred(&seed) % 16);
			text[k] = stirred(&seed) % (most < 0x110000 ? most : 0x110000);
			if (text[k] >= 0xd800 && text[k] < 0xe000)
				text[k] = '+';
		}
		in = (char *)text;
		cr_assert_eq(iconv(to, &in, &left, &out, &room), 0);
		cr_assert_eq(iconv(to, NULL, NULL, &out, &room), 0);
		struct text t = text_from(arena, 65000, seven, (size_t)(out - seven));
		in = (char *)text;
		left = 4 * n;
		out = eight;
		room = sizeof eight;
		cr_assert_eq(iconv(back, &in, &left, &out, &room), 0);
		cr_assert_eq(t.len, (size_t)(out - eight), "%.*s", (int)(room), seven);
		cr_assert_eq(memcmp(t.s, eight, t.len), 0);
		cr_assert(!t.lossy);
		arena_reset(arena);
	}
	(void)iconv_close(to);
	(void)iconv_close(back);
}

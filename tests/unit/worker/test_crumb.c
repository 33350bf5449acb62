/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "codec/lzfu.h"
#include "format/format.h"

static const struct crumb *newest(void)
{
	return &crumb_ring.slots[(*crumb_ring.count - 1) % CRUMB_RING];
}

Test(crumb, the_ring_keeps_the_newest)
{
	for (unsigned i = 0; i < 3 * CRUMB_RING; i++)
		CRUMB("tnef", 1, 2, 3, i);
	cr_expect_eq(*crumb_ring.count, 3 * CRUMB_RING);
	for (unsigned i = 0; i < CRUMB_RING; i++)
		cr_expect_geq(crumb_ring.slots[i].offset, 2 * CRUMB_RING);
}

Test(crumb, what_knows_no_part_keeps_the_one_before)
{
	CRUMB("tnef", 2, 7, 0x10090102, 4711);
	CRUMB_WITHIN("transfer", 9);
	cr_expect_eq(memcmp(newest()->format, "transfer", 8), 0);
	cr_expect_eq(newest()->depth, 2);
	cr_expect_eq(newest()->part, 7);
	cr_expect_eq(newest()->tag, 0x10090102);
	cr_expect_eq(newest()->offset, 9);
}

Test(crumb, the_first_of_all_has_nothing_before)
{
	CRUMB_WITHIN("rtf", 5);
	cr_expect_eq(*crumb_ring.count, 1);
	cr_expect_eq(newest()->part, 0);
	cr_expect_eq(newest()->offset, 5);
}

/* What a crash inside compressed RTF would be reported with. */
Test(crumb, compressed_rtf_says_where_it_is)
{
	static const uint8_t data[] = { 17, 0, 0, 0, 4, 0, 0, 0, 'L', 'Z', 'F', 'u', 0, 0,
		0, 0, 0, 'a', 'b', 'c', 'd' };
	struct arena *a = arena_new(1 << 20);
	struct lzfu_result out;

	CRUMB("tnef", 0, 3, 0x10090102, 100);
	cr_assert(lzfu_decode(a, span_over(data, sizeof data), sink_memory(a), &out));
	cr_expect_str_eq(newest()->format, "lzfu");
	cr_expect_eq(newest()->part, 3);
	cr_expect_eq(newest()->tag, 0x10090102);
	arena_free(a);
}

/* ---- every decoder and writer leaves some ---- */

static const struct {
	const char *decoder, *sample, *to;
} decoders[] = {
	{ "tnef", "tnef/plain-text.tnef", "dump" },
	{ "lzfu", "tnef/rtf-body.tnef", "mime" },
	{ "rtf", "tnef/rtf-body.tnef", "mime" },
	{ "html", "tnef/html-body.tnef", "text" },
	{ "macbin", "tnef/macbinary.tnef", "mime" },
	{ "mime", "mime/plain-crlf.eml", "mime" },
	{ "mime", "mime/plain-crlf.eml", "dump" },
	{ "mime", "tnef/plain-text.tnef", "mime" },
	{ "transfer", "mime/dkim-around.eml", "mime" },
	{ "text", "tnef/plain-text.tnef", "text" },
	{ "json", "tnef/plain-text.tnef", "json" },
	{ "files", "tnef/attachments.tnef", "attachments" },
	{ "dump", "tnef/plain-text.tnef", "dump" },
	{ "probe", "mime/plain-crlf.eml", "dump" },
};

static bool is_in_ring(const char *decoder)
{
	for (uint32_t i = 0; i < CRUMB_RING && i < *crumb_ring.count; i++)
		if (strncmp(crumb_ring.slots[i].format, decoder, 8) == 0)
			return true;
	return false;
}

Test(crumb, every_decoder_leaves_some)
{
	struct arena *a = arena_new(256 << 20);

	format_init();
	for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
		char path[4096];
		struct stat st;
		(void)snprintf(
		    path, sizeof path, SOURCE_DIR "/tests/corpus/%s", decoders[i].sample);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		cr_assert(fd != -1 && fstat(fd, &st) == 0, "%s", path);
		struct convert c = { .arena = a,
			.in = span_file(fd, 0, (uint64_t)st.st_size),
			.out = sink_memory(a),
			.scratch = -1 };
		notes_init(&c.notes, a);
		*crumb_ring.count = 0;
		cr_expect(format_convert(&c, decoders[i].to), "%s", path);
		cr_expect(is_in_ring(decoders[i].decoder), "%s: %s to %s",
		    decoders[i].decoder, decoders[i].sample, decoders[i].to);
		(void)close(fd);
		arena_reset(a);
	}
	arena_free(a);
}

/* ---- so cheap that every attribute and property may have one ---- */

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

Test(crumb, is_cheap)
{
	enum { MANY = 5000000, MOST_NS = 500 };
	double began = seconds();

	for (unsigned i = 0; i < MANY; i++)
		CRUMB("tnef", 1, i, i, i);
	double ns = (seconds() - began) * 1e9 / MANY;
	(void)fprintf(stderr, "a crumb takes %.1f ns\n", ns);
	cr_expect_lt(ns, MOST_NS);
}

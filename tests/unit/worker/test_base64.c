/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"

/* RFC 4648 10 */
Test(base64, vectors_of_the_standard)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };

	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		char to[16] = "";
		size_t n = base64_encode(to, vectors[i][0], strlen(vectors[i][0]));
		cr_expect_eq(n, strlen(vectors[i][1]));
		cr_expect_eq(n, base64_length(strlen(vectors[i][0])));
		cr_expect_str_eq(to, vectors[i][1]);
	}
}

/* Every byte at every place of a group, every length up to three rows. */
Test(base64, as_another_encoder)
{
	unsigned char bytes[3 * BASE64_ROW + 1];
	char to[400];

	for (size_t n = 0; n <= sizeof bytes; n++)
		for (unsigned from = 0; from < 256; from += 51) {
			for (size_t i = 0; i < n; i++)
				bytes[i] = (unsigned char)(from + i * 89);
			gchar *want = g_base64_encode(bytes, n);
			size_t got = base64_encode(to, bytes, n);
			cr_assert_eq(got, strlen(want), "%zu bytes", n);
			cr_assert_arr_eq(to, want, got, "%zu bytes", n);
			g_free(want);
		}
}

Test(base64, rows_are_whole_lines)
{
	unsigned char bytes[2 * BASE64_ROW + 1];
	char to[400], want[400];

	memset(bytes, 0xff, sizeof bytes);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		size_t len = 0, got = base64_rows(to, bytes, n, "\r\n");
		for (size_t at = 0; at < n; at += BASE64_ROW) {
			size_t row = n - at < BASE64_ROW ? n - at : BASE64_ROW;
			len += base64_encode(want + len, bytes + at, row);
			len += (size_t)sprintf(want + len, "\r\n");
		}
		cr_assert_eq(got, len, "%zu bytes", n);
		cr_assert_arr_eq(to, want, len, "%zu bytes", n);
		cr_assert_leq(got, base64_length(n) + (n / BASE64_ROW + 1) * 2);
	}
}

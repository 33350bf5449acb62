/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

/* What --json writes for a text, without the quotes around it. */
static char *written(const char *text)
{
	char *to = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&to, &n);

	cr_assert(json_print(json_pack("[o]", json_text(text)), JSON_TEXT_LINE, f));
	cr_assert_eq(fclose(f), 0);
	cr_assert(n > 5 && strncmp(to, "[\"", 2) == 0 && strcmp(to + n - 3, "\"]\n") == 0,
	    "%s", to);
	to[n - 3] = '\0';
	memmove(to, to + 2, n - 4);
	return to;
}

Test(json_text, steers_no_terminal)
{
	static const struct {
		char text[24], want[48];
	} t[] = {
		{ "Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f" },
		{ "\x1b[2J", "\\u001b[2J" },
		{ "\xc2\x9b\xe2\x80\xae\xc3\xbc\xc2\x9b",
		    "\\u009B\\u202E\xc3\xbc\\u009B" },
		{ "a\xc2\x9b"
		  "2Jb",
		    "a\\u009B2Jb" },
		{ "a\xe2\x80\xae"
		  "b",
		    "a\\u202Eb" },
		{ "a\xe2\x80\xa8"
		  "b",
		    "a\\u2028b" },
		{ "a\nb\x7f", "a\\nb\\u007F" },
		{ "a\xff"
		  "b",
		    "a\\\\xffb" },
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		char *is = written(t[i].text);
		cr_expect(strcasecmp(is, t[i].want) == 0, "row %zu: %s", i, is);
		free(is);
	}
}

Test(json_text, keeps_the_bytes_of_names_that_are_no_text)
{
	json_t *o = json_object();

	json_set_name(o, "file", "Gr\xc3\xbc\xc3\x9f.eml");
	cr_expect_null(json_object_get(o, "file_bytes"));
	json_set_name(o, "file", "Gr\xfc\xdf.eml");
	cr_expect_str_eq(
	    json_string_value(json_object_get(o, "file_bytes")), "R3L83y5lbWw=");
	json_set_name(o, "sub", NULL);
	cr_expect_null(json_object_get(o, "sub"));
	json_decref(o);
}

Test(json_text, tells_what_could_not_be_written)
{
	FILE *full = fopen("/dev/full", "w");

	cr_expect_not(json_print(NULL, JSON_TEXT_LINE, stderr));
	(void)setvbuf(full, NULL, _IONBF, 0);
	cr_expect_not(json_print(json_array(), JSON_TEXT_DOCUMENT, full));
	(void)fclose(full);
	cr_expect(json_is_null(json_time(0)));
}

/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/naming.h"

static const struct {
	const char *claimed, *want;
} claims[] = {
	{ "report.pdf", "report.pdf" }, { "../../etc/passwd", "passwd" },
	{ "/etc/shadow", "shadow" }, { "C:\\Windows\\system.ini", "system.ini" },
	{ "..\\..", "attachment" }, { "..", "attachment" }, { "", "attachment" },
	{ "/", "attachment" }, { ".bashrc", "bashrc" },
	{ ".bulkhead-1-1", "bulkhead-1-1" }, { "a/..", "attachment" },
	{ " . hidden", "hidden" }, { "name. . ", "name" }, { "CON", "_CON" },
	{ "nul.txt", "_nul.txt" }, { "com1 .log", "_com1 .log" },
	{ "console.txt", "console.txt" }, { "a:b|c?.txt", "a_b_c_.txt" },
	{ "\x1b[31mred\n.txt", "_[31mred_.txt" },
	{ "Pr\xc3\xbc"
	  "fung.txt",
	    "Pr\xc3\xbc"
	    "fung.txt" },
	{ "latin-\xfc", "latin-_" },
	{ "txt\xe2\x80\xaegpj.exe", "txt_gpj.exe" }, /* a mark of direction */
};

Test(naming, claims_become_safe)
{
	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		char is[NAME_SIZE];
		naming_safe(claims[i].claimed, is);
		cr_expect_str_eq(is, claims[i].want, "%s", claims[i].claimed);
	}
}

Test(naming, long_claims_keep_their_extension)
{
	char claimed[2000], is[NAME_SIZE], numbered[NAME_SIZE];

	memset(claimed, 'x', sizeof claimed);
	strcpy(claimed + sizeof claimed - 6, ".docx");
	naming_safe(claimed, is);
	cr_expect_leq(strlen(is), 200);
	cr_expect_str_eq(is + strlen(is) - 5, ".docx");
	naming_number(is, 4294967295u, numbered);
	cr_expect_leq(strlen(numbered), NAME_MAX);
	/* Never half a character, wherever it is cut. */
	for (size_t shift = 0; shift < 4; shift++) {
		memset(claimed, 'x', shift);
		for (size_t i = shift; i + 5 < 1000; i += 4)
			memcpy(claimed + i, "\xf0\x9f\x93\x8e", 5);
		naming_safe(claimed, is);
		cr_expect_leq(strlen(is), 200);
		cr_expect_eq((strlen(is) - shift) % 4, 0);
	}
}

Test(naming, results_never_meet)
{
	char a[NAME_SIZE], b[NAME_SIZE], name[NAME_SIZE];

	naming_result("a.msg", ".eml", a);
	cr_expect_str_eq(a, "a.msg.eml");
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	naming_result(name, ".eml", a);
	cr_expect_eq(strlen(a), NAME_MAX);
	name[NAME_MAX - 1] = 'm';
	naming_result(name, ".eml", b);
	cr_expect_str_neq(a, b);
	name[NAME_MAX - 4] = '\0'; /* just fits */
	naming_result(name, ".eml", a);
	cr_expect_eq(strlen(a), NAME_MAX);
	cr_expect(!strchr(a, '~'));
	naming_number("a.tar.gz", 2, a);
	cr_expect_str_eq(a, "a.tar~2.gz");
	naming_number(".x", 3, a);
	cr_expect_str_eq(a, ".x~3");
}

Test(naming, a_result_is_known_by_its_input)
{
	char folder[] = "/tmp/naming.XXXXXX", longest[NAME_SIZE], result[NAME_SIZE];
	cr_assert(mkdtemp(folder));
	int at = open(folder, O_RDONLY | O_DIRECTORY);

	memset(longest, 'l', NAME_MAX);
	longest[NAME_MAX] = '\0';
	naming_result(longest, ".eml", result);
	cr_assert(close(openat(at, "a", O_WRONLY | O_CREAT, 0600)) == 0);
	cr_assert(mkdirat(at, "folder", 0700) == 0);
	cr_expect(naming_is_result(at, "a.eml", ".eml"));
	cr_expect(naming_is_result(at, result, ".eml"));
	cr_expect_not(naming_is_result(at, "a.txt", ".eml"));
	cr_expect_not(naming_is_result(at, "b.eml", ".eml"));
	cr_expect_not(naming_is_result(at, "folder.eml", ".eml"));
	cr_expect_not(naming_is_result(at, ".eml", ".eml"));
	cr_expect_not(naming_is_result(at, "b~0123456789abcdef.eml", ".eml"));
	naming_beside(at, "a", ".eml", result);
	cr_expect_str_eq(result, "a.eml");
	naming_beside(at, "b.Eml", ".eml", result);
	cr_expect_str_eq(result, "b.converted.Eml");
	cr_expect_not(naming_is_result(at, result, ".eml")); /* of none that is there */
	cr_assert(close(openat(at, "b.Eml", O_WRONLY | O_CREAT, 0600)) == 0);
	cr_expect(naming_is_result(at, result, ".eml"));
	cr_expect_not(naming_is_result(at, "b.converted.eml", ".eml"));
	cr_expect_not(naming_is_result(at, "b.Eml", ".eml"));
	cr_expect_not(naming_is_result(at, ".converted.eml", ".eml"));
	memcpy(longest + NAME_MAX - 4, ".eml", 4);
	naming_beside(at, longest, ".eml", result);
	cr_expect_eq(strlen(result), NAME_MAX);
	cr_expect_str_eq(result + NAME_MAX - 14, ".converted.eml");
	cr_expect(naming_is_result(at, result, ".eml"));
	/* The name is another's. */
	cr_assert(close(openat(at, "b.converted", O_WRONLY | O_CREAT, 0600)) == 0);
	naming_beside(at, "b.Eml", ".eml", result);
	cr_expect_str_eq(result, "b.Eml.eml");
	cr_expect(naming_is_result(at, result, ".eml"));
	cr_assert(unlinkat(at, "b.Eml", 0) == 0 && unlinkat(at, "b.converted", 0) == 0);
	cr_assert(unlinkat(at, "a", 0) == 0 && unlinkat(at, "folder", AT_REMOVEDIR) == 0);
	cr_assert(close(at) == 0 && rmdir(folder) == 0);
}

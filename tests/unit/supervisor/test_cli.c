/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"

enum { WORDS = 8 };

/* What is typed after "bulkhead", the exit code, and a part of what is said. */
static const struct typed {
	const char *words[WORDS];
	int exit;
	const char *out, *err;
} table[] = {
	{ { "check" }, ROLE_FINE, "no file: the configuration is valid\n", "" },
	{ { "check", "--help" }, ROLE_FINE, "usage: bulkhead check [OPTION]...\n", "" },
	{ { "check", "-h", "--nonsense" }, ROLE_FINE, "--print", "" },
	{ { "check", "--print" }, ROLE_FINE, "\n  time: 2m\n", "" },
	{ { "check", "--print", "--set", "limits.time=5m" }, ROLE_FINE,
	    "from the command line\n  time: 5m\n", "" },
	{ { "check", "--print", "--spool=/a=b", "--workers", "7" }, ROLE_FINE,
	    "\nspool: \"/a=b\"\n", "" },
	{ { "check", "--print", "--set", "workers=3", "--workers", "7" }, ROLE_FINE,
	    "\nworkers: 7\n", "" },
	{ { "check", "--set", "workers=" }, ROLE_USAGE, "",
	    "command line: workers: ``: allowed" },
	{ { "check", "--set", "=1" }, ROLE_USAGE, "", "command line: : unknown" },
	{ { "check", "--set", "workers" }, ROLE_USAGE, "",
	    "bulkhead check: workers: KEY=VALUE is needed" },
	{ { "check", "--set" }, ROLE_USAGE, "", "--set: needs a value" },
	{ { "check", "--spool", "--print" }, ROLE_USAGE, "",
	    "--spool: needs a value (one that begins with - stands behind =)" },
	{ { "check", "-c", "--print" }, ROLE_USAGE, "", "-c: needs a value" },
	{ { "check", "--spool=-s", "--print" }, ROLE_FINE, "\nspool: \"-s\"\n", "" },
	{ { "check", "--nonsense" }, ROLE_USAGE, "",
	    "bulkhead check: --nonsense: unknown option; see bulkhead check --help\n" },
	{ { "check", "-x" }, ROLE_USAGE, "", "-x: unknown option" },
	{ { "check", "--print=yes" }, ROLE_USAGE, "", "--print=yes: unknown option" },
	{ { "check", "file" }, ROLE_USAGE, "", "file: not expected" },
	{ { "check", "-c", "/nonexistent" }, ROLE_USAGE, "",
	    "/nonexistent: No such file" },
	{ { "check", "-c", SOURCE_DIR "/deploy/bulkhead.yaml" }, ROLE_FINE,
	    "deploy/bulkhead.yaml: the configuration is valid\n", "" },
};

static char *read_all(int fd)
{
	static char text[2][65536];
	static unsigned next;
	char *to = text[next++ % 2];
	ssize_t n = pread(fd, to, sizeof text[0] - 1, 0);
	cr_assert(n >= 0);
	to[n] = '\0';
	return to;
}

ParameterizedTestParameters(cli, check)
{
	static size_t index[sizeof table / sizeof table[0]];
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof table / sizeof table[0]);
}

ParameterizedTest(size_t *i, cli, check)
{
	const struct typed *t = &table[*i];
	char *argv[WORDS + 1] = { NULL };
	int argc = 0, out = memfd_create("out", 0), err = memfd_create("err", 0);

	for (; t->words[argc]; argc++)
		argv[argc] = strdup(t->words[argc]);
	cr_assert(dup2(out, STDOUT_FILENO) != -1 && dup2(err, STDERR_FILENO) != -1);
	/* No gateway lies beside this program, which would be told. */
	(void)setenv("BULKHEAD_HTTP_SERVE", "false", 1);
	int code = check_main(argc, argv);
	(void)fflush(stdout);
	const char *said = read_all(out), *complained = read_all(err);
	cr_expect_eq(code, t->exit, "%d: %s", code, complained);
	cr_expect(strstr(said, t->out), "wanted %s\ngot %s", t->out, said);
	cr_expect(strstr(complained, t->err), "wanted %s\ngot %s", t->err, complained);
	cr_expect_eq(*complained == '\0', *t->err == '\0', "%s", complained);
	while (argc-- > 0)
		free(argv[argc]);
}

Test(cli, the_variable_names_the_file)
{
	char verb[] = "serve", option[] = "-c", name[] = "/b";
	char *argv[] = { verb, option, name, NULL };
	struct cli_options o;

	cr_assert_eq(setenv("BULKHEAD_CONFIG", "/a", 1), 0);
	cr_assert_eq(cli_options_read(&o, 1, argv), -1);
	cr_expect_str_eq(o.file, "/a");
	cli_options_clear(&o);
	cr_assert_eq(cli_options_read(&o, 3, argv), -1);
	cr_expect_str_eq(o.file, "/b");
	cli_options_clear(&o);
	cr_assert_eq(setenv("BULKHEAD_CONFIG", "", 1), 0);
	cr_assert_eq(cli_options_read(&o, 1, argv), -1);
	cr_expect_null(o.file);
	cli_options_clear(&o);
}

Test(cli, dump_takes_one_file)
{
	char verb[] = "dump", a[] = "a", b[] = "b", set[] = "--set",
	     value[] = "workers=1";
	char *one[] = { verb, a, set, value, NULL }, *two[] = { verb, a, b, NULL };
	struct cli_options o;

	cr_assert_eq(cli_options_read(&o, 4, one), -1);
	cr_expect_eq(o.operand_count, 1);
	cr_expect_str_eq(o.operands[0], "a");
	cr_expect_eq(o.flag_count, 1);
	cr_expect_str_eq(o.flags[0].key, "workers");
	cr_expect_str_eq(o.flags[0].value, "1");
	cli_options_clear(&o);
	cr_assert_neq(dup2(memfd_create("err", 0), STDERR_FILENO), -1);
	cr_expect_eq(cli_options_read(&o, 3, two), ROLE_USAGE);
	cr_expect_eq(cli_options_read(&o, 1, two), ROLE_USAGE);
	const char *said = read_all(STDERR_FILENO);
	cr_expect(strstr(said, "bulkhead dump: b: not expected"), "%s", said);
	cr_expect(strstr(said, "bulkhead dump: FILE: is missing"), "%s", said);
}

Test(cli, every_usage_fits_a_screen)
{
	static const char *const verbs[] = { NULL, "serve", "check", "dump", "convert",
		"doctor" };
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		char *text = NULL;
		size_t n = 0, lines = 0;
		FILE *f = open_memstream(&text, &n);
		cr_expect(cli_usage(verbs[i], f));
		(void)fclose(f);
		for (char *p = text, *end; (end = strchr(p, '\n')); p = end + 1, lines++)
			cr_expect_leq(end - p, 80);
		/* Of a pager's two, where there is much to choose from. */
		bool much = verbs[i] && strcmp(verbs[i], "convert") == 0;
		cr_expect(lines > 5 && lines <= (much ? 48 : 24), "%zu", lines);
		free(text);
	}
	cr_expect_not(cli_usage("janitor", stdout));
	cr_expect_not(cli_usage("nonsense", stdout));
}

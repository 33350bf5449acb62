/* SPDX-License-Identifier: ISC */
#include "config/config.h"
#include "config/cpus.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config_hint.h"
#include "config/config_keys.h"
#include "source_file.h"

static char *const no_environment[] = { NULL };

/* Load text as a file named by its descriptor; errors get the name FILE instead. */
static struct config *load_text(const char *text, size_t n, char **errors)
{
	char path[64];
	size_t length = 0;
	int fd = memfd_create("config", 0);
	cr_assert(fd != -1 && write(fd, text, n) == (ssize_t)n);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	FILE *f = open_memstream(errors, &length);
	struct config *c = config_load(path, no_environment, NULL, 0, f);
	(void)fclose(f);
	(void)close(fd);
	char *at;
	while ((at = strstr(*errors, path))) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
	}
	return c;
}

static struct config *load(const char *text, char **errors)
{
	return load_text(text, strlen(text), errors);
}

Test(config, defaults)
{
	struct config *c = config_load(NULL, no_environment, NULL, 0, stderr);
	cr_assert(c);
	cr_expect_str_eq(c->spool, "./spool");
	cr_expect_null(c->folders.incoming);
	cr_expect_eq(c->files.umask, 077);
	cr_expect_eq(c->files.folder_mode, 0700);
	cr_expect_eq(c->intake.min_free, 64 << 20);
	cr_expect_eq(c->workers, 0);
	cr_expect_eq(c->spares, 1);
	cr_expect_str_eq(c->convert.to, "mime");
	cr_expect_eq(c->limits.time, 120000);
	cr_expect_eq(c->limits.output, UINT64_C(4) << 30);
	cr_expect_eq(c->limits.input, 0);
	cr_expect_eq(c->retry.kills, 3);
	cr_expect_eq(c->recycle.jitter, 10);
	cr_expect_eq(c->log.format, LOG_JSON);
	cr_expect_eq(c->log.level, LOG_INFO);
	cr_expect_eq(c->dead.stderr_bytes, 8192);
	cr_expect_eq(c->reports, REPORTS_LOSSY);
	cr_expect_eq(c->on_failure, FAIL_DEAD);
	unsigned cpus = cpus_available();
	cr_expect_eq(config_workers(c), cpus + (cpus > 4 ? cpus / 2 : 2));
	config_free(c);
}

Test(config, nested_and_dotted_keys)
{
	char *errors = NULL;
	struct config *c = load("limits:\n  time: 5s\n  memory: 1GiB\n"
				"limits.silence: 50ms\nworkers: 3\n"
				"folders: {dead: /var/dead, incoming: ~}\n"
				"log:\n  level: debug\nretry:\n",
	    &errors);
	cr_assert(c, "%s", errors);
	cr_expect_eq(c->limits.time, 5000);
	cr_expect_eq(c->limits.memory, 1 << 30);
	cr_expect_eq(c->limits.silence, 50);
	cr_expect_eq(config_workers(c), 3);
	cr_expect_str_eq(c->folders.dead, "/var/dead");
	cr_expect_null(c->folders.incoming);
	cr_expect_eq(c->log.level, LOG_DEBUG);
	config_free(c);
	free(errors);
}

/* A wrong file, and a part of what is said about it. */
static const struct wrong {
	const char *text, *want;
} wrongs[] = {
	{ "workers: many\n", "FILE:1:1: workers: `many`: allowed: a whole number, from 1 "
			     "to 1024, or auto" },
	{ "workers: 0\n", "FILE:1:1: workers: `0`" },
	{ "workers: 1025\n", "FILE:1:1: workers: `1025`" },
	{ "workers:\n", "FILE:1:1: workers: ``" },
	{ "spares: -1\n", "spares: `-1`" },
	{ "limits:\n  time: 5\n",
	    "FILE:2:3: limits.time: `5`: allowed: a time such as 50ms, 30s or 1h, from" },
	{ "limits: {memory: 512MB}\n", "FILE:1:10: limits.memory: `512MB`" },
	{ "limits: {memory: 99999999999999999999}\n", "limits.memory: `9999" },
	{ "limits: {memory: 18014398509481985KiB}\n", "limits.memory: `1801" },
	{ "limits: {memory: 1B}\n", "limits.memory: `1B`" },
	{ "files: {mode: 0888}\n", "files.mode: `0888`" },
	{ "files: {mode: 0700}\n", "at least 0400 and within 0666" },
	{ "files: {folder_mode: 0070}\n", "files.folder_mode: `0070`" },
	{ "recycle: {jitter: 101%}\n", "recycle.jitter: `101%`" },
	{ "log: {format: xml}\n", "log.format: `xml`: allowed: json or text" },
	{ "on_failure: Dead\n", "allowed: dead, passthrough or both" },
	{ "convert.to: pst\n",
	    "convert.to: `pst`: allowed: mime, text, json, ical, vcard, vcard3 or dump" },
	{ "limits: {tiem: 5s}\n",
	    "FILE:1:10: limits.tiem: unknown; did you mean limits.time?" },
	{ "limts:\n  time: 5s\n", "FILE:1:1: limts: unknown; did you mean limits?" },
	{ "silence: 5s\n", "silence: unknown; did you mean limits.silence?" },
	{ "wokers: 5\n", "did you mean workers?" },
	{ "colour: blue\n", "FILE:1:1: colour: unknown; see bulkhead.yaml(5)" },
	{ "spool: a\nspool: b\n", "FILE:2:1: spool: was set already in line 1" },
	{ "limits: {cpu: 5s}\nlimits.cpu: 5s\n",
	    "FILE:2:1: limits.cpu: was set already in line 1" },
	{ "limits: {cpu: 5s}\nlimits: {time: 5s}\n",
	    "FILE:2:1: limits: there is such a group already in line 1" },
	{ "limits: 5\n", "FILE:1:1: limits: `5`: a group of settings is needed" },
	{ "workers: {a: b}\n", "FILE:1:1: workers: a value is needed, not a group" },
	{ "workers: [1, [2], {a: b}]\nspares: x\n",
	    "FILE:1:1: workers: a value is needed, not a list" },
	{ "workers: [1, [2], {a: b}]\nspares: x\n", "FILE:2:1: spares: `x`" },
	{ "- workers\n", "FILE:1:1: settings are needed, as KEY: VALUE, not a list" },
	{ "workers\n", "settings are needed, as KEY: VALUE" },
	{ "? [a]\n: b\n", "FILE:1:3: settings are needed" },
	{ "? {a: b}\n: b\n", "a key must be a word" },
	{ "spool: &x a\n", "FILE:1:1: spool: anchors and aliases are not allowed" },
	{ "spool: *x\n", "spool: anchors and aliases are not allowed" },
	{ "spool: !!str a\n", "spool: tags are not allowed" },
	{ "spool: a\n---\nspool: b\n", "only one document is allowed" },
	{ "spool: \"a\\0b\"\n", "spool: a value must not contain NUL" },
	{ "spool: \"a\\nb\"\n", "spool: `a\\x0ab`: allowed: printable UTF-8" },
	{ "spool: ''\n", "spool: ``" },
	{ "spool: \"a\n", "FILE:2:1: found unexpected end of stream" },
	{ "a: {b: {c: {d: {e: {f: {g: {h: {i: j}}}}}}}}\n", "a: unknown" },
	{ "spares: [[[[[[[[[1]]]]]]]]]\n", "FILE:1:1: spares: nested too deeply" },
	{ "limits: {limits: {time: 5s}}\n", "limits.limits: unknown" },
	{ "spool: a\nfolders: {dead: a//incoming/./dead/}\n",
	    "configuration: folders.dead: `a/incoming/dead`: must not be in "
	    "folders.incoming" },
	{ "folders: {dead: /x/y, outgoing: /x/y/}\n",
	    "folders.dead: `/x/y`: must not be the folder of folders.outgoing" },

};

ParameterizedTestParameters(config, says_what_is_wrong)
{
	static size_t index[sizeof wrongs / sizeof wrongs[0]];
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, sizeof wrongs / sizeof wrongs[0]);
}

ParameterizedTest(size_t *i, config, says_what_is_wrong)
{
	char *errors = NULL;
	struct config *c = load(wrongs[*i].text, &errors);
	cr_expect_null(c, "%s", wrongs[*i].text);
	cr_expect(strstr(errors, wrongs[*i].want), "%s\nwanted: %s\ngot: %s",
	    wrongs[*i].text, wrongs[*i].want, errors);
	config_free(c);
	free(errors);
}

Test(config, says_all_errors_at_once)
{
	char *errors = NULL;
	cr_expect_null(load("workers: x\nlimits: {time: y}\nnonsense: 1\n", &errors));
	cr_expect(strstr(errors, "FILE:1:1: workers"));
	cr_expect(strstr(errors, "FILE:2:10: limits.time"));
	cr_expect(strstr(errors, "FILE:3:1: nonsense"));
	free(errors);
}

Test(config, does_not_say_errors_without_end)
{
	char *text = NULL, *errors = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	for (int i = 0; i < 500; i++)
		(void)fprintf(f, "nonsense%d: 1\n", i);
	(void)fclose(f);
	cr_expect_null(load(text, &errors));
	cr_expect(strstr(errors, "and 400 more\n"));
	free(text);
	free(errors);
}

Test(config, refuses_files_over_a_mebibyte)
{
	char *errors = NULL;
	static char text[CONFIG_FILE_MAX + 1];
	memset(text, '\n', sizeof text);
	cr_expect_null(load_text(text, sizeof text, &errors));
	cr_expect(strstr(errors, "FILE: larger than 1 MiB"), "%s", errors);
	free(errors);
	struct config *c = load_text(text, sizeof text - 1, &errors);
	cr_expect(c, "%s", errors);
	config_free(c);
	free(errors);
}

Test(config, says_when_there_is_no_file)
{
	char *errors = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&errors, &n);
	cr_expect_null(config_load("/nonexistent", no_environment, NULL, 0, f));
	cr_expect_null(config_load("/", no_environment, NULL, 0, f));
	(void)fclose(f);
	cr_expect(strstr(errors, "/nonexistent: No such file"), "%s", errors);
	cr_expect(strstr(errors, "/: Is a directory"), "%s", errors);
	free(errors);
}

Test(config, flags_beat_environment_beats_file)
{
	char a[] = "BULKHEAD_RETRY_CRASH=2", b[] = "BULKHEAD_RETRY_TIMEOUT=2",
	     other[] = "BULKHEAD_CHAOS_X=1", another[] = "PATH=/bin";
	char *environment[] = { a, b, other, another, NULL };
	const struct config_flag flags[] = { { "retry.crash", "3" } };
	char path[64];
	static const char text[] = "retry: {crash: 0, timeout: 0, memory: 0}\n";
	int fd = memfd_create("config", 0);
	cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);

	struct config *c = config_load(path, environment, flags, 1, stderr);
	cr_assert(c);
	cr_expect_eq(c->retry.crash, 3);
	cr_expect_eq(c->retry.timeout, 2);
	cr_expect_eq(c->retry.memory, 0);
	char *print = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&print, &n);
	config_print(c, f);
	(void)fclose(f);
	cr_expect(strstr(print, "from the command line\n  crash: 3\n"));
	cr_expect(strstr(print, "from the environment\n  timeout: 2\n"));
	cr_expect(strstr(print, "from the file\n  memory: 0\n"));
	cr_expect(strstr(print, "default\n  kills: 3\n"));
	free(print);
	config_free(c);
	(void)close(fd);
}

Test(config, names_wrong_variables_and_flags)
{
	char a[] = "BULKHEAD_WORKRES=2",
	     b[] = "BULKHEAD_LIMITS_TIME=", c[] = "BULKHEAD_CONFIG=x",
	     d[] = "BULKHEAD_CONFIGS=x", e[] = "BULKHEAD_";
	char *environment[] = { a, b, c, d, e, NULL };
	const struct config_flag flags[] = { { "spares", "65" }, { "spare", "1" } };
	char *errors = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&errors, &n);
	cr_expect_null(config_load(NULL, environment, flags, 2, f));
	(void)fclose(f);
	static const char *const wants[] = {
		"BULKHEAD_WORKRES: unknown; did you mean BULKHEAD_WORKERS?\n",
		"BULKHEAD_LIMITS_TIME: limits.time: ``: allowed: a time",
		"environment: BULKHEAD_CONFIGS: unknown",
		"environment: BULKHEAD_: unknown",
		"command line: spares: `65`: allowed: a whole number, from 0 to 64\n",
		"command line: spare: unknown; did you mean spares?\n",
	};
	for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++)
		cr_expect(
		    strstr(errors, wants[i]), "wanted %s\ngot %s", wants[i], errors);
	cr_expect(!strstr(errors, "BULKHEAD_CONFIG:"));
	free(errors);
}

static struct config *print_and_load(const struct config *c)
{
	char *text = NULL, *errors = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	config_print(c, f);
	(void)fclose(f);
	struct config *again = load(text, &errors);
	cr_assert(again, "%s\n%s", text, errors);
	free(text);
	free(errors);
	return again;
}

static void expect_equal(const struct config *a, const struct config *b)
{
	for (size_t i = 0; config_key_nth(i); i++)
		cr_expect(config_key_equal(config_key_nth(i), a, b), "%s",
		    config_key_nth(i)->name);
}

Test(config, prints_what_it_reads)
{
	const struct config_flag flags[] = {
		{ "spool", "a \"b\" \\c: # \xc3\xbc *&!" },
		{ "folders.dead", "null" },
		{ "folders.reports", "~" },
		{ "files.owner", "0700" },
		{ "files.umask", "0" },
		{ "workers", "7" },
		{ "limits.time", "90061001ms" },
		{ "limits.memory", "16777217" },
		{ "limits.input", "3TiB" },
		{ "recycle.age", "never" },
		{ "recycle.jitter", "0" },
		{ "log.burst", "off" },
		{ "log.format", "text" },
		{ "on_failure", "both" },
	};
	struct config *plain = config_load(NULL, no_environment, NULL, 0, stderr);
	struct config *c = config_load(
	    NULL, no_environment, flags, sizeof flags / sizeof flags[0], stderr);
	cr_assert(plain && c);
	struct config *plain_again = print_and_load(plain), *again = print_and_load(c);
	expect_equal(plain, plain_again);
	expect_equal(c, again);
	cr_expect_str_eq(again->spool, flags[0].value);
	cr_expect_str_eq(again->folders.dead, "null");
	config_free(plain);
	config_free(plain_again);
	config_free(c);
	config_free(again);
}

Test(config, reload_takes_what_it_may)
{
	const struct config_flag flags[] = { { "spool", "/other" },
		{ "retry.crash", "9" }, { "log.level", "debug" },
		{ "worker.program", "/w" } };
	struct config *c = config_load(NULL, no_environment, NULL, 0, stderr);
	struct config *fresh = config_load(NULL, no_environment, flags, 4, stderr);
	char *remarks = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&remarks, &n);
	config_reload(c, fresh, f);
	(void)fclose(f);
	cr_expect_str_eq(remarks, "spool: takes effect at the next start\n");
	cr_expect_str_eq(c->spool, "./spool");
	cr_expect_eq(c->retry.crash, 9);
	cr_expect_eq(c->log.level, LOG_DEBUG);
	cr_expect_str_eq(c->worker.program, "/w");
	config_free(c);
	free(remarks);
}

/* Two keys must not share a variable, or a field. */
Test(config, rows_do_not_collide)
{
	const struct config_key *a, *b;
	for (size_t i = 0; (a = config_key_nth(i)); i++) {
		cr_expect_lt(strlen(a->name), 40);
		cr_expect(!config_is_group(a->name), "%s", a->name);
		for (size_t k = i + 1; (b = config_key_nth(k)); k++) {
			size_t c = 0;
			while (
			    a->name[c] && (a->name[c] == b->name[c] ||
					      (strchr("._", a->name[c]) && b->name[c] &&
						  strchr("._", b->name[c]))))
				c++;
			cr_expect(a->name[c] != b->name[c], "%s %s", a->name, b->name);
			cr_expect_neq(a->slot, b->slot, "%s %s", a->name, b->name);
		}
	}
}

Test(config, example_holds_every_default)
{
	char *text = source_file("deploy/bulkhead.yaml"), *errors = NULL;
	struct config *example = load(text, &errors);
	struct config *plain = config_load(NULL, no_environment, NULL, 0, stderr);
	cr_assert(example, "%s", errors);
	expect_equal(example, plain);
	for (size_t i = 0; config_key_nth(i); i++)
		cr_expect_eq(example->sources[i], SOURCE_FILE, "%s is missing",
		    config_key_nth(i)->name);
	config_free(example);
	config_free(plain);
	free(text);
	free(errors);
}

/* Does the text go on with these words? A line's end is a blank. */
static bool goes_on(const char *text, const char *words)
{
	while (*words && (*text == *words || (*text == '\n' && *words == ' '))) {
		text++;
		words++;
	}
	return !*words;
}

/* The line after ".It Cm KEY" tells the default: "Default: .Li VALUE". */
Test(config, manual_has_every_key)
{
	char *text = source_file("deploy/bulkhead.yaml.5"), want[1024];
	const struct config_key *key;
	size_t items = 0;
	for (size_t i = 0; (key = config_key_nth(i)); i++) {
		(void)snprintf(want, sizeof want, "\n.It Cm %s\n", key->name);
		const char *item = strstr(text, want);
		cr_assert(item, "%s is missing", key->name);
		item += strlen(want);
		(void)snprintf(want, sizeof want, "Default: %s.\n",
		    key->fallback ? key->fallback : "null");
		cr_expect(goes_on(item, want), "%s: the default is wrong", key->name);
	}
	for (const char *p = text; (p = strstr(p, "\n.It Cm ")); p++)
		items++;
	for (size_t i = 0; config_key_nth(i); i++)
		items--;
	cr_expect_eq(items, 0, "the manual has a key that there is not");
	free(text);
}

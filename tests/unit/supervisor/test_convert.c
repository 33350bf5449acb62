/* SPDX-License-Identifier: ISC */
/* Inputs of convert from their finding to their end, with workers that do what a file's
 * text names (stub_worker.c). */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "../worker/kernel.h"
#include "config/roles.h"
#include "convert/convert.h"
#include "engine_ground.h"

static char ground[] = "/tmp/bulkhead-convert-XXXXXX", folder[64], to[64], dead[64],
	    lines[64];
static struct config *config;

static void put(const char *name, const char *text)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	cr_assert(f, "%s", path);
	(void)fputs(text, f);
	(void)fclose(f);
}

static bool has(const char *where, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", where, name);
	return access(path, F_OK) == 0;
}

static void set_up(void)
{
	struct engine e;

	engine_new(&e);
	config = e.config;
	event_base_free(e.base);
	cr_assert(mkdtemp(ground));
	(void)snprintf(folder, sizeof folder, "%s/in", ground);
	(void)snprintf(to, sizeof to, "%s/out", ground);
	(void)snprintf(dead, sizeof dead, "%s/dead", ground);
	(void)snprintf(lines, sizeof lines, "%s/lines", ground);
	cr_assert_eq(mkdir(folder, 0700), 0);
	cr_assert(freopen(lines, "w", stdout));
	cr_assert(freopen("/dev/null", "w", stderr));
}

static int removed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void tear_down(void)
{
	(void)nftw(ground, removed, 16, FTW_DEPTH | FTW_PHYS);
	config_free(config);
}

TestSuite(convert, .init = set_up, .fini = tear_down, .timeout = 300);

static int run(const struct convert_options *more)
{
	static char *paths[] = { folder };
	struct convert_options o = *more;

	o.paths = paths;
	o.count = 1;
	o.to = "mime";
	o.output = to;
	o.json = true;
	int code = convert_run(&o, config);
	(void)fflush(stdout);
	return code;
}

/* How many lines of --json have this text? */
static unsigned said(const char *text)
{
	char line[4096];
	unsigned n = 0;
	FILE *f = fopen(lines, "r");

	cr_assert(f);
	while (fgets(line, sizeof line, f))
		n += strstr(line, text) != NULL;
	(void)fclose(f);
	return n;
}

Test(convert, each_input_ends_in_one_class)
{
	put("good", "write");
	put("bad", "crash");
	put("ugly", "refused");
	put("memory", "memory");
	cr_expect_eq(run(&(struct convert_options){ .dead = dead }), ROLE_FAILED);
	cr_expect_eq(said("\"result\":\"converted\""), 1);
	cr_expect_eq(said("\"result\":\"crashed\""), 1);
	cr_expect_eq(said("\"result\":\"refused\""), 1);
	cr_expect_eq(said("\"result\":\"out-of-memory\""), 1);
	cr_expect_eq(said("\"found\":4"), 1);
	cr_expect(has(to, "good.eml"));
	cr_expect_not(has(to, "bad.eml"));
	cr_expect(has(dead, "messages/bad"));
	cr_expect(has(dead, "reports/bad.json"));
}

Test(convert, running_again_resumes)
{
	put("a", "write");
	put("b", "write");
	cr_expect_eq(
	    run(&(struct convert_options){ .sync = CONVERT_SYNC_BATCH }), ROLE_FINE);
	put("c", "write");
	cr_expect_eq(
	    run(&(struct convert_options){ .sync = CONVERT_SYNC_EACH }), ROLE_FINE);
	cr_expect_eq(said("\"result\":\"converted\""), 3);
	cr_expect_eq(said("\"result\":\"skipped\""), 2);
	cr_expect_eq(run(&(struct convert_options){ .force = true }), ROLE_FINE);
	cr_expect_eq(said("\"result\":\"converted\""), 6);
}

/* More inputs than workers, and each failing once more often than it may. */
Test(convert, retries_and_new_inputs_get_their_turns)
{
	char name[16];

	/* Its vfork is a fork: what is being started has the outputs open for a moment,
	 * and the worker that has ended one seems to keep it. */
	if (!kernel_filters())
		cr_skip_test(EMULATED);

	for (int i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof name, "f%02d", i);
		put(name, i % 3 ? "write" : "silent-crash");
	}
	cr_expect_eq(run(&(struct convert_options){ 0 }), ROLE_FAILED);
	cr_expect_eq(said("\"result\":\"converted\""), 20);
	cr_expect_eq(said("\"result\":\"crashed\""), 10);
}

Test(convert, no_worker_is_needed_for_what_is_no_message)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/fifo", folder);
	cr_assert_eq(mkfifo(path, 0600), 0);
	put("large", "write, and more than the limit allows");
	config->limits.input = 8;
	cr_expect_eq(run(&(struct convert_options){ 0 }), ROLE_FAILED);
	cr_expect_eq(said("\"result\":\"unreadable\""), 1);
	cr_expect_eq(said("is larger than limits.input allows, 8"), 1);
}

Test(convert, a_build_without_hope_says_so)
{
	put("a", "write");
	(void)setenv("BULKHEAD_CHAOS_START", "fail", 1);
	cr_expect_eq(run(&(struct convert_options){ 0 }), ROLE_HOPELESS);
	cr_expect_eq(said("\"found\":0"), 1, "nothing was begun");
}

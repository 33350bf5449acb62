/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jail.h"
#include "kernel.h"
#include "trial.h"

/* --- the command line --- */

struct line {
	char argument[32];
	bool good;
};

ParameterizedTestParameters(jail, reads_an_argument)
{
	static struct line t[] = {
		{ "memory=1024", true },
		{ "output=0", true },
		{ "stack=18446744073709551615", true },
		{ "parent=1", true },
		{ "sandbox=require", true },
		{ "sandbox=auto", true },
		{ "sandbox=prefer", true },
		{ "sandbox=off", true },
		{ "trial=open", true },
		{ "trial=", true },
		{ "sandbox=paths", false }, /* only for a trial */
		{ "sandbox=", false },
		{ "sandbox=on", false },
		{ "memory=", false },
		{ "memory=-1", false },
		{ "memory=1k", false },
		{ "stack=18446744073709551616", false },
		{ "memory", false },
		{ "colour=blue", false },
		{ "", false },
	};
	return cr_make_param_array(struct line, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct line *t, jail, reads_an_argument)
{
	char program[] = "bulkhead-worker";
	char *argv[] = { program, t->argument, NULL };
	struct jail jail;

	cr_expect_eq(jail_read(&jail, 2, argv), t->good, "%s", t->argument);
}

Test(jail, reads_all_together)
{
	char words[][24] = { "w", "memory=5", "output=6", "stack=7", "parent=8",
		"sandbox=paths", "trial=kill" };
	char *argv[8] = { NULL };
	struct jail jail;

	for (int i = 0; i < 7; i++)
		argv[i] = words[i];
	cr_assert(jail_read(&jail, 7, argv));
	cr_expect_eq(jail.memory, 5);
	cr_expect_eq(jail.output, 6);
	cr_expect_eq(jail.stack, 7);
	cr_expect_eq(jail.parent, 8);
	cr_expect_eq(jail.mode, JAIL_PATHS);
	cr_expect_str_eq(jail.trial, "kill");
	cr_assert(jail_read(&jail, 1, argv));
	cr_expect_eq(jail.mode, JAIL_REQUIRE, "the whole jail unless told otherwise");
	cr_expect_null(jail.trial);
}

/* --- the jail itself, in a child that ends there --- */

enum { ENTERED_NOT = 90, WRONG_LAYERS, WAS_POSSIBLE };

/* As a zygote does: the copy is a child of this one's parent. */
static void be_copied(void)
{
	if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL) != 0)
		_exit(0);
}

/* What a child, or its copy, came to that enters and does that; argument is for it. */
static int status_in_jail(bool copied, enum jail_mode mode, const char *active,
    int (*act)(const void *), const void *arg)
{
	struct jail jail = { .mode = mode };
	struct jail_layers layers;
	const char *what = "";
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (!jail_prepare(&jail, copied, &what))
			_exit(ENTERED_NOT);
		if (copied)
			be_copied();
		if (!jail_enter(&jail, &layers, &what))
			_exit(ENTERED_NOT);
		if (!strstr(layers.active, active))
			_exit(WRONG_LAYERS);
		_exit(act(arg) > 0 ? 0 : WAS_POSSIBLE);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (copied)
		cr_assert_gt(waitpid(-1, &status, 0), 0);
	return status;
}

/* A zygote's copy is in the same jail as one that was started from its file. Its answer
 * over 0: stopped. */
static int in_jail_do(
    enum jail_mode mode, const char *active, int (*act)(const void *), const void *arg)
{
	int status = status_in_jail(false, mode, active, act, arg);

	cr_expect_eq(status, status_in_jail(true, mode, active, act, arg));
	return status;
}

static int try_named(const void *name)
{
	return trial_try(name);
}

static int in_jail(enum jail_mode mode, const char *active, const char *trial)
{
	return in_jail_do(mode, active, try_named, trial);
}

#ifndef BULKHEAD_SANITIZE /* their builds have no such layers */

Test(jail, answers_what_libraries_can_do_without)
{
	if (!kernel_filters())
		cr_skip(NO_FILTERS);
	int status = in_jail(JAIL_REQUIRE, "seccomp", "open");

	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", status);
}

static int raise_signal(const void *number)
{
	return raise(*(const int *)number);
}

/* As a copy of a zygote, too: what was prepared has the number of another process. */
Test(jail, may_signal_itself)
{
	const int number = SIGUSR1;

	if (!kernel_filters())
		cr_skip(NO_FILTERS);
	int status = in_jail_do(JAIL_REQUIRE, "seccomp", raise_signal, &number);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1, "%x", status);
}

Test(jail, traps_the_rest)
{
	static const char trials[][16] = { "fork", "exec", "kill", "mmap-exec", "dup" };

	if (!kernel_filters())
		cr_skip(NO_FILTERS);
	for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
		int status = in_jail(JAIL_REQUIRE, "seccomp", trials[i]);
		cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: %x",
		    trials[i], status);
	}
}

static int advise(const void *advice)
{
	return madvise(NULL, 0, *(const int *)advice) == 0 ? 0 : 1;
}

/* Each advice there is, or might be one day: two are taken. */
Test(jail, takes_no_advice_but_to_give_pages_back)
{
	if (!kernel_filters())
		cr_skip(NO_FILTERS);
	for (int advice = -1; advice < 128; advice++) {
		int status = in_jail_do(JAIL_REQUIRE, "seccomp", advise, &advice);
		if (advice == MADV_DONTNEED || advice == MADV_FREE)
			cr_expect(
			    WIFEXITED(status) && WEXITSTATUS(status) == WAS_POSSIBLE,
			    "%d: %x", advice, status);
		else
			cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
			    "%d: %x", advice, status);
	}
}

static int map_flagged(const void *flag)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | *(const int *)flag, -1, 0);

	return p == MAP_FAILED ? 1 : 0;
}

/* Each bit: those that change nothing for others are taken. */
Test(jail, maps_with_no_flag_that_is_not_listed)
{
	if (!kernel_filters())
		cr_skip(NO_FILTERS);
	for (int bit = 0; bit < 31; bit++) {
		int flag = (int)(1U << bit);
		int status = in_jail_do(JAIL_REQUIRE, "seccomp", map_flagged, &flag);
		if (flag == MAP_PRIVATE || flag == MAP_ANONYMOUS ||
		    flag == MAP_NORESERVE || flag == MAP_STACK)
			cr_expect(
			    WIFEXITED(status) && WEXITSTATUS(status) == WAS_POSSIBLE,
			    "%#x: %x", flag, status);
		else
			cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
			    "%#x: %x", flag, status);
	}
}

#endif

Test(jail, off_leaves_files_to_be_opened)
{
	int status = in_jail(JAIL_OFF, "no_new_privs", "open");

	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == WAS_POSSIBLE, "%x", status);
}

Test(jail, knows_its_probes)
{
	cr_expect_eq(trial_try("no such trial"), -1);
	cr_expect_eq(trial_try(""), -1);
}

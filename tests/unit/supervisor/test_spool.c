/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pwd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "spool_ground.h"
#include "wrapped.h"

static enum claimed try_claim(
    struct ground *g, const char *sub, const char *name, bool moved)
{
	struct claim *c = NULL;
	enum claimed r = ground_take(g->spool, sub, name, moved, &c);

	cr_expect_eq(c != NULL, r == CLAIMED);
	claim_free(c);
	return r;
}

Test(spool, makes_its_folders_private)
{
	static const char *const names[] = { "incoming", "active", "outgoing", "dead",
		"reports", "tmp" };
	struct ground g;
	struct stat st;

	ground_new(&g, "");
	for (size_t i = 0; i < 6; i++) {
		char *path = ground_path("%s/%s", g.config.spool, names[i]);
		cr_assert_eq(stat(path, &st), 0, "%s", path);
		cr_expect_eq(st.st_mode & 07777, 0700u, "%s", path);
		free(path);
	}
	cr_expect(spool_leases(g.spool));
	ground_free(&g);
}

Test(spool, leaves_the_modes_of_existing_folders_alone)
{
	struct ground g;
	struct stat st;

	ground_new(&g, "");
	char *path = ground_path("%s/incoming", g.config.spool);
	cr_assert_eq(chmod(path, 01777), 0);
	ground_restart(&g);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 01777u);
	free(path);
	ground_free(&g);
}

Test(spool, a_second_one_is_refused)
{
	struct ground g;
	char *error = NULL, text[64];

	ground_new(&g, "");
	cr_expect_null(spool_open(&g.config, &error));
	cr_expect_eq(errno, EWOULDBLOCK);
	snprintf(text, sizeof text, "in use by process %d on ", (int)getpid());
	cr_expect(strstr(error, text), "%s", error);
	free(error);
	/* Another spool with the same incoming. */
	struct config other = g.config;
	other.spool = ground_path("%s/other", g.near);
	other.folders.incoming = ground_path("%s/incoming", g.config.spool);
	cr_expect_null(spool_open(&other, &error));
	cr_expect_eq(errno, EWOULDBLOCK);
	cr_expect(strstr(error, "incoming: in use by another process"), "%s", error);
	free(error);
	free(other.spool);
	free(other.folders.incoming);
	ground_free(&g);
}

Test(spool, says_what_it_cannot_open)
{
	struct config c = { .spool = (char[]){ "/proc/nothing/here" },
		.convert.to = (char[]){ "mime" } };
	char *error = NULL;

	cr_expect_null(spool_open(&c, &error));
	cr_expect(strstr(error, "/proc/nothing/here: "), "%s", error);
	free(error);
	c.files.owner = (char[]){ "no-such-user" };
	cr_expect_null(spool_open(&c, &error));
	cr_expect_str_eq(error, "files.owner: no-such-user: no such user");
	free(error);
}

Test(spool, follows_folders_that_are_links)
{
	struct ground g;
	char name[NAME_SIZE];

	ground_new(&g, "");
	spool_close(g.spool);
	char *link = ground_path("%s/outgoing", g.config.spool);
	cr_assert_eq(rmdir(link), 0);
	cr_assert_eq(symlink(g.far, link), 0);
	ground_open(&g);
	struct claim *c = ground_claim(&g, "", "a", "input");
	int fd = spool_output(g.spool, c);
	cr_assert_eq(write(fd, "result", 6), 6);
	close(fd);
	struct settlement s = { .claim = c, .plan = PLAN_OUTPUT };
	settle(spool_places(g.spool), &s, 1);
	cr_assert_eq(s.error, 0, "%s", s.where);
	name_result(c, "eml", name);
	char *path = ground_path("%s/%s", g.far, name);
	cr_expect_eq(access(path, F_OK), 0, "%s", path);
	free(path);
	free(link);
	claim_free(c);
	ground_free(&g);
}

Test(spool, claims_only_what_nobody_writes)
{
	struct ground g;

	ground_new(&g, "");
	int in = spool_incoming(g.spool);
	ground_put(in, "a", "x");
	int writer = openat(in, "a", O_WRONLY);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	close(writer);
	int reader = openat(in, "a", O_RDONLY);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIMED, "readers do no harm");
	close(reader);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_GONE);
	ground_put(in, "b", "x");
	writer = openat(in, "b", O_WRONLY);
	cr_expect_eq(try_claim(&g, "", "b", true), CLAIM_BUSY, "moved in half written");
	close(writer);
	cr_expect_eq(try_claim(&g, "", "b", true), CLAIMED);
	mkdirat(in, "folder", 0700);
	cr_expect_eq(try_claim(&g, "", "folder", false), CLAIM_GONE);
	cr_expect_eq(try_claim(&g, "none", "a", false), CLAIM_GONE);
	ground_free(&g);
}

static void sleep_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	nanosleep(&t, NULL);
}

Test(spool, without_leases_an_unchanged_file_is_taken)
{
	struct ground g;

	wrapped_no_leases = true;
	ground_new(&g, "");
	g.config.intake.settle = 200;
	cr_expect_not(spool_leases(g.spool));
	int in = spool_incoming(g.spool);
	ground_put(in, "a", "x");
	/* A sender may date it as it likes. */
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	cr_assert_eq(utimensat(in, "a", old, 0), 0);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	const struct timespec far[2] = { { .tv_sec = 4000000000 },
		{ .tv_sec = 4000000000 } };
	cr_assert_eq(utimensat(in, "a", far, 0), 0);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	sleep_ms(250);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIMED);
	ground_put(in, "b", "x");
	cr_expect_eq(try_claim(&g, "", "b", true), CLAIMED, "moved in, it is whole");
	ground_free(&g);
}

Test(spool, a_file_rests_as_long_as_is_set)
{
	struct ground g;

	ground_new(&g, "");
	cr_expect(spool_leases(g.spool));
	int in = spool_incoming(g.spool);
	g.config.intake.settle = 400;
	ground_put(in, "a", "x");
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	sleep_ms(250);
	int fd = openat(in, "a", O_WRONLY | O_APPEND);
	cr_assert_eq(write(fd, "y", 1), 1);
	close(fd);
	sleep_ms(250);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY, "written since");
	sleep_ms(250);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIMED);
	g.config.intake.settle = CONFIG_SETTLE_AUTO;
	cr_expect_eq(spool_rest_ms(g.spool), 300u);
	ground_put(in, "b", "x");
	cr_expect_eq(try_claim(&g, "", "b", false), CLAIM_BUSY);
	sleep_ms(350);
	cr_expect_eq(try_claim(&g, "", "b", false), CLAIMED);
	ground_free(&g);
}

Test(spool, what_was_written_while_in_hand_is_known_and_put_back)
{
	struct ground g;
	struct stat st;
	const char *why;

	ground_new(&g, "");
	int in = spool_incoming(g.spool);
	ground_put(in, "a", "x");
	int writer = openat(in, "a", O_WRONLY | O_APPEND);
	struct claim *c = NULL;
	cr_expect_eq(ground_take(g.spool, "", "a", true, &c), CLAIM_BUSY);
	close(writer);
	cr_assert_eq(ground_take(g.spool, "", "a", true, &c), CLAIMED);
	int fd = spool_input(g.spool, c, &st, &why);
	cr_expect_not(spool_written(c, fd, false));
	char *path = ground_path("/proc/self/fd/%d", fd);
	writer = open(path, O_WRONLY | O_APPEND);
	cr_expect(spool_written(c, fd, false), "open for writing");
	cr_assert_eq(write(writer, "y", 1), 1);
	close(writer);
	cr_expect(spool_written(c, fd, false), "longer than it was");
	cr_expect_not(spool_written(c, fd, false));
	close(fd);
	cr_assert(spool_put_back(g.spool, c));
	claim_free(c);
	/* Our own rename makes nothing whole, and it has to rest anew. */
	cr_expect_eq(try_claim(&g, "", "a", true), CLAIM_BUSY);
	sleep_ms(2100);
	cr_expect_eq(try_claim(&g, "", "a", true), CLAIMED);
	free(path);
	ground_free(&g);
}

Test(spool, the_tmp_of_a_maildir_is_left_alone)
{
	struct ground g;

	ground_new(&g, "");
	int in = spool_incoming(g.spool);
	static const char *const folders[] = { "tmp", "new", "cur", "box", "box/tmp",
		"box/new", "box/cur", "other", "other/tmp" };
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		cr_assert_eq(mkdirat(in, folders[i], 0700), 0);
	ground_put(in, "tmp/1", "x");
	ground_put(in, "box/tmp/1", "x");
	ground_put(in, "box/new/1", "x");
	ground_put(in, "other/tmp/1", "x");
	cr_expect_eq(try_claim(&g, "tmp", "1", true), CLAIM_GONE);
	cr_expect_eq(try_claim(&g, "box/tmp", "1", true), CLAIM_GONE);
	cr_expect_eq(try_claim(&g, "box/new", "1", true), CLAIMED);
	cr_expect_eq(try_claim(&g, "other/tmp", "1", true), CLAIMED);
	cr_expect(ground_has(in, "box/tmp/1"));
	ground_free(&g);
}

Test(spool, a_file_from_the_future_is_taken_when_it_stays_the_same)
{
	struct ground g;

	wrapped_no_leases = true;
	ground_new(&g, "");
	g.config.intake.settle = 200;
	ground_put(spool_incoming(g.spool), "a", "x");
	wrapped_clock_back = 3600; /* the clock is set back an hour */
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIM_BUSY);
	sleep_ms(250);
	cr_expect_eq(try_claim(&g, "", "a", false), CLAIMED);
	ground_free(&g);
}

Test(spool, a_claim_never_leaves_incoming_by_a_link)
{
	struct ground g;

	ground_new(&g, "");
	cr_assert_eq(symlinkat(g.far, spool_incoming(g.spool), "sub"), 0);
	char *path = ground_path("%s/precious", g.far);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	cr_expect_eq(try_claim(&g, "sub", "precious", true), CLAIM_GONE);
	cr_expect_eq(access(path, F_OK), 0);
	cr_expect_eq(try_claim(&g, "..", "lock", true), CLAIM_GONE);
	free(path);
	ground_free(&g);
}

struct odd_case {
	char title[24], why[64];
	mode_t type;
};

ParameterizedTestParameters(spool, never_opens)
{
	static struct odd_case t[] = {
		{ "link", "is a symbolic link", S_IFLNK },
		{ "FIFO", "is a FIFO", S_IFIFO },
		{ "socket", "is a socket", S_IFSOCK },
		{ "device", "is a device", S_IFCHR },
	};
	return cr_make_param_array(struct odd_case, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct odd_case *t, spool, never_opens, .timeout = 600)
{
	struct ground g;
	struct claim *c;
	struct stat st;
	const char *why = NULL;

	ground_new(&g, "");
	int in = spool_incoming(g.spool);
	if (t->type == S_IFLNK)
		cr_assert_eq(symlinkat("/etc/passwd", in, "odd"), 0);
	else if (mknodat(in, "odd", t->type | 0600, makedev(1, 3)) != 0)
		cr_skip("needs root");
	cr_assert_eq(ground_take(g.spool, "", "odd", false, &c), CLAIMED);
	cr_expect_eq(spool_input(g.spool, c, &st, &why), -1);
	cr_expect_str_eq(why, t->why);
	claim_free(c);
	ground_free(&g);
}

/* As somebody else than root. */
static void as_nobody(void (*work)(struct ground *), struct ground *g)
{
	const struct passwd *pw = getpwnam("nobody");
	int status;

	if (geteuid() != 0 || !pw)
		cr_skip("needs root");
	pid_t pid = fork();
	if (pid == 0) {
		if (setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
		    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0)
			_exit(99);
		work(g);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0, "step %d", WEXITSTATUS(status));
}

static void read_foreign(struct ground *g)
{
	struct claim *c;

	if (ground_take(g->spool, "", "foreign", false, &c) != CLAIM_LEFT)
		_exit(1);
	if (ground_take(g->spool, "", "foreign", true, &c) != CLAIM_LEFT)
		_exit(2);
	/* Not our file: no lease, so by its age. */
	g->config.intake.settle = 200;
	if (ground_take(g->spool, "", "readable", false, &c) != CLAIM_BUSY)
		_exit(3);
	/* The spool was opened by root, whose leases tell: one look more. */
	sleep_ms(250);
	if (ground_take(g->spool, "", "readable", false, &c) != CLAIM_BUSY)
		_exit(4);
	sleep_ms(250);
	if (ground_take(g->spool, "", "readable", false, &c) != CLAIMED)
		_exit(5);
}

Test(spool, what_may_not_be_read_stays)
{
	struct ground g;

	ground_new(&g, "");
	char *path = ground_path("%s/active", g.config.spool);
	cr_assert_eq(chmod(path, 0777), 0);
	free(path);
	path = ground_path("%s/incoming", g.config.spool);
	cr_assert_eq(chmod(path, 0777), 0);
	cr_assert_eq(chmod(g.near, 0755), 0);
	cr_assert_eq(chmod(g.config.spool, 0755), 0);
	ground_put(spool_incoming(g.spool), "foreign", "x");
	cr_assert_eq(fchmodat(spool_incoming(g.spool), "foreign", 0, 0), 0);
	ground_put(spool_incoming(g.spool), "readable", "x");
	cr_assert_eq(fchmodat(spool_incoming(g.spool), "readable", 0644, 0), 0);
	as_nobody(read_foreign, &g);
	cr_expect(ground_has(spool_incoming(g.spool), "foreign"));
	cr_expect_not(ground_has(spool_incoming(g.spool), "readable"));
	free(path);
	ground_free(&g);
}

Test(spool, a_long_name_survives_a_restart_and_a_recharge)
{
	char name[256];
	struct ground g;
	struct stat st;
	const char *why;

	memset(name, 'n', 251);
	strcpy(name + 251, ".eml");
	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "s", name, "input");
	cr_expect(spool_recharge(g.spool, c, (struct charges){ .crash = 1 }));
	claim_free(c);
	ground_restart(&g);
	cr_assert_eq(g.found_count, 1u);
	c = g.found[0];
	cr_expect_str_eq(c->name, name);
	cr_expect_str_eq(c->sub, "s");
	cr_expect_eq(c->charges.crash, 1u);
	cr_expect_eq(c->mark, MARK_NONE);
	int fd = spool_input(g.spool, c, &st, &why);
	cr_expect_neq(fd, -1);
	cr_expect_eq(st.st_size, 5);
	close(fd);
	cr_expect_not(spool_put_back(g.spool, c), "charged");
	cr_expect_eq(errno, EEXIST);
	cr_expect(spool_recharge(g.spool, c, (struct charges){ 0 }));
	cr_expect(spool_put_back(g.spool, c));
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 0u);
	char *path = ground_path("s/%s", name);
	cr_expect(ground_is(spool_incoming(g.spool), path, "input"));
	free(path);
	claim_free(c);
	ground_free(&g);
}

Test(spool, puts_nothing_back_over_another)
{
	struct ground g;

	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "", "a", "input");
	ground_put(spool_incoming(g.spool), "a", "newer");
	cr_expect_not(spool_put_back(g.spool, c));
	cr_expect_eq(errno, EEXIST);
	cr_expect(ground_is(spool_incoming(g.spool), "a", "newer"));
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 1u);
	claim_free(c);
	ground_free(&g);
}

Test(spool, an_output_is_new_each_time_and_dressed)
{
	struct ground g;
	struct stat st;

	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "", "a", "input");
	int fd = spool_output(g.spool, c);
	cr_assert_eq(write(fd, "first try", 9), 9);
	int second = spool_output(g.spool, c);
	cr_assert_neq(second, -1);
	cr_assert_eq(fstat(second, &st), 0);
	cr_expect_eq(st.st_size, 0);
	cr_expect_eq(st.st_mode & 07777, 0640u);
	close(fd);
	close(second);
	claim_free(c);
	ground_free(&g);
}

Test(spool, scratch_has_no_name)
{
	struct ground g;
	struct stat st;

	ground_new(&g, "");
	int fd = spool_scratch(g.spool);
	cr_assert_neq(fd, -1);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_expect_eq(st.st_nlink, 0u);
	cr_expect_eq(write(fd, "x", 1), 1);
	close(fd);
	cr_expect_eq(ground_count(spool_places(g.spool)->tmp[STAGE_OUTPUT], "."), 0u);
	ground_free(&g);
}

Test(spool, knows_the_least_of_its_volumes)
{
	struct ground g;
	uint64_t bytes = 0, inodes = 0, far_bytes = 0;

	ground_new(&g, "");
	cr_assert(spool_space(g.spool, &bytes, &inodes));
	cr_expect_gt(bytes, 0u);
	cr_expect_gt(inodes, 0u);
	ground_free(&g);
	ground_new(&g, "o");
	cr_assert(spool_space(g.spool, &far_bytes, &inodes));
	cr_expect_gt(far_bytes, 0u);
	ground_free(&g);
}

/* No rename leads out of a mount below incoming/: its files stay, and it is said once. */
Test(spool, a_mount_below_incoming_is_told_and_left)
{
	struct ground g;
	char path[64];
	int saved = dup(STDERR_FILENO), out[2];

	ground_new(&g, "");
	if (!ground_mounts(&g))
		cr_skip("needs root");
	const int in = spool_incoming(g.spool);
	cr_assert_eq(mkdirat(in, "s", 0700), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d/s", in);
	cr_assert_eq(mount("tmpfs", path, "tmpfs", 0, "size=1m"), 0);
	char text[4096] = "";
	cr_assert_eq(pipe(out), 0);
	cr_assert_neq(dup2(out[1], STDERR_FILENO), -1);
	ground_put(in, "s/a", "x");
	ground_put(in, "s/b", "x");
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(try_claim(&g, "s", "a", false), CLAIM_LEFT);
		cr_expect_eq(try_claim(&g, "s", "b", true), CLAIM_LEFT);
	}
	cr_assert_neq(dup2(saved, STDERR_FILENO), -1);
	close(out[1]);
	cr_assert_gt(read(out[0], text, sizeof text - 1), 0);
	const char *first = strstr(text, "a mount of its own");
	cr_assert(first, "%s", text);
	cr_expect_null(strstr(first + 1, "a mount of its own"), "%s", text);
	cr_expect_eq(ground_count(in, "s"), 2u);
	cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 0u);
	umount2(path, MNT_DETACH);
	ground_unmount(&g);
	ground_free(&g);
}

/* Where the disk is full nothing is lost, and it goes on when there is room. */
Test(spool, a_full_disk_is_our_trouble_and_passes)
{
	struct ground g;
	char name[NAME_SIZE];
	static char big[64 * 1024];

	ground_new(&g, "");
	spool_close(g.spool);
	g.spool = NULL;
	if (mount("tmpfs", g.far, "tmpfs", 0, "size=1m") != 0)
		cr_skip("needs root");
	g.config.folders.dead = ground_path("%s/dead", g.far);
	ground_open(&g);
	const struct places *p = spool_places(g.spool);
	struct claim *c = ground_claim(&g, "", "a", "input");
	cr_assert(spool_stage(g.spool, c, STAGE_WHY, "why", 3));
	int fd = openat(p->dead, "filler", O_WRONLY | O_CREAT, 0600);
	while (write(fd, big, sizeof big) > 0)
		;
	close(fd);
	cr_expect_not(spool_stage(g.spool, c, STAGE_WHY, big, sizeof big));
	cr_expect_eq(errno, ENOSPC);
	struct settlement s = { .claim = c, .plan = PLAN_LETTER | PLAN_WHY };
	settle(p, &s, 1);
	cr_expect_neq(s.error, 0);
	cr_expect_eq(ground_count(p->active, "."), 1u);
	cr_expect_eq(ground_count(p->dead, "."), 1u, "the filler");
	unlinkat(p->dead, "filler", 0);
	cr_assert(spool_stage(g.spool, c, STAGE_WHY, "why", 3));
	settle(p, &s, 1);
	cr_expect_eq(s.error, 0, "%s: %s", s.where, strerror(s.error));
	name_letter(c, name);
	cr_expect(ground_is(p->dead, name, "input"));
	claim_free(c);
	spool_close(g.spool);
	g.spool = NULL;
	umount2(g.far, MNT_DETACH);
	ground_free(&g);
}

Test(spool, what_is_not_ours_is_left_alone)
{
	struct ground g;

	ground_new(&g, "");
	const struct places *p = spool_places(g.spool);
	ground_put(p->active, "README", "x");
	ground_put(p->tmp[STAGE_OUTPUT], "notes.txt", "x");
	ground_put(p->tmp[STAGE_OUTPUT], "0000000000000abc.out", "x");
	ground_put(p->active, "0000000000000abc.name", "x");
	ground_put(p->active, "0000000000000abd.name.tmp", "x");
	mkdirat(p->active, "empty", 0700);
	mkdirat(p->active, "empty/too", 0700);
	ground_restart(&g);
	p = spool_places(g.spool);
	cr_expect_eq(g.found_count, 0u);
	cr_expect(ground_has(p->active, "README"));
	cr_expect_eq(ground_count(p->active, "."), 1u);
	cr_expect(ground_has(p->tmp[STAGE_OUTPUT], "notes.txt"));
	cr_expect_eq(ground_count(p->tmp[STAGE_OUTPUT], "."), 1u);
	ground_free(&g);
}

/* Marked, and another folder has become a volume of its own since: staged files are
 * brought along. */
Test(spool, staged_files_follow_a_changed_layout)
{
	struct ground g;
	char name[NAME_SIZE];

	ground_new(&g, "");
	struct claim *c = ground_claim(&g, "", "a", "input");
	int fd = spool_output(g.spool, c);
	cr_assert_eq(write(fd, "result", 6), 6);
	close(fd);
	char from[NAME_SIZE], to[NAME_SIZE];
	bool cut;
	name_active(c, from, &cut);
	c->mark = MARK_READY;
	name_active(c, to, &cut);
	int active = spool_places(g.spool)->active;
	cr_assert_eq(renameat(active, from, active, to), 0);
	g.config.folders.outgoing = ground_path("%s/outgoing", g.far);
	ground_restart(&g);
	cr_assert_eq(g.found_count, 1u);
	cr_expect_eq(g.found[0]->mark, MARK_READY);
	struct settlement s = { .claim = g.found[0] };
	settle(spool_places(g.spool), &s, 1);
	cr_assert_eq(s.error, 0);
	name_result(c, "eml", name);
	cr_expect(ground_is(spool_places(g.spool)->outgoing, name, "result"));
	claim_free(g.found[0]);
	claim_free(c);
	ground_free(&g);
}

static void claim_in_child(struct ground *g, void *arg)
{
	struct claim *c;

	if (ground_take(g->spool, "s", arg, false, &c) != CLAIMED)
		_exit(1);
	if (!spool_recharge(g->spool, c, (struct charges){ .timeout = 1 }) ||
	    !spool_recharge(g->spool, c, (struct charges){ 0 }))
		_exit(2);
	int fd = spool_output(g->spool, c);
	if (fd == -1 || !spool_stage(g->spool, c, STAGE_NOTES, "notes", 5))
		_exit(3);
	if (!spool_put_back(g->spool, c))
		_exit(4);
}

/* Claimed, charged and put back, killed at each call: it is in incoming/ or active/,
 * once, with its name. */
Test(spool, a_claim_survives_a_kill_at_each_call, .timeout = 600)
{
	char name[256];
	bool ended = false;
	unsigned n;

	memset(name, 'n', 255);
	name[255] = '\0';
	for (n = 1; !ended; n++) {
		struct ground g;
		char *path = ground_path("s/%s", name);
		ground_new(&g, n % 2 ? "" : "i");
		mkdirat(spool_incoming(g.spool), "s", 0700);
		ground_put(spool_incoming(g.spool), path, "input");
		ended = wrapped_run(n, claim_in_child, &g, name);
		ground_restart(&g);
		bool in = ground_is(spool_incoming(g.spool), path, "input");
		cr_assert_eq(in + g.found_count, 1u, "call %u", n);
		if (in)
			cr_expect_eq(ground_count(spool_places(g.spool)->active, "."), 0u,
			    "call %u", n);
		else {
			cr_expect_str_eq(g.found[0]->name, name, "call %u", n);
			cr_expect_str_eq(g.found[0]->sub, "s");
			claim_free(g.found[0]);
		}
		for (int s = 0; s < STAGES; s++)
			cr_expect_eq(
			    ground_count(spool_places(g.spool)->tmp[s], "."), 0u);
		free(path);
		ground_free(&g);
	}
	cr_expect_gt(n, 15u);
}

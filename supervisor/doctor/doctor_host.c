/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cgroup.h"
#include "base/units.h"
#include "config/config.h"
#include "doctor/doctor.h"
#include "files/lease.h"
#include "service/gateway_keeper.h"

/* --- the cgroup --- */

struct least {
	const char *name[3]; /* of the file, by version */
	uint64_t n;
};

/* "max" and what cannot be read is no limit. */
static void take_least(void *arg, enum cgroup_version version, const char *folder)
{
	struct least *least = arg;
	char line[CGROUP_LINE], *end = line;

	if (!cgroup_line(folder, least->name[version], line))
		return;
	uint64_t n = strtoull(line, &end, 10);
	/* Version 1 writes "none" as the highest multiple of a page. */
	if (end != line && n < INT64_MAX / 4096 * 4096 && n < least->n)
		least->n = n;
}

uint64_t doctor_limit(const char *proc, const char *sys, const char *controller,
    const char *v2, const char *v1)
{
	struct least least = { { [CGROUP_V1] = v1, [CGROUP_V2] = v2 }, UINT64_MAX };

	cgroup_each(proc, sys, controller, take_least, &least);
	return least.n;
}

/* Of the cgroups from the victim's up to the one whose limit was reached, the topmost
 * that is a group is killed as a whole: any 1 may be the one. */
static void see_group(void *arg, enum cgroup_version version, const char *folder)
{
	bool *group = arg;
	char line[CGROUP_LINE];

	if (version == CGROUP_V2 && cgroup_line(folder, "memory.oom.group", line))
		*group = *group || line[0] == '1';
}

void doctor_cgroup(
    struct doctor *d, const struct config *config, const char *proc, const char *sys)
{
	uint64_t workers = config_workers(config) + config->spares;
	uint64_t memory =
	    doctor_limit(proc, sys, "memory", "memory.max", "memory.limit_in_bytes");
	uint64_t processes = doctor_limit(proc, sys, "pids", "pids.max", "pids.max");
	bool group = false;
	uint64_t each = config->limits.memory;
	bool fits = each == 0 || workers <= memory / each;
	char needed[UNITS_TEXT], given[UNITS_TEXT];

	units_format(UNITS_SIZE, workers * each, needed);
	units_format(UNITS_SIZE, memory, given);
	doctor_say(d, fits ? DOCTOR_OK : DOCTOR_WARN, "cgroup", "memory",
	    "%" PRIu64 " workers and spares may need %s, the limit is %s", workers,
	    needed, memory == UINT64_MAX ? "none" : given);
	cgroup_each(proc, sys, "memory", see_group, &group);
	doctor_say(d, group ? DOCTOR_WARN : DOCTOR_OK, "cgroup", "memory.oom.group",
	    group ? "1: out of memory kills the whole service, not one worker"
		  : "not set: out of memory kills one process");
	bool enough = processes > workers * 2 + 8;
	doctor_say(d, enough ? DOCTOR_OK : DOCTOR_WARN, "cgroup", "pids.max",
	    processes == UINT64_MAX ? "none"
				    : "%" PRIu64
				      ", workers and helpers may need %" PRIu64,
	    processes, workers * 2 + 8);
}

/* --- the spool's file systems --- */

/* Two names and an open folder to try things with. */
struct ground {
	int folder;
	char one[64], two[64];
};

static int try_rename(const struct ground *g)
{
	int fd = openat(g->folder, g->one, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = 0;

	if (fd == -1)
		return errno;
	if (renameat2(g->folder, g->one, g->folder, g->two, RENAME_NOREPLACE) == -1)
		err = errno;
	(void)close(fd);
	return err;
}

static int try_fsync(const struct ground *g)
{
	int fd = openat(g->folder, g->two, O_RDWR | O_CLOEXEC);
	int err = fd == -1 || fsync(fd) == -1 || fsync(g->folder) == -1 ? errno : 0;

	if (fd != -1)
		(void)close(fd);
	return err;
}

/* Some file systems grant a lease that says nothing: ENOTSUP. */
static int doctor_host_try_lease(const struct ground *g)
{
	int fd = openat(g->folder, g->two, O_RDONLY | O_CLOEXEC);
	int err = fd == -1 ? errno : 0;

	if (fd != -1 && lease_ask(fd) != LEASE_FREE)
		err = ENOTSUP;
	if (fd != -1)
		(void)close(fd);
	return err;
}

static int try_tmpfile(const struct ground *g)
{
	int fd = openat(g->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno;
	(void)close(fd);
	return 0;
}

static const struct {
	const char *what;
	int (*attempt)(const struct ground *);
	enum doctor_state without; /* how bad it is when it cannot be done */
	const char *then;          /* what that means */
} trials[] = {
	{ "rename", try_rename, DOCTOR_OPEN, "the service cannot run here" },
	{ "fsync", try_fsync, DOCTOR_OPEN, "a loss of power can lose messages" },
	{ "lease", doctor_host_try_lease, DOCTOR_WARN,
	    "files are taken when they rest (intake.settle)" },
	{ "O_TMPFILE", try_tmpfile, DOCTOR_WARN,
	    "convert makes results under a temporary name" },
};

static void say_space(
    struct doctor *d, const struct config *config, int folder, const char *path)
{
	struct statvfs v;
	char free_now[UNITS_TEXT];

	if (fstatvfs(folder, &v) == -1)
		return;
	uint64_t bytes = v.f_bavail * v.f_frsize;
	/* Some file systems have no fixed number of inodes and say 0. */
	bool inodes = v.f_files == 0 || v.f_favail >= config->intake.min_inodes;
	bool enough = bytes >= config->intake.min_free && inodes;
	units_format(UNITS_SIZE, bytes >> 20 << 20, free_now);
	doctor_say(d, enough ? DOCTOR_OK : DOCTOR_WARN, "spool", "free space",
	    "%s: %s and %" PRIu64 " inodes%s", path, free_now, (uint64_t)v.f_favail,
	    enough ? "" : ": no message is taken (intake.min_free, intake.min_inodes)");
}

static void doctor_host_try_folder(
    struct doctor *d, const struct config *config, const char *path)
{
	struct ground g = { .folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	const char *file_system;

	if (g.folder == -1) {
		doctor_say(d, errno == ENOENT ? DOCTOR_WARN : DOCTOR_OPEN, "spool",
		    "open", "%s: %s%s", path, strerror(errno),
		    errno == ENOENT ? ", it is made at the first start" : "");
		return;
	}
	(void)snprintf(g.one, sizeof g.one, ".doctor.%ld.one", (long)getpid());
	(void)snprintf(g.two, sizeof g.two, ".doctor.%ld.two", (long)getpid());
	(void)lease_tells(g.folder, &file_system);
	for (size_t i = 0; i < sizeof trials / sizeof trials[0]; i++) {
		int err = trials[i].attempt(&g);
		if (err)
			doctor_say(d, trials[i].without, "spool", trials[i].what,
			    "%s (%s): %s: %s", path, file_system, strerror(err),
			    trials[i].then);
		else
			doctor_say(
			    d, DOCTOR_OK, "spool", trials[i].what, "%s: works", path);
	}
	(void)unlinkat(g.folder, g.one, 0);
	(void)unlinkat(g.folder, g.two, 0);
	say_space(d, config, g.folder, path);
	(void)close(g.folder);
}

void doctor_spool(struct doctor *d, const struct config *config)
{
	const char *const folders[] = { config->spool, config->folders.incoming,
		config->folders.outgoing, config->folders.dead, config->folders.reports };

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		if (folders[i])
			doctor_host_try_folder(d, config, folders[i]);
}

/* --- HTTP --- */

void doctor_http(struct doctor *d, const struct config *config)
{
	char path[PATH_MAX];

	if (gateway_can_run(config, path))
		doctor_say(
		    d, DOCTOR_OK, "host", "HTTP", "%s", *path ? path : "not asked for");
	else
		doctor_say(d, DOCTOR_WARN, "host", "HTTP",
		    "%s: %s: the service goes without", path, strerror(errno));
}

/* --- cores --- */

void doctor_cores(struct doctor *d)
{
	char line[256] = "unknown";
	FILE *f = fopen("/proc/sys/kernel/core_pattern", "re");

	if (f) {
		if (!fgets(line, sizeof line, f))
			(void)snprintf(line, sizeof line, "unknown");
		(void)fclose(f);
	}
	line[strcspn(line, "\n")] = '\0';
	/* A program gets cores whatever RLIMIT_CORE says, but never of a process that is
	 * not dumpable, as workers are: core(5). */
	doctor_say(d, DOCTOR_OK, "host", "core_pattern",
	    "%s; workers, which hold mail, leave no cores", line);
}

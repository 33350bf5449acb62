/* SPDX-License-Identifier: ISC */
#include "base/usage.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

clockid_t usage_clock(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? clock : CLOCK_REALTIME;
}

uint64_t usage_cpu_ms(clockid_t clock)
{
	struct timespec t;

	if (clock == CLOCK_REALTIME || clock_gettime(clock, &t) == -1)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t usage_resident(pid_t pid)
{
	char path[40], line[128], *rest = line;
	uint64_t pages = 0;

	(void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(line, sizeof line, f)) {
		(void)strtoull(rest, &rest, 10); /* size, then resident: proc(5) */
		pages = strtoull(rest, NULL, 10);
	}
	(void)fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void usage_limit_cpu(pid_t pid, uint64_t total_ms)
{
	struct rlimit r;
	rlim_t soft = (total_ms + 999) / 1000;

	/* Only the soft limit: a hard one could not be raised again. Where this is not
	 * allowed the supervisor's own look at the clock remains. */
	if (prlimit(pid, RLIMIT_CPU, NULL, &r) == -1)
		return;
	r.rlim_cur = r.rlim_max != RLIM_INFINITY && soft > r.rlim_max ? r.rlim_max : soft;
	(void)prlimit(pid, RLIMIT_CPU, &r, NULL);
}

/* The soft limit, at most the hard one. */
static bool usage_limit(pid_t pid, int what, uint64_t bytes)
{
	struct rlimit r;

	if (prlimit(pid, what, NULL, &r) == -1)
		return false;
	r.rlim_cur =
	    r.rlim_max != RLIM_INFINITY && bytes > r.rlim_max ? r.rlim_max : bytes;
	return prlimit(pid, what, &r, NULL) == 0;
}

bool usage_limit_file(pid_t pid, uint64_t bytes)
{
	return usage_limit(pid, RLIMIT_FSIZE, bytes);
}

bool usage_limit_memory(pid_t pid, uint64_t bytes)
{
	return usage_limit(pid, RLIMIT_DATA, bytes);
}

/* Our cgroup's folder: the line "0::/path" of /proc/self/cgroup. */
static FILE *open_events(void)
{
	char line[PATH_MAX], path[PATH_MAX + 64];
	FILE *f = fopen("/proc/self/cgroup", "re"), *events = NULL;

	if (!f)
		return NULL;
	while (!events && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "0::", 3) != 0)
			continue;
		(void)snprintf(
		    path, sizeof path, "/sys/fs/cgroup%s/memory.events", line + 3);
		events = fopen(path, "re");
	}
	(void)fclose(f);
	return events;
}

uint64_t usage_oom_kills(void)
{
	static const char key[] = "oom_kill ";
	char line[128];
	uint64_t n = 0;
	FILE *f = open_events();

	if (!f)
		return 0;
	while (fgets(line, sizeof line, f))
		if (strncmp(line, key, sizeof key - 1) == 0)
			n = strtoull(line + sizeof key - 1, NULL, 10);
	(void)fclose(f);
	return n;
}

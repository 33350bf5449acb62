/* SPDX-License-Identifier: ISC */
#include "base/cgroup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct each {
	const char *sys;
	cgroup_fn *fn;
	void *arg;
};

static void cgroup_climb(const struct each *e, enum cgroup_version version,
    const char *mounted, const char *group)
{
	char path[PATH_MAX];
	int base =
	    snprintf(path, sizeof path, "%s%s%s", e->sys, *mounted ? "/" : "", mounted);

	if (base < 0 || (size_t)base >= sizeof path ||
	    (size_t)snprintf(path + base, sizeof path - (size_t)base, "%s", group) >=
		sizeof path - (size_t)base)
		return;
	for (;;) {
		e->fn(e->arg, version, path);
		char *slash = strrchr(path + base, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

/* Is word one of a list with commas between? */
static bool cgroup_lists(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	}
	return false;
}

/* "0::/group" and "4:cpu,cpuacct:/group". Version 2 is mounted alone or beside version 1;
 * version 1 by the controller's name or by that of the whole list. */
static void each_of_line(const struct each *e, char *line, const char *controller)
{
	char *names = strchr(line, ':');
	char *group = names ? strchr(names + 1, ':') : NULL;

	if (!group)
		return;
	*group++ = '\0';
	names++;
	if (*names == '\0') {
		cgroup_climb(e, CGROUP_V2, "", group);
		cgroup_climb(e, CGROUP_V2, "unified", group);
	} else if (cgroup_lists(names, controller)) {
		cgroup_climb(e, CGROUP_V1, controller, group);
		if (strcmp(names, controller) != 0)
			cgroup_climb(e, CGROUP_V1, names, group);
	}
}

void cgroup_each(
    const char *proc, const char *sys, const char *controller, cgroup_fn *fn, void *arg)
{
	struct each e = { sys, fn, arg };
	char path[PATH_MAX], line[PATH_MAX];

	(void)snprintf(path, sizeof path, "%s/cgroup", proc);
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		each_of_line(&e, line, controller);
	}
	(void)fclose(f);
}

bool cgroup_line(const char *folder, const char *name, char line[CGROUP_LINE])
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return false;
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	bool ok = fgets(line, CGROUP_LINE, f) != NULL;
	(void)fclose(f);
	return ok;
}

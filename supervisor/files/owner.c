/* SPDX-License-Identifier: ISC */
#include "files/owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A number that is not the one for "as it falls". */
static bool is_number(const char *text, unsigned long *n)
{
	char *end;

	*n = strtoul(text, &end, 10);
	return *end == '\0' && *n < UINT32_MAX;
}

/* CAP_CHOWN, as root has it, but not in each container. */
static bool may_give_all(void)
{
	enum { CAP_CHOWN_BIT = 0 };
	char line[128];
	unsigned long long bits = 0;
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return geteuid() == 0;
	while (fgets(line, sizeof line, f))
		if (strncmp(line, "CapEff:", 7) == 0)
			bits = strtoull(line + 7, NULL, 16);
	(void)fclose(f);
	return bits >> CAP_CHOWN_BIT & 1;
}

bool owner_may_give(gid_t group)
{
	gid_t groups[1024];

	if (group == (gid_t)-1 || group == getegid() || may_give_all())
		return true;
	int n = getgroups((int)(sizeof groups / sizeof groups[0]), groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == group)
			return true;
	return false;
}

bool owner_find(const struct config *c, uid_t *owner, gid_t *group, const char **key,
    const char **value)
{
	unsigned long n = 0;

	*owner = (uid_t)-1;
	*group = (gid_t)-1;
	*key = "files.owner";
	*value = c->files.owner;
	if (*value && **value) {
		const struct passwd *pw = getpwnam(*value);
		if (!pw && !is_number(*value, &n))
			return false;
		*owner = pw ? pw->pw_uid : (uid_t)n;
	}
	*key = "files.group";
	*value = c->files.group;
	if (*value && **value) {
		const struct group *gr = getgrnam(*value);
		if (!gr && !is_number(*value, &n))
			return false;
		*group = gr ? gr->gr_gid : (gid_t)n;
	}
	return true;
}

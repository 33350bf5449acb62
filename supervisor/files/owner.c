/* SPDX-License-Identifier: ISC */
#include "files/owner.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>

/* A number that is not the one for "as it falls". */
static bool is_number(const char *text, unsigned long *n)
{
	char *end;

	*n = strtoul(text, &end, 10);
	return *end == '\0' && *n < UINT32_MAX;
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

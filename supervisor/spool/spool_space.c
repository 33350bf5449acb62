/* SPDX-License-Identifier: ISC */
/* How much is free on the volumes of a spool. */
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "spool/spool_internal.h"

enum { VOLUMES_MAX = 5 };

/* All that is written to, by the names for people. */
static void spool_volumes_list(
    const struct spool *s, int folders[VOLUMES_MAX], const char *names[VOLUMES_MAX])
{
	const int fds[] = { s->places.active, s->near_tmp, s->places.outgoing,
		s->places.dead, s->places.reports };
	static const char *const words[] = { "spool", "tmp", "outgoing", "dead",
		"reports" };

	memcpy(folders, fds, sizeof fds);
	memcpy(names, words, sizeof words);
}

static bool spool_free(int folder, uint64_t *bytes, uint64_t *inodes)
{
	struct statvfs v;

	if (fstatvfs(folder, &v) == -1)
		return false;
	*bytes = (uint64_t)v.f_bavail * v.f_frsize;
	/* No count of inodes: there is no limit (btrfs, many network ones). */
	*inodes = v.f_files > 0 ? v.f_favail : UINT64_MAX;
	return true;
}

bool spool_space(const struct spool *s, uint64_t *bytes, uint64_t *inodes)
{
	int folders[VOLUMES_MAX];
	const char *names[VOLUMES_MAX];

	spool_volumes_list(s, folders, names);
	*bytes = *inodes = UINT64_MAX;
	for (size_t i = 0; i < VOLUMES_MAX; i++) {
		uint64_t b, n;
		if (!spool_free(folders[i], &b, &n))
			return false;
		*bytes = b < *bytes ? b : *bytes;
		*inodes = n < *inodes ? n : *inodes;
	}
	return true;
}

void spool_volumes(
    const struct spool *s, void (*each)(const char *folder, uint64_t bytes))
{
	int folders[VOLUMES_MAX];
	const char *names[VOLUMES_MAX];
	dev_t seen[VOLUMES_MAX];
	size_t n = 0;

	spool_volumes_list(s, folders, names);
	for (size_t i = 0; i < VOLUMES_MAX; i++) {
		struct stat st;
		uint64_t bytes, inodes;
		bool known = fstat(folders[i], &st) == -1;
		for (size_t k = 0; k < n && !known; k++)
			known = seen[k] == st.st_dev;
		if (known || !spool_free(folders[i], &bytes, &inodes))
			continue;
		seen[n++] = st.st_dev;
		each(names[i], bytes);
	}
}

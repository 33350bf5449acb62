/* SPDX-License-Identifier: ISC */
#include "door/door_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unconst.h"
#include "config/roles.h"
#include "door/door_wire.h"
#include "files/copy.h"
#include "files/naming.h"
#include "files/results.h"

void door_letter_name(const struct door_letter *l, char to[NAME_SIZE])
{
	static char none[] = "";
	char safe[NAME_SIZE];

	naming_safe(l->name, safe);
	name_letter(&(struct claim){ .id = l->id, .name = safe, .sub = none }, to);
}

/* Root files it for whose folder it is: the service must be able to read it. */
static bool letter_dress(int fd, int folder)
{
	struct stat st;

	if (fchmod(fd, 0600) == -1)
		return false;
	return geteuid() != 0 ||
	       (fstat(folder, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) == 0);
}

/* The report, or the message. */
static bool letter_put_one(
    struct results *dead, const struct door_letter *l, const char *name, bool report)
{
	struct result r = { .fd = -1 };
	bool ok = false;

	if (!result_begin(dead, &r))
		return false;
	if (report)
		ok = write(r.fd, l->report, l->report_bytes) == (ssize_t)l->report_bytes;
	else
		ok = copy_range(l->input, 0, l->bytes, r.fd);
	ok = ok && letter_dress(r.fd, results_root(dead)) && fsync(r.fd) == 0 &&
	     result_publish(&r, "", name, false, true);
	int saved = errno;
	result_end(&r);
	errno = saved;
	return ok;
}

static bool letter_put(int folder, const struct door_letter *l, bool both)
{
	char letter[NAME_SIZE], report[NAME_SIZE];
	struct results *dead = results_open(folder);

	if (!dead)
		return false;
	door_letter_name(l, letter);
	(void)snprintf(report, sizeof report, "%016" PRIx64 ".json", l->id);
	bool ok = letter_put_one(dead, l, report, true);
	if (ok && both && !letter_put_one(dead, l, letter, false)) {
		int saved = errno;
		(void)unlinkat(folder, report, 0);
		errno = saved;
		ok = false;
	}
	int saved = errno;
	results_close(dead);
	errno = saved;
	return ok;
}

bool door_letter_put(int folder, const struct door_letter *l)
{
	return letter_put(folder, l, true);
}

bool door_letter_put_report(int folder, const struct door_letter *l)
{
	return letter_put(folder, l, false);
}

/* --- the role --- */

static int keeper_keep(struct door_letter *l)
{
	enum { REPORT_MAX = 1 << 20 };
	uint64_t n = 0;

	if (!door_is_input(KEEPER_MESSAGE, &l->bytes) ||
	    !door_is_input(KEEPER_REPORT, &n) || n == 0 || n > REPORT_MAX)
		return EINVAL;
	char *report = malloc(n);
	if (!report)
		return ENOMEM;
	l->input = KEEPER_MESSAGE;
	l->report = report;
	l->report_bytes = n;
	errno = EIO;
	int error = pread(KEEPER_REPORT, report, n, 0) == (ssize_t)n &&
			    door_letter_put(KEEPER_FOLDER, l)
			? 0
			: errno;
	free(report);
	return error;
}

int keeper_main(int argc, char **argv)
{
	char *end = NULL;
	uint64_t id = argc == 3 ? strtoull(argv[1], &end, 16) : 0;

	if (id == 0 || *end || fcntl(KEEPER_FOLDER, F_GETFD) == -1) {
		(void)fputs("keeper: started by the supervisor only\n", stderr);
		return EXIT_FAILURE;
	}
	program_ignore_signals();
	/* A disk that does not answer keeps nobody for ever. */
	(void)alarm(KEEPER_MOST_S);
	return keeper_keep(&(struct door_letter){ .id = id, .name = argv[2] });
}

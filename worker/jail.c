#include "jail.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/channel.h"

enum {
	FIRST_FREE = CHANNEL_BLACKBOX + 1,
	SLACK = 3, /* descriptors beyond the channel's and an order's */
	/* Address space is a net behind the limit on data: shared libraries, the
	   stack's reserve and file mappings come on top. */
	ADDRESS_SPACE_FACTOR = 4,
};

bool jail_read(struct jail *jail, int argc, char **argv)
{
	const struct {
		const char *key;
		uint64_t *to;
	} keys[] = {
		{ "memory=", &jail->memory },
		{ "output=", &jail->output },
		{ "stack=", &jail->stack },
		{ "parent=", &jail->parent },
	};

	*jail = (struct jail){ 0 };
	for (int i = 1; i < argc; i++) {
		bool known = false;
		for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
			size_t n = strlen(keys[k].key);
			if (strncmp(argv[i], keys[k].key, n) != 0)
				continue;
			const char *digits = argv[i] + n;
			char *end;
			errno = 0;
			*keys[k].to = strtoull(digits, &end, 10);
			known = digits[0] >= '0' && digits[0] <= '9' && *end == '\0' &&
				errno == 0;
		}
		if (!known)
			return false;
	}
	return true;
}

static bool limit(int resource, uint64_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return false;
	if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max)
		most = now.rlim_max; /* a stricter one is in force already */
	struct rlimit want = { .rlim_cur = most, .rlim_max = most };
	return setrlimit(resource, &want) == 0;
}

static bool set_limits(const struct jail *jail)
{
	/* A sanitizer's shadow is terabytes of address space, its leak check a clone. */
#ifndef BULKHEAD_SANITIZE
	if (jail->memory &&
	    (!limit(RLIMIT_DATA, jail->memory) ||
		!limit(RLIMIT_AS, jail->memory > UINT64_MAX / ADDRESS_SPACE_FACTOR
				      ? RLIM_INFINITY
				      : jail->memory * ADDRESS_SPACE_FACTOR)))
		return false;
	if (!limit(RLIMIT_NPROC, 0))
		return false;
#endif
	if (jail->stack && !limit(RLIMIT_STACK, jail->stack))
		return false;
	/* Over its limit a write says EFBIG, which the black box tells, no signal. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return false;
	if (jail->output && !limit(RLIMIT_FSIZE, jail->output))
		return false;
	return limit(RLIMIT_NOFILE, FIRST_FREE + CHANNEL_PASSED + SLACK) &&
	       limit(RLIMIT_CORE, 0) && limit(RLIMIT_MEMLOCK, 0);
}

bool jail_enter(const struct jail *jail, const char **what)
{
	*what = "closing what was inherited";
	if (close_range(FIRST_FREE, ~0U, 0) == -1)
		return false;
	*what = "dying with the supervisor";
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return false;
	/* It may have died before the line above. */
	if (jail->parent && (uint64_t)getppid() != jail->parent) {
		errno = ESRCH;
		return false;
	}
#ifndef BULKHEAD_SANITIZE /* the leak check traces its own process */
	*what = "hiding from debuggers";
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		return false;
#endif
	*what = "setting limits";
	if (!set_limits(jail))
		return false;
	*what = "giving up privileges";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return false;
	*what = "leaving the working directory";
	if (chdir("/") == -1)
		return false;
	(void)umask(077);
	return true; /* the filters of system calls and paths come here, as the last */
}

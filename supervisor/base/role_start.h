/* SPDX-License-Identifier: ISC */
#ifndef ROLE_START_H
#define ROLE_START_H

#include <sys/types.h>

enum { ROLE_FIRST_FD = 3 };

/*
 * Start this very program again in another of its roles: argv[1] is the verb. It gets
 * default signals, none blocked, our standard descriptors, and fds[i] as number
 * ROLE_FIRST_FD + i; nothing else of ours. Closes none of them.
 *
 * 0 or an errno value; *pid is 0 then.
 */
int role_start(pid_t *pid, char *const argv[], const int *fds, int count)
    __attribute__((warn_unused_result));

/* For the role itself, at its begin: whoever asks the service to stop, or a terminal's
 * keys, mean the supervisor alone, which still needs its helpers to finish. */
void role_ignore_signals(void);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Starts every process of ours: workers, unwinders, and this very program in another of
 * its roles. It gets default signals, none blocked, whatever we had set (PID 1 and shells
 * leave signals ignored or blocked), our standard descriptors unless others are given,
 * and nothing else of ours.
 */
struct program {
	const char *path;
	char *const *argv;
	char *const *environment; /* NULL: ours */
	bool group;               /* a process group of its own */
	const struct program_fd {
		int fd; /* -1: /dev/null */
		int as; /* its number there, below PROGRAM_FDS */
	} * fds;
	size_t count;
};

enum { PROGRAM_FDS = 32, PROGRAM_FIRST_FD = 3 };

/* 0 or an errno value; *pid is 0 then. Closes none of the descriptors. */
int program_start(pid_t *pid, const struct program *) __attribute__((warn_unused_result));

/* This program again, in the role of argv[1]: fds[i] is its descriptor
 * PROGRAM_FIRST_FD + i. */
int program_start_role(pid_t *pid, char *const argv[], const int *fds, size_t count)
    __attribute__((warn_unused_result));

/* Until a child has ended, and no longer than to the moment until_ms of clock_ms(): one
 * that hangs in the kernel must not keep us, init gets it. False: it has not ended. */
bool program_wait(pid_t pid, uint64_t until_ms);

/* For the role itself, at its begin: whoever asks the service to stop, or a terminal's
 * keys, mean the supervisor alone, which still needs its helpers to finish. */
void program_ignore_signals(void);

#endif

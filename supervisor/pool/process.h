/* SPDX-License-Identifier: ISC */
#ifndef PROCESS_H
#define PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct config;
struct zygote;

/*
 * Starts the process of one worker: its descriptors by number (proto/channel.h),
 * a small environment, default signals, a process group of its own. Knows
 * nothing of what is said on the descriptors.
 */
struct process {
	pid_t pid;               /* 0: none */
	int orders;              /* socket, for sending only; -1 once closed */
	int answers;             /* pipe to read from, non-blocking */
	int stderr_pipe;         /* pipe from its standard error, non-blocking */
	void *box;               /* its black box, mapped read-only */
	uint64_t memory, output; /* limits that it was started with, bytes */
};

enum { PROCESS_WHY = 512 };

/* A worker's side of its channel. */
struct process_ends {
	int orders, answers, stderr_pipe, box;
};

/* trial: not to serve but to try this in its jail (worker/trial.h), behind the layers
 * that mode names ("require", "prefer", "off", "paths"); NULL: to serve, behind those of
 * the configuration. False: why says what failed. The caller ends a started one with
 * process_close, and reaps it. */
bool process_start(const struct config *, struct process *, const char *mode,
    const char *trial, char why[PROCESS_WHY]) __attribute__((warn_unused_result));

/* The same for one that is to serve, as a copy of a zygote where that can be had. */
bool process_copy(const struct config *, struct process *, struct zygote *, uint64_t now,
    char why[PROCESS_WHY]) __attribute__((warn_unused_result));

/* Closes and unmaps; does not touch the process. May be called twice. */
void process_close(struct process *);

/* process_run.c */

/* Only run the worker's program under this name with these ends (-1: none). 0 or an errno
 * value. */
int process_run(const struct config *, const char *called, const char *mode,
    const char *trial, const struct process_ends *, pid_t *);

/* The path of one of our programs: beside our own, else the installed one. */
const char *process_program(const char *name, char path[PATH_MAX]);

/* The path of the worker's program: the configured one, else ours. */
const char *process_worker(const struct config *, char path[PATH_MAX]);

#endif

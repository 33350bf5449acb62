/* SPDX-License-Identifier: ISC */
#ifndef AUTOPSY_H
#define AUTOPSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/verdict.h"
#include "proto/blackbox.h"

/*
 * What is known of a worker's end: what we saw (wait status, usage, our own
 * kill), and what the black box and its last frame say. The black box is hostile
 * bytes: autopsy_read checks every count and text, and what does not fit is left out.
 */
enum killed {
	KILLED_NOT,
	KILLED_TOTAL,
	KILLED_SILENCE,
	KILLED_CPU,
	KILLED_VIOLATION,
	KILLED_STOP
};

enum { AUTOPSY_BUILD_SIZE = 41 };

struct autopsy {
	/* Ours. */
	long pid;
	uint64_t worker;                /* its number since the service started, from 1 */
	uint64_t served;                /* messages it had ended before this one */
	uint64_t before;                /* the last of them, 0 none */
	char build[AUTOPSY_BUILD_SIZE]; /* its program's build id, before its first
					   message; "" none */
	enum killed killed;
	const char *violation; /* static text, for KILLED_VIOLATION */
	uint64_t limit_ms;     /* the limit that was reached, for a timeout */
	uint64_t granted_ms;   /* the limit as it was for this message, with allowance and
				  credits */
	bool reaped;           /* wait_status and usage are known */
	int wait_status;
	struct rusage usage;
	uint64_t elapsed_ms, cpu_ms,
	    peak_rss;         /* of this order; peak_rss of the process, bytes */
	uint64_t output_most; /* bytes that output and scratch might have */
	bool output_full;     /* one of them had reached that */
	bool files_limited;   /* this machine lets files grow less than the limit does */
	uint64_t written;     /* bytes of the disk that they have */
	bool oom_killed;      /* the kernel's count of out-of-memory kills here rose */
	char *stderr_tail;    /* tail of its standard error, NUL-terminated, owned */
	size_t stderr_length;
	/* Its box with the table of modules that it had before its first message, for
	 * the unwinder; owned. NULL: no stack was left. */
	struct blackbox *remains;

	/* Its own words, checked. */
	uint32_t signal; /* from the fault, else from the wait status, 0 none */
	int32_t code;
	uint64_t address, pc;
	uint64_t memory_asked; /* 0: no allocation failed */
	uint32_t output_errno;
	uint32_t crumb_count; /* in crumbs, oldest first */
	struct blackbox_crumb crumbs[BLACKBOX_CRUMBS];
	char pc_module[sizeof((struct blackbox_module *)0)->name + 1]; /* "" unknown */
	char pc_build_id[AUTOPSY_BUILD_SIZE];
	uint64_t pc_offset; /* pc relative to the module's file */
};

/* Fill in the second half, once the first half is known, from a copy of the black box;
 * job: the one in hand. A box of another job, magic or size is ignored (returns
 * false): then signal comes from the wait status alone. */
bool autopsy_read(struct autopsy *, const void *box, size_t n, uint64_t job);

/* A module's build id in hex. */
void autopsy_build_id(const struct blackbox_module *, char to[AUTOPSY_BUILD_SIZE]);

/* The verdict that follows from all of it. Never DONE, PASSED or REFUSED. */
enum verdict autopsy_verdict(const struct autopsy *);

/* The system call that the sandbox trapped, "ptrace" or "call 999" in a static buffer;
 * NULL: it was not that. */
const char *autopsy_call(const struct autopsy *);

/* "SIGSEGV", or "signal 77" in a static buffer. */
const char *autopsy_signal_name(uint32_t signal);

/* It was asked where it was, and answered: its signal tells of no fault. */
bool autopsy_was_asked(const struct autopsy *);

/* Where the processor signs return addresses (pointer authentication, Arm ARM DDI 0487,
 * D8.10), the signature stands in the bits above an address: taken off, in the copy of a
 * box, from every word of the stack and register that points into a module then. */
void autopsy_unsign(struct blackbox *);

void autopsy_clear(struct autopsy *); /* frees what it owns */

#endif

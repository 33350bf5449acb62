/* SPDX-License-Identifier: ISC */
#ifndef CALLS_H
#define CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The system calls that a worker may still make, as one table, and as a program for the
 * kernel (seccomp). What is in no row is trapped: SIGSYS tells of it. The numbers of
 * another architecture's calls (x32 among them) mean others: death at once.
 *
 * libseccomp makes the same of the same rows, but takes 0.9 ms for it at each start of a
 * worker, with 27 page faults in its tree of rules and ten calls to ask what the kernel
 * can do, and is one more library to load. tests/unit/worker/test_calls.c holds this
 * program against the library's, call by call and bit by bit.
 */
struct sock_filter;

enum { CALLS_ARGUMENTS = 2, CALLS_INSTRUCTIONS = 512 };

/*
 * The kernel compiles a program each time it is loaded, 0.1 ms for this one. A zygote
 * loads most of it once: all that a worker may call, and what it takes to make one. Its
 * copies inherit that, and load a short one that takes the rest away again. Of two
 * programs the kernel heeds the stricter answer.
 */
enum calls_set {
	CALLS_OF_WORKER,
	CALLS_OF_ZYGOTE, /* of a worker and of calls_making */
	CALLS_OF_COPY,   /* forbids of calls_making what no worker may */
};

struct calls_row {
	uint32_t call;
	enum calls_answer {
		CALLS_ALLOWED,
		CALLS_REFUSED, /* EACCES: what libraries try now and then and can do
				  without */
		CALLS_TRAPPED, /* as all that is in no row */
	} answer;
	struct calls_argument {
		unsigned number;
		uint64_t looked_at; /* its bits, others are not; 0: it is none */
		uint64_t is; /* what they must be; CALLS_OWN: the process's number */
	} arguments[CALLS_ARGUMENTS];
};
/* No process has this number (Linux has at most 2^22). */
#define CALLS_OWN UINT64_C(0x7ffffff1)

extern const struct calls_row calls_rows[], calls_making[];
extern const size_t calls_count, calls_making_count;

/* How many arguments of a call are looked at. */
unsigned calls_arguments(const struct calls_row *);

/* Into room for CALLS_INSTRUCTIONS; how many it has. own: the number of the process that
 * will load it. */
size_t calls_program(struct sock_filter *to, enum calls_set, pid_t own);

#endif

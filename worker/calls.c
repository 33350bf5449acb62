/* SPDX-License-Identifier: ISC */
#include "calls.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "proto/channel.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08 /* Linux 6.11, include/uapi/linux/mman.h */
#endif

#define ALLOW(name) .call = SYS_##name, .answer = CALLS_ALLOWED
#define REFUSE(name) .call = SYS_##name, .answer = CALLS_REFUSED
/* Which bits are looked at: all others than these, which change nothing for others. */
#define BUT(bits) (~(uint64_t)(bits))
#define WHOLE BUT(0)
#define DATA_ONLY 2, BUT(PROT_READ | PROT_WRITE), 0
#define MAPPING(flags) 3, BUT(MAP_NORESERVE | MAP_STACK), (flags)
#define LOCKING(what) 1, BUT(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), (what)

/* A bit that is in no row, or that no kernel knows yet, is forbidden. Processors that
 * came later lack the first names of some calls. */
const struct calls_row calls_rows[] = {
	/* the order's descriptors */
	{ ALLOW(read) },
	{ ALLOW(pread64) },
	{ ALLOW(write) },
	{ ALLOW(writev) },
	{ ALLOW(pwrite64) },
	{ ALLOW(copy_file_range) },
	{ ALLOW(lseek) },
	{ ALLOW(fstat) },
	{ ALLOW(ftruncate) },
	{ ALLOW(fdatasync) },
	{ ALLOW(close) },
	/* memory; what may be done with it is below */
	{ ALLOW(brk) },
	{ ALLOW(munmap) },
	{ ALLOW(sched_yield) },
	/* time and randomness, where the vDSO has to ask */
	{ ALLOW(clock_gettime) },
	{ ALLOW(gettimeofday) },
	{ ALLOW(clock_nanosleep) },
	{ ALLOW(nanosleep) },
	{ ALLOW(restart_syscall) },
	{ ALLOW(getrandom) },
	/* the end, good or bad: abort, the handler of faults */
	{ ALLOW(rt_sigprocmask) },
	{ ALLOW(rt_sigreturn) },
	{ ALLOW(getpid) },
	{ ALLOW(getppid) },
	{ ALLOW(gettid) },
	{ ALLOW(exit) },
	{ ALLOW(exit_group) },

	/* memory of its own, never code, never a file, never locked, huge or growing by
	   itself */
	{ ALLOW(mmap),
	    .arguments = { { DATA_ONLY }, { MAPPING(MAP_PRIVATE | MAP_ANONYMOUS) } } },
	/* where glibc keeps the state of its random numbers */
	{ ALLOW(mmap),
	    .arguments = { { DATA_ONLY }, { MAPPING(MAP_DROPPABLE | MAP_ANONYMOUS) } } },
	{ ALLOW(mprotect), .arguments = { { DATA_ONLY } } },
	{ ALLOW(mremap), .arguments = { { 3, BUT(MREMAP_MAYMOVE), 0 } } },
	/* to give pages back; not to break, share or pin them */
	{ ALLOW(madvise), .arguments = { { 2, WHOLE, MADV_DONTNEED } } },
	{ ALLOW(madvise), .arguments = { { 2, WHOLE, MADV_FREE } } },
	/* locks that nobody else can hold */
	{ ALLOW(futex), .arguments = { { LOCKING(FUTEX_WAIT) } } },
	{ ALLOW(futex), .arguments = { { LOCKING(FUTEX_WAKE) } } },
	{ ALLOW(futex), .arguments = { { LOCKING(FUTEX_WAIT_BITSET) } } },
	{ ALLOW(futex), .arguments = { { LOCKING(FUTEX_WAKE_BITSET) } } },
	{ ALLOW(recvmsg), .arguments = { { 0, WHOLE, CHANNEL_ORDERS } } },
	{ ALLOW(close_range), .arguments = { { 2, WHOLE, 0 } } },
	{ ALLOW(tgkill), .arguments = { { 0, WHOLE, CALLS_OWN } } },
	/* its own limits: to read */
	{ ALLOW(prlimit64), .arguments = { { 0, WHOLE, 0 }, { 2, WHOLE, 0 } } },

	{ REFUSE(openat) },
	{ REFUSE(openat2) },
	{ REFUSE(newfstatat) },
	{ REFUSE(statx) },
	{ REFUSE(faccessat) },
	{ REFUSE(faccessat2) },
	{ REFUSE(readlinkat) },
	{ REFUSE(getcwd) },
	{ REFUSE(uname) },
	{ REFUSE(sysinfo) },
	{ REFUSE(sched_getaffinity) },
	{ REFUSE(ioctl) },
	{ REFUSE(fcntl) },
	{ REFUSE(socket) },
#ifdef SYS_open
	{ ALLOW(time) },
	{ REFUSE(open) },
	{ REFUSE(creat) },
	{ REFUSE(stat) },
	{ REFUSE(lstat) },
	{ REFUSE(access) },
	{ REFUSE(readlink) },
#endif
};
enum { ROWS = sizeof calls_rows / sizeof calls_rows[0] };
const size_t calls_count = ROWS;

/* A zygote and its copies until they are workers: zygote.c, jail.c, crash.c. */
const struct calls_row calls_making[] = {
	{ ALLOW(clone),
	    .arguments = { { 0, WHOLE, CLONE_PARENT | SIGCHLD }, { 1, WHOLE, 0 } } },
	{ ALLOW(sendto), .arguments = { { 0, WHOLE, CHANNEL_ORDERS } } },
	{ ALLOW(dup3) },
	{ ALLOW(setpgid), .arguments = { { 0, WHOLE, 0 }, { 1, WHOLE, 0 } } },
	{ ALLOW(prctl),
	    .arguments = { { 0, WHOLE, PR_SET_PDEATHSIG }, { 1, WHOLE, SIGKILL } } },
	{ ALLOW(prlimit64),
	    .arguments = { { 0, WHOLE, 0 }, { 1, WHOLE, RLIMIT_NPROC } } },
	{ ALLOW(mmap),
	    .arguments = { { 3, WHOLE, MAP_SHARED }, { 4, WHOLE, CHANNEL_BLACKBOX } } },
	{ ALLOW(landlock_create_ruleset) },
	{ ALLOW(landlock_restrict_self) },
	{ ALLOW(seccomp), .arguments = { { 0, WHOLE, SECCOMP_SET_MODE_FILTER } } },
	/* Each copy has a number of its own. */
	{ ALLOW(tgkill) },
};
enum { MAKING = sizeof calls_making / sizeof calls_making[0] };
const size_t calls_making_count = MAKING;

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "which architecture does the kernel tell of calls?"
#endif
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "halves of an argument");

unsigned calls_arguments(const struct calls_row *row)
{
	unsigned n = 0;

	while (n < CALLS_ARGUMENTS && row->arguments[n].looked_at)
		n++;
	return n;
}

/* --- the program: a tree, for the kernel walks it once for each call there is --- */

struct calls_maker {
	const struct calls_row *sorted[ROWS + MAKING];
	size_t rows;
	uint32_t others;                /* the answer for calls in none of them */
	struct calls_row taken[MAKING]; /* away again from a copy */
	struct sock_filter *code;
	size_t n;
	pid_t own;
};

static void calls_add(struct calls_maker *m, uint16_t code, uint32_t k, uint8_t no)
{
	assert(m->n < CALLS_INSTRUCTIONS);
	m->code[m->n++] = (struct sock_filter){ .code = code, .jf = no, .k = k };
}

static void calls_load(struct calls_maker *m, size_t offset)
{
	calls_add(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0);
}

static void calls_return(struct calls_maker *m, uint32_t what)
{
	calls_add(m, BPF_RET | BPF_K, what, 0);
}

static uint8_t calls_distance(const struct calls_maker *m, size_t from)
{
	size_t distance = m->n - from - 1;

	assert(distance <= UINT8_MAX);
	return (uint8_t)distance;
}

/* One half of an argument; the comparison is left to jump. Where it is. */
static size_t calls_compare(
    struct calls_maker *m, size_t offset, uint32_t looked_at, uint32_t is)
{
	calls_load(m, offset);
	if (looked_at != UINT32_MAX)
		calls_add(m, BPF_ALU | BPF_AND | BPF_K, looked_at, 0);
	calls_add(m, BPF_JMP | BPF_JEQ | BPF_K, is, 0);
	return m->n - 1;
}

/* It is this call: its arguments are left. */
static void calls_add_row(struct calls_maker *m, const struct calls_row *row)
{
	size_t jumps[2 * CALLS_ARGUMENTS], count = 0;

	for (unsigned i = 0; i < calls_arguments(row); i++) {
		const struct calls_argument *a = &row->arguments[i];
		uint64_t is = a->is == CALLS_OWN ? (uint64_t)m->own : a->is;
		size_t at =
		    offsetof(struct seccomp_data, args) + a->number * sizeof(uint64_t);
		jumps[count++] =
		    calls_compare(m, at, (uint32_t)a->looked_at, (uint32_t)is);
		jumps[count++] = calls_compare(m, at + sizeof(uint32_t),
		    (uint32_t)(a->looked_at >> 32), (uint32_t)(is >> 32));
	}
	calls_return(m, row->answer == CALLS_ALLOWED   ? SECCOMP_RET_ALLOW
			: row->answer == CALLS_REFUSED ? SECCOMP_RET_ERRNO | EACCES
						       : SECCOMP_RET_TRAP);
	while (count > 0) { /* to the next row */
		size_t from = jumps[--count];
		m->code[from].jf = calls_distance(m, from);
	}
}

/* The first row behind those of the same call. */
static size_t calls_behind(const struct calls_maker *m, size_t i)
{
	size_t end = i + 1;

	while (end < m->rows && m->sorted[end]->call == m->sorted[i]->call)
		end++;
	return end;
}

/* Rows from first up to end. */
static void calls_add_leaf(struct calls_maker *m, size_t first, size_t end)
{
	for (size_t i = first, next; i < end; i = next) {
		size_t from = m->n;
		calls_add(m, BPF_JMP | BPF_JEQ | BPF_K, m->sorted[i]->call, 0);
		next = calls_behind(m, i);
		for (size_t k = i; k < next; k++)
			calls_add_row(m, m->sorted[k]);
		if (calls_arguments(m->sorted[next - 1]) > 0)
			calls_return(m, SECCOMP_RET_TRAP);
		m->code[from].jf = calls_distance(m, from);
	}
	calls_return(m, m->others);
}

/* The same, in halves as long as there are many: its depth is that of the table. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void calls_add_tree(struct calls_maker *m, size_t first, size_t end)
{
	enum { FEW = 4 };
	size_t middle = calls_behind(m, first + (end - first) / 2 - 1);

	if (end - first <= FEW || middle >= end) {
		calls_add_leaf(m, first, end);
		return;
	}
	size_t from = m->n;
	calls_add(m, BPF_JMP | BPF_JGE | BPF_K, m->sorted[middle]->call, 0);
	calls_add_tree(m, first, middle);
	m->code[from].jt = calls_distance(m, from);
	calls_add_tree(m, middle, end);
}

/* By call, those of one with those first that look at arguments. */
static int calls_order(const void *a, const void *b)
{
	const struct calls_row *x = *(const struct calls_row *const *)a,
			       *y = *(const struct calls_row *const *)b;

	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (!x->arguments[0].looked_at != !y->arguments[0].looked_at)
		return x->arguments[0].looked_at ? -1 : 1;
	return (x > y) - (x < y);
}

static void calls_take_rows(
    struct calls_maker *m, const struct calls_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		m->sorted[m->rows++] = &rows[i];
}

/* Of each call in calls_making: what a worker may do with it, or nothing. */
static void calls_take_away(struct calls_maker *m)
{
	for (size_t i = 0; i < MAKING; i++) {
		const size_t before = m->rows;
		for (size_t k = 0; k < ROWS; k++)
			if (calls_rows[k].call == calls_making[i].call)
				m->sorted[m->rows++] = &calls_rows[k];
		m->taken[i] = (struct calls_row){ .call = calls_making[i].call,
			.answer = CALLS_TRAPPED };
		if (m->rows == before)
			m->sorted[m->rows++] = &m->taken[i];
	}
}

size_t calls_program(struct sock_filter *to, enum calls_set set, pid_t own)
{
	struct calls_maker m = { .code = to, .own = own, .others = SECCOMP_RET_TRAP };

	if (set == CALLS_OF_COPY) {
		m.others = SECCOMP_RET_ALLOW;
		calls_take_away(&m);
	} else {
		calls_take_rows(&m, calls_rows, ROWS);
		if (set == CALLS_OF_ZYGOTE)
			calls_take_rows(&m, calls_making, MAKING);
	}
	qsort(m.sorted, m.rows, sizeof m.sorted / (ROWS + MAKING), calls_order);
	if (set != CALLS_OF_COPY) { /* which are killed by the other program */
		calls_load(&m, offsetof(struct seccomp_data, arch));
		calls_add(&m, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0);
		to[m.n - 1].jt = 1;
		calls_return(&m, SECCOMP_RET_KILL_PROCESS);
	}
	calls_load(&m, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__ /* x32's have this bit; -1 is a call that a tracer took away */
	if (set != CALLS_OF_COPY) {
		calls_add(&m, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 2);
		calls_add(&m, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 0);
		to[m.n - 1].jt = 1;
		calls_return(&m, SECCOMP_RET_KILL_PROCESS);
	}
#endif
	calls_add_tree(&m, 0, m.rows);
	return m.n;
}

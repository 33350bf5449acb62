/* SPDX-License-Identifier: ISC */
#ifndef WORKER_H
#define WORKER_H

/*
 * A real worker process under a test: the supervisor's end of its channel.
 * One translation unit each; everything is static.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"
#include "proto/blackbox.h"
#include "proto/channel.h"
#include "proto/convert.pb-c.h"
#include "proto/frame.h"

struct worker {
	pid_t pid;
	int orders, answers, errors;
	struct blackbox *box;
	char output[64]; /* path of the last order's output, "" none */
	uint64_t job;
	int scratch;          /* of the last order; 0: none */
	struct timespec made; /* when it was */
};

#define WORKER "bulkhead-worker"
#define CHAOS "tests/chaos-worker"
enum { ARGUMENTS = 24, PATIENCE_MS = 20000 };

static inline const char *built(const char *program)
{
	static char path[4096];
	const char *dir = getenv("BULKHEAD_BUILD");
	(void)snprintf(path, sizeof path, "%s/%s", dir ? dir : ".", program);
	cr_assert_eq(access(path, X_OK), 0, "%s is not built", path);
	return path;
}

/* Before exec: these three become 3, 4 and 5, and the last standard error. */
static inline void place(const int from[4])
{
	static const int to[] = { CHANNEL_ORDERS, CHANNEL_ANSWERS, CHANNEL_BLACKBOX, 2 };
	int high[4];

	for (int i = 0; i < 4; i++)
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 40);
	for (int i = 0; i < 4; i++)
		if (dup2(high[i], to[i]) == -1)
			_exit(99);
	int null = open("/dev/null", O_RDWR);
	(void)dup2(null, 0);
	(void)dup2(null, 1);
}

/* arguments ends with NULL; its first is the program. */
static inline struct worker start(const char *const arguments[])
{
	struct worker w = { .output = "" };
	int orders[2], answers[2], errors[2];
	int box = memfd_create("blackbox", MFD_CLOEXEC);
	char *argv[ARGUMENTS] = { NULL };

	for (int i = 0, n = 0; arguments[i]; i++) {
		argv[n++] = strdup(arguments[i]);
		if (i == 0 && !kernel_filters()) /* what follows may say otherwise */
			argv[n++] = strdup("sandbox=prefer");
	}
	cr_assert_eq(ftruncate(box, sizeof(struct blackbox)), 0);
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders), 0);
	cr_assert_eq(pipe2(answers, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(errors, O_CLOEXEC), 0);
	w.pid = fork();
	cr_assert_neq(w.pid, -1);
	if (w.pid == 0) {
		place((int[]){ orders[1], answers[1], box, errors[1] });
		(void)execvp(argv[0], argv);
		_exit(98);
	}
	for (int i = 0; argv[i]; i++)
		free(argv[i]);
	(void)close(orders[1]);
	(void)close(answers[1]);
	(void)close(errors[1]);
	w.orders = orders[0];
	w.answers = answers[0];
	w.errors = errors[0];
	w.box = mmap(NULL, sizeof *w.box, PROT_READ, MAP_SHARED, box, 0);
	cr_assert_neq(w.box, MAP_FAILED);
	(void)close(box);
	return w;
}

static inline bool wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, PATIENCE_MS) == 1;
}

static inline size_t read_whole(int fd, void *to, size_t n)
{
	size_t got = 0;

	while (got < n) {
		cr_assert(wait_readable(fd), "the worker says nothing");
		ssize_t k = read(fd, (char *)to + got, n - got);
		cr_assert_geq(k, 0);
		if (k == 0)
			break;
		got += (size_t)k;
	}
	return got;
}

/* The next answer, NULL at the end. To be freed. */
static inline Bulkhead__Answer *next_answer(struct worker *w)
{
	uint8_t frame[FRAME_HEADER + FRAME_MAX];

	if (read_whole(w->answers, frame, FRAME_HEADER) == 0)
		return NULL;
	size_t n = frame_length(frame);
	cr_assert(n > 0 && n <= FRAME_MAX, "frame of %zu bytes", n);
	cr_assert_eq(read_whole(w->answers, frame, n), n);
	Bulkhead__Answer *r = bulkhead__answer__unpack(NULL, n, frame);
	cr_assert_not_null(r);
	return r;
}

/* The next answer that is no Progress must be of this kind. To be freed. */
static inline Bulkhead__Answer *expect_answer(
    struct worker *w, Bulkhead__Answer__KindCase kind)
{
	for (;;) {
		Bulkhead__Answer *r = next_answer(w);
		cr_assert_not_null(r, "the worker ended instead of saying %d", (int)kind);
		if (r->kind_case == BULKHEAD__ANSWER__KIND_PROGRESS &&
		    kind != r->kind_case) {
			bulkhead__answer__free_unpacked(r, NULL);
			continue;
		}
		cr_assert_eq(
		    r->kind_case, kind, "kind %d, not %d", (int)r->kind_case, (int)kind);
		cr_assert_eq(r->job, kind == BULKHEAD__ANSWER__KIND_READY ? 0 : w->job);
		return r;
	}
}

static inline void expect(struct worker *w, Bulkhead__Answer__KindCase kind)
{
	bulkhead__answer__free_unpacked(expect_answer(w, kind), NULL);
}

static inline struct worker start_ready(const char *program, const char *limits[])
{
	const char *arguments[ARGUMENTS] = { built(program) };
	char parent[32];
	int n = 1;

	for (int i = 0; limits && limits[i]; i++)
		arguments[n++] = limits[i];
	(void)snprintf(parent, sizeof parent, "parent=%ld", (long)getpid());
	arguments[n] = parent;
	struct worker w = start(arguments);
	expect(&w, BULKHEAD__ANSWER__KIND_READY);
	return w;
}

/* A packet with count descriptors. */
static inline void send_packet(
    struct worker *w, const void *p, size_t n, const int *fd, size_t count)
{
	union {
		struct cmsghdr align;
		char buffer[CMSG_SPACE(8 * sizeof(int))];
	} control = { .buffer = { 0 } };
	struct iovec part = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(h), fd, count * sizeof(int));
	}
	cr_assert_eq(sendmsg(w->orders, &m, MSG_NOSIGNAL), (ssize_t)n);
}

/* Order the conversion of these bytes; the output is a new file under /tmp. */
static inline void give(
    struct worker *w, const void *input, size_t n, const char *to, bool sync)
{
	static uint64_t jobs = 0x1122334455667700;
	uint8_t packet[CHANNEL_ORDER_MAX];
	Bulkhead__Order order = BULKHEAD__ORDER__INIT;
	int in = memfd_create("input", MFD_CLOEXEC), fd[CHANNEL_PASSED];
	char in_path[64];

	if (w->output[0])
		(void)unlink(w->output);
	(void)strcpy(w->output, "/tmp/bulkhead-test-XXXXXX");
	int made = mkstemp(w->output);
	cr_assert_neq(made, -1);
	(void)close(made);
	cr_assert_eq(write(in, input, n), (ssize_t)n);
	(void)snprintf(in_path, sizeof in_path, "/proc/self/fd/%d", in);
	fd[CHANNEL_INPUT] = open(in_path, O_RDONLY | O_CLOEXEC);
	fd[CHANNEL_OUTPUT] = open(w->output, O_WRONLY | O_CLOEXEC);
	fd[CHANNEL_SCRATCH] = memfd_create("scratch", MFD_CLOEXEC);
	if (w->scratch > 0)
		(void)close(w->scratch);
	w->scratch = fcntl(fd[CHANNEL_SCRATCH], F_DUPFD_CLOEXEC, 3);
	struct stat st;
	cr_assert_eq(fstat(w->scratch, &st), 0);
	w->made = st.st_mtim;
	w->job = ++jobs;
	order.job = w->job;
	order.to = (char *)(uintptr_t)to;
	order.output_max = 1 << 30;
	order.sync_from = sync;
	send_packet(w, packet, bulkhead__order__pack(&order, packet), fd, CHANNEL_PASSED);
	for (int i = 0; i < CHANNEL_PASSED; i++)
		(void)close(fd[i]);
	(void)close(in);
}

static inline void give_text(struct worker *w, const char *text)
{
	give(w, text, strlen(text), "mime", false);
}

/* Wait for its end, whatever it still says. */
static inline int end_of(struct worker *w)
{
	int status = 0;

	for (int waited = 0;; waited += 10) {
		pid_t p = waitpid(w->pid, &status, WNOHANG);
		cr_assert_neq(p, -1);
		if (p == w->pid)
			break;
		cr_assert(waited < PATIENCE_MS, "the worker does not end");
		(void)usleep(10000);
	}
	(void)close(w->orders);
	(void)close(w->answers);
	(void)close(w->errors);
	if (w->output[0])
		(void)unlink(w->output);
	return status;
}

static inline void retire(struct worker *w)
{
	(void)shutdown(w->orders, SHUT_RDWR);
	int status = end_of(w);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == CHANNEL_EXIT_RETIRED,
	    "wait status %x", (unsigned)status);
}

#define EXPECT_EXIT(w, code) \
	do { \
		int status_ = end_of(w); \
		cr_expect(WIFEXITED(status_) && WEXITSTATUS(status_) == (code), \
		    "wait status %x, not exit code %d", (unsigned)status_, (int)(code)); \
	} while (0)

#define EXPECT_SIGNAL(w, number) \
	do { \
		int status_ = end_of(w); \
		cr_expect(WIFSIGNALED(status_) && WTERMSIG(status_) == (number), \
		    "wait status %x, not signal %d", (unsigned)status_, (int)(number)); \
	} while (0)

#endif

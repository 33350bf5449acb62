/* SPDX-License-Identifier: ISC */
#include "log/log_out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/metrics.h"
#include "base/program.h"

enum {
	CLOSE_MS = 1000, /* of patience at the end */
	PAUSE_MS = 5,
	STUCK_TICKS = 5,     /* with bytes in the pipe: its reader may be stopped */
	PIPE_SIZE = 1 << 20, /* asked for: a line takes a page of it */
};

static struct {
	int fd;      /* what is written to */
	bool socket; /* send, or else write */
	bool shared; /* others write to this open file; it may block */
	bool middle; /* what was written last ended no line */
	bool torn;   /* and its rest is lost */
	char buffer[LOG_OUT_SIZE];
	size_t used;
	uint64_t lost;
	/* The process that writes. */
	pid_t writer; /* 0: none */
	int its[2];   /* its end of the pipe and what it has in hand, for the next; -1 */
	unsigned waiting; /* ticks with bytes in the pipe */
} out = { .fd = STDERR_FILENO, .shared = true, .its = { -1, -1 } };

/* So much of the buffer as is written at once: whole lines, and no more than a pipe takes
 * whole, so that lines of several processes never mix. */
static size_t log_out_portion(void)
{
	size_t n = out.used < PIPE_BUF ? out.used : PIPE_BUF;
	const char *end = memrchr(out.buffer, '\n', n);

	return end ? (size_t)(end - out.buffer) + 1 : n;
}

static ssize_t log_out_write(const char *bytes, size_t n)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };

	if (out.shared && (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))) {
		errno = p.revents ? EPIPE : EAGAIN;
		return -1;
	}
	if (out.socket)
		return send(out.fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(out.fd, bytes, n);
}

/* Standard error failed: nobody will read what waits for it. */
static void log_out_drop(void)
{
	for (const char *p = out.buffer, *end = p + out.used;
	     (p = memchr(p, '\n', (size_t)(end - p))); p++)
		log_out_lose(1);
	out.used = 0;
	out.torn = out.middle;
}

/* As far as it is taken at once. */
static void log_out_flush(void)
{
	while (out.used > 0) {
		if (out.torn && log_out_write("\n", 1) == 1)
			out.torn = false;
		ssize_t n = log_out_write(out.buffer, log_out_portion());
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0) {
			log_out_drop();
			return;
		}
		out.middle = out.buffer[n - 1] != '\n';
		out.used -= (size_t)n;
		memmove(out.buffer, out.buffer + n, out.used);
	}
}

bool log_out_put(const char *line, size_t n)
{
	if (n > sizeof out.buffer - out.used)
		log_out_flush();
	if (n > sizeof out.buffer - out.used)
		return false;
	memcpy(out.buffer + out.used, line, n);
	out.used += n;
	log_out_flush();
	return true;
}

uint64_t log_out_lost(void)
{
	return out.lost;
}

void log_out_lose(uint64_t lines)
{
	out.lost += lines;
	metric_add(METRIC_LOG_LOST, NULL, lines);
}

void log_out_told(uint64_t lines)
{
	out.lost -= lines;
}

/* ---- the process that writes ---- */

static bool writer_start(void)
{
	char *argv[] = { "bulkhead", "log", NULL };

	return program_start_role(&out.writer, argv, out.its, 2) == 0;
}

static void writer_forget(void)
{
	for (int i = 0; i < 2; i++) {
		if (out.its[i] != -1)
			(void)close(out.its[i]);
		out.its[i] = -1;
	}
}

/* All that a writer uses stays ours for the next one: no line is lost with it. The pipe
 * keeps what is put into it apart (O_DIRECT), so that a writer has whole lines in hand.
 */
static bool writer_begin(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_DIRECT) == -1)
		return false;
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE); /* else it holds less */
	out.its[0] = ends[0];
	out.its[1] = memfd_create("bulkhead-log", MFD_CLOEXEC);
	if (out.its[1] != -1 && ftruncate(out.its[1], sizeof(struct log_hand)) == 0 &&
	    fcntl(ends[1], F_SETFL, O_NONBLOCK | O_DIRECT) == 0 && writer_start()) {
		out.fd = ends[1];
		out.shared = false;
		return true;
	}
	writer_forget();
	(void)close(ends[1]);
	return false;
}

void log_out_stand_alone(void)
{
	struct stat st;
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	if (!out.shared || flags == -1 || fstat(STDERR_FILENO, &st) == -1 ||
	    (flags & O_ACCMODE) == O_RDONLY)
		return;
	if (S_ISSOCK(st.st_mode)) {
		out.socket = true;
		out.shared = false;
		return;
	}
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		int fd = open("/proc/self/fd/2",
		    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND | O_CLOEXEC);
		if (fd != -1) {
			out.fd = fd;
			out.shared = false;
			return;
		}
	}
	/* Whoever shortens or rotates the file in its place leaves no hole before our
	   next line, and others that write there do not write into ours. */
	if (S_ISREG(st.st_mode))
		(void)fcntl(STDERR_FILENO, F_SETFL, flags | O_APPEND);
	(void)writer_begin(); /* else as before */
}

/* Being sent on does no harm to a writer that only has a slow disk. */
static void writer_send_on(void)
{
	int bytes = 0;

	if (ioctl(out.its[0], FIONREAD, &bytes) == 0 && bytes == 0)
		out.waiting = 0;
	else if (++out.waiting % STUCK_TICKS == 0)
		(void)kill(out.writer, SIGCONT);
}

void log_out_tick(void)
{
	if (out.its[0] != -1 && out.writer == 0)
		(void)writer_start();
	log_out_flush();
	if (out.writer > 0)
		writer_send_on();
}

bool log_out_reaped(pid_t pid)
{
	if (pid <= 0 || pid != out.writer)
		return false;
	out.writer =
	    0; /* the next tick starts another: not at once, it may die at once */
	return true;
}

static void log_out_pause(void)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	(void)nanosleep(&pause, NULL);
}

void log_out_drain(void)
{
	for (int ms = 0; out.used > 0 && ms < CLOSE_MS; ms += PAUSE_MS) {
		log_out_flush();
		if (out.used > 0)
			log_out_pause();
	}
}

/* Has the writer ended by itself, or can none be had? */
static bool writer_is_through(void)
{
	int status = 0;

	if (out.writer == 0)
		return !writer_start();
	if (waitpid(out.writer, &status, WNOHANG) == 0)
		return false;
	out.writer = 0;
	return !WIFSIGNALED(status);
}

void log_out_close(void)
{
	log_out_drain();
	if (out.its[0] == -1)
		return;
	(void)close(out.fd);
	out.fd = STDERR_FILENO;
	out.shared = true;
	/* It has the rest in its pipe, and ends behind it. */
	for (int ms = 0; !writer_is_through() && ms < CLOSE_MS; ms += PAUSE_MS)
		log_out_pause();
	out.writer = 0;
	writer_forget();
}

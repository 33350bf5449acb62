/* SPDX-License-Identifier: ISC */
#include "base/passing.h"
#include "base/unconst.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's own limit (SCM_MAX_FD): none that came stays open unseen. */
enum { PASSED_AT_MOST = 253 };

bool passing_send(int socket, const void *bytes, size_t n, const int *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char buffer[CMSG_SPACE(PASSING_MAX * sizeof(int))];
	} control = { .buffer = { 0 } };
	struct iovec part = { .iov_base = unconst(bytes), .iov_len = n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	assert(count <= PASSING_MAX && n > 0);
	if (count > 0) {
		m.msg_control = control.buffer;
		m.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	do
		sent = sendmsg(socket, &m, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return sent == (ssize_t)n;
}

static void passing_close(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

/* How many came; all of them in fds. */
static size_t passing_take(struct msghdr *m, int fds[PASSED_AT_MOST])
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && count < PASSED_AT_MOST; i++)
			memcpy(
			    &fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return count;
}

/* Bytes and descriptors, each with its size and its count. */
/* NOLINTNEXTLINE(readability-function-size) */
int passing_receive(
    int socket, void *bytes, size_t size, size_t *n, int *fds, size_t max, size_t *count)
{
	union {
		struct cmsghdr align;
		char buffer[CMSG_SPACE(PASSED_AT_MOST * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = size };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer };
	int passed[PASSED_AT_MOST];
	ssize_t got;

	*n = *count = 0;
	do
		got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -1;
	size_t have = passing_take(&m, passed);
	if (got == 0 && have == 0)
		return 0;
	if (have > max || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		passing_close(passed, have);
		errno = EPROTO;
		return -1;
	}
	memcpy(fds, passed, have * sizeof(int));
	*n = (size_t)got;
	*count = have;
	return 1;
}

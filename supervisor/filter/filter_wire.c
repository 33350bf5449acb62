/* SPDX-License-Identifier: ISC */
#include "filter/filter_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { FDS_MAX = 4 }; /* more than anybody may send: they are closed, not lost */

/* By the folder's descriptor: paths of sockets are short, those of spools need not be. */
static void wire_address(int folder, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(
	    to->sun_path, sizeof to->sun_path, "/proc/self/fd/%d/" FILTER_SOCKET, folder);
}

/* Close without touching errno. */
static int wire_give_up(int fd)
{
	int saved = errno;

	if (fd != -1)
		(void)close(fd);
	errno = saved;
	return -1;
}

int filter_listen(int folder)
{
	struct sockaddr_un at;

	if (unlinkat(folder, FILTER_SOCKET, 0) == -1 && errno != ENOENT)
		return -1;
	wire_address(folder, &at);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of an unbound socket is the mode of its file: there is no moment in
	 * which others may connect. */
	if (fd == -1 || fchmod(fd, 0600) == -1 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof at) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return wire_give_up(fd);
	return fd;
}

int filter_connect(int folder, uint64_t ms)
{
	struct sockaddr_un at;
	const struct timeval most = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000 * 1000) };

	wire_address(folder, &at);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == -1 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof at) == -1)
		return wire_give_up(fd);
	return fd;
}

bool filter_peer(int socket, uid_t *user)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &n) == -1)
		return false;
	*user = who.uid;
	return true;
}

bool filter_send(int socket, void *bytes, size_t n, int fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec part = { .iov_base = bytes, .iov_len = n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd != -1) {
		m.msg_control = control.room;
		m.msg_controllen = sizeof control.room;
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)n;
}

/* Every descriptor that came, so that none stays open. How many. */
static size_t take_fds(struct msghdr *m, int fds[FDS_MAX])
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && count < FDS_MAX; i++)
			memcpy(
			    &fds[count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
	return count;
}

int filter_receive(int socket, void *bytes, size_t n, int *fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = bytes, .iov_len = n };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room };
	int fds[FDS_MAX];
	ssize_t got;

	*fd = -1;
	do
		got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		return -1;
	size_t count = take_fds(&m, fds);
	if (got == 0 && count == 0)
		return 0;
	if ((size_t)got == n && count <= 1 && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		if (count == 1)
			*fd = fds[0];
		return 1;
	}
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
	errno = EPROTO;
	return -1;
}

bool filter_is_input(int fd, uint64_t *size)
{
	struct statx st;
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || (flags & (O_ACCMODE | O_PATH)) != O_RDONLY)
		return false;
	/* What is known of it here: a file of a far or a made-up file system may not keep
	 * us waiting. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE,
		&st) == -1 ||
	    !S_ISREG(st.stx_mode))
		return false;
	*size = st.stx_size;
	return true;
}

/* SPDX-License-Identifier: ISC */
#include "receive.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

ssize_t receive_packet(int socket, void *bytes, size_t size, int *fd, size_t count)
{
	union {
		struct cmsghdr align;
		char buffer[CMSG_SPACE(RECEIVE_MOST * sizeof(int))];
	} control;
	struct iovec part = { bytes, size };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(count * sizeof *fd) };
	ssize_t n;

	assert(count <= RECEIVE_MOST);
	do
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		return n;
	const struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || !h ||
	    h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS ||
	    h->cmsg_len != CMSG_LEN(count * sizeof *fd)) {
		errno = EPROTO;
		return -1;
	}
	memcpy(fd, CMSG_DATA(h), count * sizeof *fd);
	return n;
}

/* SPDX-License-Identifier: ISC */
#include "door/door_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/passing.h"
#include "base/timer.h"

/* By the folder's descriptor: paths of sockets are short, those of spools need not be. */
static void door_address(int folder, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (folder == AT_FDCWD)
		(void)snprintf(to->sun_path, sizeof to->sun_path, DOOR_SOCKET);
	else
		(void)snprintf(to->sun_path, sizeof to->sun_path,
		    "/proc/self/fd/%d/" DOOR_SOCKET, folder);
}

/* Close without touching errno. */
static int door_give_up(int fd)
{
	int saved = errno;

	if (fd != -1)
		(void)close(fd);
	errno = saved;
	return -1;
}

int door_listen(int folder, mode_t mode)
{
	struct sockaddr_un at;

	if (unlinkat(folder, DOOR_SOCKET, 0) == -1 && errno != ENOENT)
		return -1;
	door_address(folder, &at);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of an unbound socket is the mode of its file: there is no moment in
	 * which others may connect. */
	if (fd == -1 || fchmod(fd, mode) == -1 ||
	    bind(fd, (const struct sockaddr *)&at, sizeof at) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		return door_give_up(fd);
	return fd;
}

static int door_connect_as(int folder, int flags, uint64_t ms)
{
	const struct timeval most = timer_value(ms);
	struct sockaddr_un at;

	door_address(folder, &at);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == -1 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof at) == -1)
		return door_give_up(fd);
	return fd;
}

int door_connect(int folder, uint64_t ms)
{
	return door_connect_as(folder, 0, ms);
}

int door_connect_now(int folder)
{
	return door_connect_as(folder, SOCK_NONBLOCK, 1);
}

bool door_peer(int socket, uid_t *user)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &n) == -1)
		return false;
	*user = who.uid;
	return true;
}

static bool door_send(int socket, const ProtobufCMessage *m, const int *fds, size_t count)
{
	uint8_t packet[DOOR_PACKET];
	size_t n = protobuf_c_message_get_packed_size(m);

	if (n == 0 || n > sizeof packet) {
		errno = EMSGSIZE;
		return false;
	}
	(void)protobuf_c_message_pack(m, packet);
	return passing_send(socket, packet, n, fds, count);
}

bool door_send_request(int socket, Bulkhead__Door__Request *r, int fd)
{
	r->version = DOOR_VERSION;
	return door_send(socket, &r->base, &fd, fd != -1);
}

bool door_send_answer(
    int socket, const Bulkhead__Door__Answer *a, const int *fds, size_t count)
{
	return door_send(socket, &a->base, fds, count);
}

static int door_receive(int socket, const ProtobufCMessageDescriptor *kind,
    ProtobufCMessage **to, int fds[DOOR_FILES])
{
	uint8_t packet[DOOR_PACKET];
	size_t n, count;

	*to = NULL;
	int got =
	    passing_receive(socket, packet, sizeof packet, &n, fds, DOOR_FILES, &count);
	for (size_t i = count; i < DOOR_FILES; i++)
		fds[i] = -1;
	if (got != 1)
		return got;
	*to = protobuf_c_message_unpack(kind, NULL, n, packet);
	if (*to)
		return 1;
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
	errno = EPROTO;
	return -1;
}

int door_receive_request(int socket, Bulkhead__Door__Request **to, int fds[DOOR_FILES])
{
	ProtobufCMessage *m;
	int got = door_receive(socket, &bulkhead__door__request__descriptor, &m, fds);

	*to = (Bulkhead__Door__Request *)m;
	return got;
}

int door_receive_answer(int socket, Bulkhead__Door__Answer **to, int fds[DOOR_FILES])
{
	ProtobufCMessage *m;
	int got = door_receive(socket, &bulkhead__door__answer__descriptor, &m, fds);

	*to = (Bulkhead__Door__Answer *)m;
	return got;
}

bool door_is_input(int fd, uint64_t *size)
{
	struct statx st;
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || (flags & (O_ACCMODE | O_PATH)) != O_RDONLY)
		return false;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE,
		&st) == -1 ||
	    !S_ISREG(st.stx_mode))
		return false;
	*size = st.stx_size;
	return true;
}

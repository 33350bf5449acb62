/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "service/notify.h"

/* A socket as a service manager has it; $NOTIFY_SOCKET names it. */
static int listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, name, n);
	if (*name == '@')
		at.sun_path[0] = '\0';
	cr_assert_eq(bind(fd, (struct sockaddr *)&at,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
	    0);
	(void)setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static const char *heard(int fd)
{
	static char text[512];
	ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void tell_all(int fd)
{
	notify_open();
	cr_expect_null(getenv("NOTIFY_SOCKET"), "helpers do not get it");
	notify_ready();
	cr_expect_str_eq(heard(fd), "READY=1");
	notify_alive("the disk is full");
	cr_expect_str_eq(heard(fd), "WATCHDOG=1");
	cr_expect_str_eq(heard(fd), "STATUS=No messages are taken: the disk is full");
	notify_alive("the disk is full");
	cr_expect_str_eq(heard(fd), "WATCHDOG=1");
	cr_expect_str_eq(heard(fd), "", "what has not changed is not said again");
	notify_alive(NULL);
	cr_expect_str_eq(heard(fd), "WATCHDOG=1");
	cr_expect_str_eq(heard(fd), "STATUS=Messages are taken");
	notify_stopping();
	cr_expect_str_eq(heard(fd), "STOPPING=1");
}

Test(notify, speaks_to_a_socket_at_a_path)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/tmp/test-notify-%ld", (long)getpid());
	tell_all(listen_at(path));
	(void)unlink(path);
}

Test(notify, speaks_to_a_socket_without_a_path)
{
	char name[64];

	(void)snprintf(name, sizeof name, "@test-notify-%ld", (long)getpid());
	tell_all(listen_at(name));
}

Test(notify, never_waits_for_who_does_not_listen, .timeout = 60)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/tmp/test-notify-full-%ld", (long)getpid());
	int fd = listen_at(path);
	notify_open();
	for (int i = 0; i < 10000; i++)
		notify_alive(i % 2 ? "paused" : NULL);
	cr_expect_str_eq(heard(fd), "WATCHDOG=1");
	(void)close(fd);
	notify_stopping(); /* the socket is gone */
	(void)unlink(path);
}

Test(notify, says_nothing_where_no_name_is_one)
{
	static const char *const names[] = { "", "/", "relative", "@" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)setenv("NOTIFY_SOCKET", names[i], 1);
		notify_open();
		notify_ready();
		cr_expect_not_null(
		    getenv("NOTIFY_SOCKET"), "\"%s\" is no name", names[i]);
	}
}

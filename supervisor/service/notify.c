/* SPDX-License-Identifier: ISC */
#include "service/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* libsystemd would do it, and bring itself along; the protocol is of one datagram, and
 * sd_notify(3) promises that it stays. */
static struct {
	struct sockaddr_un at;
	socklen_t length; /* 0: nobody listens */
	int socket;
	char status[160]; /* told last */
} notify = { .socket = -1 };

static void notify_say(const char *text)
{
	if (notify.length)
		(void)sendto(notify.socket, text, strlen(text),
		    MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&notify.at,
		    notify.length);
}

void notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;

	notify.at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (n < 2 || n >= sizeof notify.at.sun_path || (*path != '/' && *path != '@'))
		return;
	memcpy(notify.at.sun_path, path, n);
	if (*path == '@') /* a name outside of the file system */
		notify.at.sun_path[0] = '\0';
	notify.socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify.socket != -1)
		notify.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	/* Our helpers have nothing to say there. */
	(void)unsetenv("NOTIFY_SOCKET");
}

void notify_ready(void)
{
	notify_say("READY=1");
}

void notify_stopping(void)
{
	notify_say("STOPPING=1");
}

void notify_alive(const char *lacks)
{
	char text[sizeof notify.status];

	notify_say("WATCHDOG=1");
	(void)snprintf(text, sizeof text, "STATUS=%s%.100s",
	    lacks ? "No messages are taken: " : "Messages are taken", lacks ? lacks : "");
	if (strcmp(text, notify.status) == 0)
		return;
	memcpy(notify.status, text, sizeof text);
	notify_say(text);
}

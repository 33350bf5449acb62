/* SPDX-License-Identifier: ISC */
#include "service/canary.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/channel.h"

/* Plain text, and a winmail.dat with a subject, a body and an attachment. */
static const char mail[] =
    "From: canary@example.org\r\n"
    "To: canary@example.org\r\n"
    "Subject: Canary\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=canary\r\n"
    "\r\n"
    "--canary\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "One, two.\r\n"
    "--canary\r\n"
    "Content-Type: application/ms-tnef; name=winmail.dat\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "eJ8+IgEAAQaQCAAEAAAAAAABAAEAAQeQBgAIAAAA5AQAAAAAAADoAAEIgAcAGAAA\r\n"
    "AElQTS5NaWNyb3NvZnQgTWFpbC5Ob3RlADEIAQCAAAAqAAAABAAqAAQAFgBBbm4A\r\n"
    "U01UUDphbm5AZXhhbXBsZS5vcmcAAAAAAAAAAAAAwggBBIABAAcAAABDYW5hcnkA\r\n"
    "XgIBBYADAA4AAADoBwYAAQAMAAAAAAAGAAgBAQyAAgAMAAAAT25lLCB0d28uDQoA\r\n"
    "DQMCApAGAA4AAAABAP////8AAAAAAAAAAP0DAhCAAQAGAAAAYS50eHQA7wECD4AG\r\n"
    "AAcAAAB0aHJlZQ0KLwI=\r\n"
    "--canary--\r\n";

static void canary_close_all(const int fd[CHANNEL_PASSED])
{
	for (int i = 0; i < CHANNEL_PASSED; i++)
		if (fd[i] != -1)
			(void)close(fd[i]);
}

bool canary_give(struct pool *pool, const char *to)
{
	const size_t size = sizeof mail - 1;
	int fd[CHANNEL_PASSED] = { -1, -1, -1 };
	bool given = false;

	for (int i = 0; i < CHANNEL_PASSED; i++)
		fd[i] = memfd_create("canary", MFD_CLOEXEC);
	if (fd[CHANNEL_INPUT] != -1 && fd[CHANNEL_OUTPUT] != -1 &&
	    fd[CHANNEL_SCRATCH] != -1 &&
	    pwrite(fd[CHANNEL_INPUT], mail, size, 0) == (ssize_t)size)
		given = pool_give(pool, &(struct pool_order){ .job = CANARY_JOB,
					    .to = to,
					    .input_size = size,
					    .input = fd[CHANNEL_INPUT],
					    .output = fd[CHANNEL_OUTPUT],
					    .scratch = fd[CHANNEL_SCRATCH] });
	canary_close_all(fd);
	return given;
}

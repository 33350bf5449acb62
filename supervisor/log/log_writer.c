/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/program.h"
#include "log/log_out.h"

enum { AGAIN_MS = 100 };

/* Does nobody send us more? The rest is then tried a last time. */
static bool is_last(void)
{
	struct pollfd p = { .fd = LOG_WRITER_LINES };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP);
}

/* In this order: whenever we are killed, lines that are written are not in hand. */
static void writer_clear(struct log_hand *h)
{
	h->lines[0] = '\0';
	atomic_signal_fence(memory_order_seq_cst);
	memset(h->lines, 0, sizeof h->lines);
	h->start = LOG_HAND_UNTRIED;
	h->done = 0;
}

/* How much is written of what the writer before us had in hand. A file tells it by its
 * offset. Where nothing tells (no file, or others have written there meanwhile), the line
 * is written once more, on a line of its own. */
static void writer_inherit(struct log_hand *h)
{
	int64_t now = lseek(STDERR_FILENO, 0, SEEK_CUR), written = now - (h->start - 1);
	ssize_t n;

	if (h->lines[0] == '\0' || h->start == LOG_HAND_UNTRIED)
		return;
	if (now != -1 && h->start > 0 && written >= 0 &&
	    written <= (int64_t)strlen(h->lines)) {
		h->done = (uint64_t)written;
		return;
	}
	while (h->done > 0 && h->lines[h->done - 1] != '\n')
		h->done--;
	n = write(STDERR_FILENO, "\n", 1);
	(void)n; /* it is for the eye */
}

static void writer_write(struct log_hand *h)
{
	size_t left;

	while ((left = strlen(h->lines + h->done)) > 0) {
		/* O_APPEND writes there, and moves the offset behind what is written. */
		off_t end = lseek(STDERR_FILENO, 0, SEEK_END);
		h->start = end == -1 ? LOG_HAND_NO_FILE : end - (int64_t)h->done + 1;
		ssize_t k = write(STDERR_FILENO, h->lines + h->done, left);
		if (k > 0) {
			h->done += (size_t)k;
		} else if (k == 0 || errno != EINTR) {
			const struct timespec pause = { .tv_nsec = AGAIN_MS * 1000000L };
			if (is_last())
				return;
			(void)nanosleep(&pause, NULL);
		}
	}
}

int log_writer_main(int argc, char **argv)
{
	struct log_hand *hand;
	ssize_t n;

	(void)argc;
	(void)argv;
	program_ignore_signals();
	hand = mmap(
	    NULL, sizeof *hand, PROT_READ | PROT_WRITE, MAP_SHARED, LOG_WRITER_HAND, 0);
	if (hand == MAP_FAILED)
		return EXIT_FAILURE;
	writer_inherit(hand);
	do {
		writer_write(hand);
		writer_clear(hand);
		n = read(LOG_WRITER_LINES, hand->lines, LOG_HAND_SIZE);
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

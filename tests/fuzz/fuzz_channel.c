/* SPDX-License-Identifier: ISC */
/*
 * The supervisor's reading side of the channel: whatever comes up the pipe, in whatever
 * pieces, what is told of it is the same, about the order in hand only, and at most one
 * end. The first byte is the length of the pieces.
 *
 * Covers: supervisor/pool/answer.c
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "log/log.h"
#include "pool/child_private.h"
#include "proto/blackbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT = 1000, OUTPUT_MAX = 100000, PIPE_SIZE = 65536 };
static const uint64_t job = 0x4142434445464748;

static struct heard {
	uint64_t hash; /* of all answers */
	unsigned answers, ends;
} heard;

static void must(int ok)
{
	if (!ok)
		abort();
}

static void on_answer(void *arg, const Bulkhead__Answer *r)
{
	uint8_t packed[FRAME_MAX];

	must(arg == &heard && r->job == job && heard.ends == 0);
	must(bulkhead__answer__get_packed_size(r) <= sizeof packed);
	size_t n = bulkhead__answer__pack(r, packed);
	for (size_t i = 0; i < n; i++)
		heard.hash = (heard.hash ^ packed[i]) * 0x100000001b3;
	heard.answers++;
}

static void on_end(void *arg, const struct pool_end *end)
{
	must(arg == &heard && ++heard.ends == 1);
	must(!end->done || end->done->output <= OUTPUT_MAX);
}

static void on_change(void *arg, struct child *c)
{
	(void)arg;
	must(c->state < CHILD_STATES);
}

static void on_beat(void *arg)
{
	(void)arg;
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* A worker that is busy with an order; reaped, so that nobody is killed. */
static struct child *busy(struct children *all, int answers)
{
	static const struct pool_listener listener = { on_answer, on_end };
	struct child *c = calloc(1, sizeof *c);

	must(c != NULL);
	c->all = all;
	c->state = CHILD_BUSY;
	c->autopsy.reaped = true;
	c->process.orders = c->process.stderr_pipe = c->order.output = c->scratch = -1;
	c->process.answers = answers;
	c->process.box = mmap(
	    NULL, sizeof(struct blackbox), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	c->on_answers = event_new(all->base, answers, EV_READ, nothing, NULL);
	c->timer = event_new(all->base, -1, 0, nothing, NULL);
	must(c->process.box != MAP_FAILED && c->on_answers && c->timer);
	c->order.job = job;
	c->order.listener = &listener;
	c->order.arg = &heard;
	c->order.bucket = BUCKET_MAX;
	c->order.begun = c->order.bucket_filled = clock_ms();
	c->said.ready = true;
	answer_begin(&c->said, job, INPUT, OUTPUT_MAX);
	TAILQ_INSERT_TAIL(&all->in[CHILD_BUSY], c, link);
	all->count[CHILD_BUSY]++;
	return c;
}

static struct heard listen_to(
    struct children *all, const uint8_t *data, size_t size, size_t piece)
{
	int fd[2];

	heard = (struct heard){ .hash = 0xcbf29ce484222325 };
	must(pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0);
	struct child *c = busy(all, fd[0]);
	for (size_t at = 0; at < size && c->state < CHILD_DYING; at += piece) {
		size_t n = size - at < piece ? size - at : piece;
		must(write(fd[1], data + at, n) == (ssize_t)n);
		child_listen(c);
		must(c->in_len <= sizeof c->in && c->said.items_end <= OUTPUT_MAX);
	}
	(void)close(fd[1]);
	child_listen(c);
	must(c->state >= CHILD_DYING); /* its pipe is closed */
	child_move(c, CHILD_GONE);
	children_bury(all);
	return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct child_calls calls = { on_change, on_beat };
	static struct config config = { .limits = { .silence = 60000, .frame = 60000 } };
	static struct children all;

	if (!all.base) {
		log_quiet();
		all = (struct children){
			.base = event_base_new(), .config = &config, .calls = &calls
		};
		for (int i = 0; i < CHILD_STATES; i++)
			TAILQ_INIT(&all.in[i]);
		must(all.base != NULL);
	}
	if (size < 2 || size > PIPE_SIZE)
		return 0;
	struct heard whole = listen_to(&all, data + 1, size - 1, size - 1);
	struct heard pieces = listen_to(&all, data + 1, size - 1, 1U + data[0]);
	must(whole.hash == pieces.hash && whole.answers == pieces.answers);
	must(whole.ends <= pieces.ends); /* what comes in one breath breaks an end */
	return 0;
}

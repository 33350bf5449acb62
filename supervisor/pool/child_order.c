/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/passing.h"
#include "base/usage.h"
#include "config/config.h"
#include "log/log.h"
#include "pool/child_private.h"
#include "proto/blackbox.h"
#include "proto/channel.h"

enum { STORE_MS = 20 }; /* of processor time for each MiB of a store that is listed */

static void child_order_violate(struct child *c, const char *how)
{
	child_kill(c, KILLED_VIOLATION, how);
}

/* Whether it may say one more answer that only resets clocks. */
static bool child_order_draw(struct child_order *o, uint64_t now)
{
	uint64_t more = (now - o->bucket_filled) * BUCKET_PER_SECOND / 1000;

	if (more > 0) {
		o->bucket = more > BUCKET_MAX - o->bucket ? BUCKET_MAX : o->bucket + more;
		o->bucket_filled = now;
	}
	if (o->bucket == 0)
		return false;
	o->bucket--;
	return true;
}

/* The total stands still while the disk is at work, for limits.sync in all. */
static void sync_begin(struct child *c, uint64_t now)
{
	struct child_order *o = &c->order;

	o->syncing = true;
	o->sync_since = now;
	o->total_left = c->due[DUE_TOTAL] > now ? c->due[DUE_TOTAL] - now : 0;
	c->due[DUE_TOTAL] = c->due[DUE_SILENCE] = 0;
	c->due[DUE_SYNC] = now + o->sync_left;
}

static void sync_end(struct child *c, uint64_t now)
{
	struct child_order *o = &c->order;
	uint64_t took = now > o->sync_since ? now - o->sync_since : 0;

	o->syncing = false;
	o->sync_left -= took < o->sync_left ? took : o->sync_left;
	o->granted += took;
	c->due[DUE_TOTAL] = now + o->total_left;
	c->due[DUE_SYNC] = 0;
}

/* A whole frame came that was in order. */
static void child_order_heard(struct child *c)
{
	uint64_t now = clock_ms();

	if (c->state != CHILD_BUSY)
		return;
	if (c->order.syncing)
		sync_end(c, now);
	c->due[DUE_SILENCE] = now + c->all->config->limits.silence;
}

/* Once, and again when a new program or setting has changed them. */
static void tell_layers(struct children *all, const Bulkhead__Ready *ready)
{
	char now[sizeof all->layers];
	const char *missing = *ready->missing ? ready->missing : NULL;

	(void)snprintf(now, sizeof now, "%s; %s", ready->active, ready->missing);
	if (strcmp(now, all->layers) == 0)
		return;
	memcpy(all->layers, now, sizeof now);
	log_event(missing ? EVENT_SANDBOX_PARTIAL : EVENT_SANDBOX,
	    LOG_S("layers", ready->active), LOG_S("missing", missing));
}

/* Where things are in its memory, while it has seen no message and can be believed: what
 * reads its stack one day opens these files. */
static void keep_modules(struct child *c)
{
	const struct blackbox *b = c->process.box;
	uint32_t n = b->module_count;

	if (n > BLACKBOX_MODULES)
		n = BLACKBOX_MODULES;
	c->modules = calloc(n ? n : 1, sizeof *c->modules);
	if (!c->modules)
		return;
	memcpy(c->modules, b->modules, n * sizeof *c->modules);
	c->module_count = n;
	if (n > 0)
		autopsy_build_id(&c->modules[0], c->autopsy.build);
}

/* Act on a checked answer. True: it was kept. */
static bool child_order_obey(struct child *c, Bulkhead__Answer *r)
{
	struct children *all = c->all;

	switch (r->kind_case) {
	case BULKHEAD__ANSWER__KIND_READY:
		log_event(EVENT_WORKER_READY, LOG_U("worker", c->number),
		    LOG_I("pid", c->process.pid), LOG_S("build", r->ready->build));
		tell_layers(all, r->ready);
		keep_modules(c);
		all->proven = true;
		c->due[DUE_STATE] = 0;
		if (c->state == CHILD_STARTING)
			child_move(c, CHILD_IDLE);
		break;
	case BULKHEAD__ANSWER__KIND_SYNCING:
	case BULKHEAD__ANSWER__KIND_PROGRESS:
		if (!child_order_draw(&c->order, clock_ms()))
			child_order_violate(c, "a flood of answers");
		else if (r->kind_case == BULKHEAD__ANSWER__KIND_SYNCING)
			sync_begin(c, clock_ms());
		break;
	case BULKHEAD__ANSWER__KIND_FACTS:
	case BULKHEAD__ANSWER__KIND_NOTE:
	case BULKHEAD__ANSWER__KIND_ITEM:
		c->order.listener->answer(c->order.arg, r);
		break;
	case BULKHEAD__ANSWER__KIND_DONE:
	case BULKHEAD__ANSWER__KIND_REFUSED:
		c->answer = r;
		return true;
	case BULKHEAD__ANSWER__KIND_CRASH: /* child_listen sees to it */
	case BULKHEAD__ANSWER__KIND__NOT_SET:
	case _BULKHEAD__ANSWER__KIND__CASE_IS_INT_SIZE:
		break; /* answer_read lets none through */
	}
	return false;
}

static void take_frames(struct child *c)
{
	size_t at = 0;

	while (c->state < CHILD_DYING && c->in_len - at >= FRAME_HEADER) {
		const char *breach = NULL;
		size_t n = frame_length(c->in + at);
		if (n == 0 || n > FRAME_MAX) {
			child_order_violate(c, "frame of an impossible length");
			return;
		}
		if (c->in_len - at - FRAME_HEADER < n)
			break;
		Bulkhead__Answer *r =
		    answer_read(&c->said, c->in + at + FRAME_HEADER, n, &breach);
		if (!r) {
			child_order_violate(c, breach);
			return;
		}
		at += FRAME_HEADER + n;
		c->due[DUE_FRAME] = 0;
		child_order_heard(c);
		if (!child_order_obey(c, r))
			bulkhead__answer__free_unpacked(r, NULL);
	}
	if (c->state >= CHILD_DYING)
		return;
	c->in_len -= at;
	memmove(c->in, c->in + at, c->in_len);
	if (c->in_len > 0 && !c->due[DUE_FRAME])
		c->due[DUE_FRAME] = clock_ms() + c->all->config->limits.frame;
}

static void forget_order(struct child *c)
{
	c->order = (struct child_order){ .output = -1 };
	for (int i = DUE_TOTAL; i < DUES; i++)
		c->due[i] = 0;
}

/* The order is over: its listener hears how, last of all. */
static void end_order(struct child *c, const struct pool_end *end)
{
	const struct pool_listener *listener = c->order.listener;
	void *arg = c->order.arg;

	forget_order(c);
	listener->ended(arg, end);
}

/* Its answer stands: nothing came after it. */
static void child_order_answer(struct child *c)
{
	Bulkhead__Answer *r = c->answer;
	bool done = r->kind_case == BULKHEAD__ANSWER__KIND_DONE;
	uint64_t now = clock_ms(), cpu = child_cpu_ms(c);
	struct pool_end end = {
		.verdict = VERDICT_REFUSED,
		.done = done ? r->done : NULL,
		.refused = done ? NULL : r->refused,
		.worker = c->number,
		.pid = c->process.pid,
		.served = c->served,
		.elapsed_ms = now - c->order.begun,
		.cpu_ms = cpu - c->order.cpu_begun,
	};

	if (done)
		end.verdict = r->done->outcome == BULKHEAD__DONE__OUTCOME__PASSED
				  ? VERDICT_PASSED
				  : VERDICT_DONE;
	c->answer = NULL;
	c->busy_ms += end.elapsed_ms;
	c->served++;
	c->cpu_ended = cpu;
	c->before = c->order.job;
	c->last_end = now;
	child_move(c, CHILD_IDLE);
	end_order(c, &end);
	bulkhead__answer__free_unpacked(r, NULL);
}

/*
 * Last words, Done, Refused or Crash, count only when the pipe behind them is empty (a
 * read has given less than was asked for): a worker that goes on talking in the same
 * breath has broken the protocol, and its order with it.
 */
void child_listen(struct child *c)
{
	bool ended = false;

	for (size_t budget = READ_MAX; c->state < CHILD_DYING && budget > 0;) {
		ssize_t n =
		    read(c->process.answers, c->in + c->in_len, sizeof c->in - c->in_len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			break;
		if (n <= 0) {
			ended = true;
			break;
		}
		budget -= (size_t)n < budget ? (size_t)n : budget;
		c->in_len += (size_t)n;
		bool emptied = c->in_len < sizeof c->in;
		take_frames(c);
		if (emptied)
			break;
	}
	if (c->state < CHILD_DYING && c->said.ended && c->in_len > 0)
		child_order_violate(c, "bytes after the end of its order");
	if (c->state == CHILD_BUSY && c->answer && !c->said.crashed)
		child_order_answer(c);
	if (ended || c->said.crashed)
		child_lost(c);
}

/* Keep the last stderr_max bytes. */
static void keep_stderr(struct child *c, const char *p, size_t n)
{
	if (n > c->stderr_max) {
		p += n - c->stderr_max;
		n = c->stderr_max;
	}
	if (n > c->stderr_max - c->stderr_length) {
		size_t cut = n - (c->stderr_max - c->stderr_length);
		c->stderr_length -= cut;
		memmove(c->stderr_tail, c->stderr_tail + cut, c->stderr_length);
	}
	memcpy(c->stderr_tail + c->stderr_length, p, n);
	c->stderr_length += n;
}

bool child_read_stderr(struct child *c)
{
	char buffer[4096];

	for (size_t budget = READ_MAX; budget > 0;) {
		ssize_t n = read(c->process.stderr_pipe, buffer, sizeof buffer);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN;
		if (n == 0)
			return false;
		budget -= (size_t)n < budget ? (size_t)n : budget;
		c->stderr_heard += (size_t)n;
		keep_stderr(c, buffer, (size_t)n);
	}
	return true;
}

const char *child_last_line(const struct child *c, char to[PROCESS_WHY])
{
	size_t end = c->stderr_length, begin;

	while (end > 0 && c->stderr_tail[end - 1] == '\n')
		end--;
	for (begin = end; begin > 0 && c->stderr_tail[begin - 1] != '\n';)
		begin--;
	(void)snprintf(
	    to, PROCESS_WHY, "%.*s", (int)(end - begin), c->stderr_tail + begin);
	return to;
}

static bool is_full(int fd, uint64_t limit)
{
	struct stat st;

	return fd != -1 && fstat(fd, &st) == 0 && (uint64_t)st.st_size >= limit;
}

static uint64_t written_to(int fd)
{
	enum { BLOCK = 512 };
	struct stat st;

	return fd != -1 && fstat(fd, &st) == 0 ? (uint64_t)st.st_blocks * BLOCK : 0;
}

/* One packet with its three descriptors. */
static bool send_order(const struct child *c, const struct pool_order *order)
{
	Bulkhead__Order m;
	Bulkhead__Place item;
	uint8_t packed[CHANNEL_ORDER_MAX];
	char to[64];
	const int passed[CHANNEL_PASSED] = {
		[CHANNEL_INPUT] = order->input,
		[CHANNEL_OUTPUT] = order->output,
		[CHANNEL_SCRATCH] = c->scratch,
	};

	bulkhead__order__init(&m);
	m.job = order->job;
	(void)snprintf(to, sizeof to, "%s", order->to);
	m.to = to;
	m.output_max = c->order.output_most;
	m.growth_floor = c->all->config->limits.growth_floor;
	m.growth = c->all->config->limits.growth;
	m.sync_from = order->sync_from;
	m.input = order->input_size;
	m.notice = order->notice;
	m.keep_signed = c->all->config->convert.dkim == DKIM_KEEP;
	m.stores = order->stores;
	m.salvage = order->salvage;
	m.store = order->store;
	if (order->item) {
		item = *order->item;
		m.item = &item; /* protobuf-c wants no const */
	}
	if (bulkhead__order__get_packed_size(&m) > sizeof packed) {
		errno = EMSGSIZE;
		return false;
	}
	return passing_send(c->process.orders, packed, bulkhead__order__pack(&m, packed),
	    passed, CHANNEL_PASSED);
}

/* The kernel's limit is the second one, behind our own look at the clock (on_beat): with
 * some seconds more it holds for many orders. */
static void limit_cpu(struct child *c, uint64_t total_ms)
{
	enum { MORE_MS = 5000 };

	if (c->cpu_limit >= total_ms && c->cpu_limit <= total_ms + MORE_MS)
		return;
	c->cpu_limit = total_ms + MORE_MS;
	usage_limit_cpu(c->process.pid, c->cpu_limit);
}

/* What it may write, at most what it was started with; wanted 0: that. */
static void limit_file(struct child *c, uint64_t wanted)
{
	const uint64_t all = c->process.output;
	const uint64_t most = wanted && wanted < all ? wanted : all;

	if (most != c->file_limit)
		c->file_limit = usage_limit_file(c->process.pid, most) ? most : 0;
	c->order.output_most = c->file_limit ? c->file_limit : all;
}

/* False: errno. */
static bool child_order_scratch(struct child *c, const struct pool_order *order)
{
	if (order->scratch == -1) {
		errno = EBADF;
		return c->scratch != -1 && c->scratch_of == order->scratch_of;
	}
	int fd = fcntl(order->scratch, F_DUPFD_CLOEXEC, 0);
	if (fd == -1)
		return false;
	if (c->scratch != -1)
		(void)close(c->scratch);
	c->scratch = fd;
	c->scratch_of = order->scratch_of;
	return true;
}

/* The same of memory. */
static void limit_memory(struct child *c, uint64_t wanted)
{
	const uint64_t all = c->process.memory;
	const uint64_t most = wanted && wanted < all ? wanted : all;

	if (c->memory_limit == 0)
		c->memory_limit = all;
	if (most != c->memory_limit && usage_limit_memory(c->process.pid, most))
		c->memory_limit = most;
	c->order.memory_most = c->memory_limit;
}

bool child_give(struct child *c, const struct pool_order *order)
{
	const struct config *config = c->all->config;
	struct child_order *o = &c->order;
	uint64_t now = clock_ms(), mib = 1 << 20;
	uint64_t bytes = order->item ? order->item_bytes : order->input_size;

	assert(c->state == CHILD_IDLE && order->job != 0 && o->job == 0);
	/* What it wrote about earlier messages does not belong into this one's report. It
	 * wrote that before its answer, so the loop has read it, unless it was too much.
	 */
	if (c->stderr_later)
		(void)child_read_stderr(c);
	c->stderr_length = 0;
	/* The little that it does between two orders counts for the later one. */
	o->cpu_begun = c->served > 0 ? c->cpu_ended : child_cpu_ms(c);
	/* To list a store is to read all of it. */
	o->cpu = config->limits.cpu + (order->stores ? bytes / mib * STORE_MS : 0);
	limit_cpu(c, o->cpu_begun + o->cpu);
	limit_file(c, order->output_most);
	limit_memory(c, order->memory_most);
	if (!child_order_scratch(c, order))
		return false;
	if (!send_order(c, order)) {
		/* An idle worker reads: one that does not is as good as dead. */
		if (errno == EPIPE || errno == ECONNRESET || errno == EAGAIN) {
			child_lost(c);
			errno = EPIPE;
		}
		return false;
	}
	o->job = order->job;
	o->listener = order->listener;
	o->arg = order->arg;
	o->begun = now;
	o->output = order->output;
	o->time = config->limits.time;
	o->total =
	    o->time + config->limits.time_per_mib * (bytes / mib + (bytes % mib != 0));
	if (order->time_most && order->time_most < o->total)
		o->time = o->total = order->time_most;
	o->granted = o->total;
	o->sync_left = config->limits.sync;
	o->bucket = BUCKET_MAX;
	o->bucket_filled = now;
	answer_begin(&c->said, order->job, order->input_size, o->output_most);
	c->said.stores = order->stores;
	c->said.item = order->item != NULL;
	c->due[DUE_TOTAL] = now + o->total;
	c->due[DUE_SILENCE] = now + config->limits.silence;
	child_move(c, CHILD_BUSY);
	child_arm(c);
	return true;
}

/* What it wrote last, for the report; NULs would hide the rest. */
static void copy_stderr(struct child *c)
{
	struct autopsy *a = &c->autopsy;

	(void)child_read_stderr(c);
	free(a->stderr_tail);
	a->stderr_tail = malloc(c->stderr_length + 1);
	if (!a->stderr_tail)
		return;
	for (size_t i = 0; i < c->stderr_length; i++) {
		a->stderr_tail[i] = c->stderr_tail[i];
		if (!a->stderr_tail[i])
			a->stderr_tail[i] = '?';
	}
	a->stderr_tail[c->stderr_length] = 0;
	a->stderr_length = c->stderr_length;
}

/* Killed by somebody else, and the kernel has counted one more that it killed for
 * memory: each count explains one corpse. */
static bool oom_killed(const struct child *c)
{
	struct children *all = c->all;
	const struct autopsy *a = &c->autopsy;

	if (a->killed != KILLED_NOT || c->exempt || !a->reaped ||
	    !WIFSIGNALED(a->wait_status) || WTERMSIG(a->wait_status) != SIGKILL ||
	    usage_oom_kills() <= all->oom_kills)
		return false;
	all->oom_kills++;
	return true;
}

/* What the black box says; a stack that it left is kept for the unwinder. */
static void child_order_read_box(struct child *c)
{
	struct autopsy *a = &c->autopsy;
	struct blackbox *b = malloc(sizeof *b);

	if (!b) {
		(void)autopsy_read(
		    a, c->process.box, sizeof(struct blackbox), c->order.job);
		return;
	}
	memcpy(b, c->process.box, sizeof *b);
	memset(b->modules, 0, sizeof b->modules);
	if (c->modules)
		memcpy(b->modules, c->modules, c->module_count * sizeof *c->modules);
	b->module_count = c->module_count;
#ifdef __aarch64__
	autopsy_unsign(b);
#endif
	if (autopsy_read(a, b, sizeof *b, c->order.job) && a->signal != 0 &&
	    a->signal == b->fault.signal && b->fault.register_count > 0)
		a->remains = b;
	else
		free(b);
}

static void log_finish(const struct child *c, uint64_t job, enum verdict v)
{
	const struct autopsy *a = &c->autopsy;

	if (v == VERDICT_MEMORY)
		log_event(EVENT_MEMORY, LOG_J(job), LOG_U("worker", c->number),
		    LOG_I("pid", a->pid), LOG_U("asked", a->memory_asked),
		    LOG_U("limit", c->order.memory_most), LOG_U("peak", a->peak_rss),
		    LOG_B("by_kernel", a->oom_killed));
	else if (a->killed == KILLED_NOT && v == VERDICT_TIMED_OUT_CPU)
		log_event(EVENT_WORKER_KILL, LOG_J(job), LOG_U("worker", c->number),
		    LOG_I("pid", a->pid), LOG_S("limit", "cpu"),
		    LOG_U("limit_ms", a->limit_ms), LOG_U("granted_ms", a->granted_ms));
	else if (a->killed == KILLED_NOT && a->signal != 0)
		log_event(EVENT_FAULT, LOG_J(job), LOG_U("worker", c->number),
		    LOG_I("pid", a->pid), LOG_S("signal", autopsy_signal_name(a->signal)),
		    LOG_S("call", autopsy_call(a)), LOG_X("address", a->address),
		    LOG_X("pc", a->pc),
		    LOG_S("module", *a->pc_module ? a->pc_module : NULL),
		    LOG_X("offset", a->pc_offset));
}

void child_finish(struct child *c)
{
	struct autopsy *a = &c->autopsy;
	uint64_t job = c->order.job, used;
	struct rlimit files;

	if (!job)
		return;
	used =
	    a->reaped
		? (uint64_t)(a->usage.ru_utime.tv_sec + a->usage.ru_stime.tv_sec) * 1000 +
		      (uint64_t)(a->usage.ru_utime.tv_usec + a->usage.ru_stime.tv_usec) /
			  1000
		: child_cpu_ms(c);
	a->cpu_ms = used > c->order.cpu_begun ? used - c->order.cpu_begun : 0;
	a->served = c->served;
	a->before = c->before;
	a->output_most = c->order.output_most;
	a->written = written_to(c->order.output) + written_to(c->scratch);
	a->output_full = is_full(c->order.output, a->output_most) ||
			 is_full(c->scratch, a->output_most);
	a->files_limited =
	    getrlimit(RLIMIT_FSIZE, &files) == 0 && files.rlim_max < c->process.output;
	a->oom_killed = oom_killed(c);
	copy_stderr(c);
	child_order_read_box(c);
	enum verdict v = autopsy_verdict(a);
	if (a->killed == KILLED_NOT && v == VERDICT_TIMED_OUT_CPU)
		a->limit_ms = a->granted_ms = c->order.cpu;
	log_finish(c, job, v);

	struct pool_end end = {
		.verdict = v,
		.autopsy = a,
		.error = v == VERDICT_INFRASTRUCTURE ? ECANCELED : 0,
		.worker = c->number,
		.pid = a->pid,
		.served = c->served,
		.elapsed_ms = a->elapsed_ms,
		.cpu_ms = a->cpu_ms,
	};
	end_order(c, &end);
}

uint64_t child_resident(const struct child *c)
{
	return usage_resident(c->process.pid);
}

uint64_t child_cpu_ms(const struct child *c)
{
	return usage_cpu_ms(c->cpu_clock);
}

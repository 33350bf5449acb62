/* SPDX-License-Identifier: ISC */
#include "spool/janitor.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/latency.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/timer.h"
#include "log/log.h"
#include "spool/janitor_wire.h"
#include "spool/spool.h"

/* A chore without an answer. */
struct chore {
	TAILQ_ENTRY(chore) link;
	uint64_t sequence;
	bool sent; /* to the janitor that runs now */
	/* settle */
	struct claim *claim;
	unsigned plan;
	uint64_t unsynced;
	janitor_settled_fn *settled;
	/* scan */
	char *sub;
	bool restart;
	janitor_scanned_fn *scanned;
	void *arg;
};

TAILQ_HEAD(chores, chore);

/* Copies run beside each other in so many porters at most. */
enum { PORTERS = 2 };

/* Before a lost one is started again, from the second time on. */
enum { PAUSE_FIRST_MS = 100, PAUSE_MOST_MS = 30 * 1000 };

/* One that says nothing for so long, while it has chores, is killed; twice as long after
 * each that was, so that a disk that is slower still is not waited for in vain. */
enum { SILENCE_MS = 10 * 1000, SILENCE_DOUBLED = 5 };

struct janitor {
	struct event_base *base;
	const struct spool *spool;
	char verb[sizeof JANITOR_VERB]; /* which role it has */
	pid_t pid;                      /* 0: none */
	int channel; /* -1: none; a process may still have to be reaped */
	struct event *readable, *writable, *again, *watch;
	struct chores chores;
	size_t count;
	size_t under_way;  /* of them: it has them */
	uint64_t unsynced; /* bytes of them all */
	uint64_t sequence;
	uint64_t heard;    /* when it said something last, or got its first chore */
	uint64_t logged;   /* when its copy was logged last, 0: not yet */
	unsigned failures; /* since the last answer */
	bool replaced;     /* its end is our own wish */
	/* Those who copy for it, and what is to be copied. */
	struct janitor *owner; /* of a porter */
	struct janitor *porters[PORTERS];
	struct chores large;
	size_t large_count; /* with those that porters have */
};

static void janitor_start(struct janitor *);

/* Start another after a pause that grows with the failures in a row. */
static void start_later(struct janitor *j)
{
	timer_start(j->again,
	    j->failures ? timer_backoff(PAUSE_FIRST_MS, PAUSE_MOST_MS, j->failures - 1)
			: 0);
	j->failures++;
}

/* No more talking; the process is killed and will be reaped. */
static void hang_up(struct janitor *j)
{
	if (j->channel == -1)
		return;
	(void)event_del(j->watch);
	if (j->readable)
		event_free(j->readable);
	if (j->writable)
		event_free(j->writable);
	j->readable = j->writable = NULL;
	(void)close(j->channel);
	j->channel = -1;
	if (j->pid > 0)
		(void)kill(j->pid, SIGKILL);
}

/* Returns the bytes used, those to the next one included. */
static size_t janitor_pack(const struct chore *c, struct janitor_chore *to)
{
	const size_t align = _Alignof(struct janitor_chore);
	const char *sub = c->claim ? c->claim->sub : c->sub;
	const char *name = c->claim ? c->claim->name : "";

	memset(to, 0, offsetof(struct janitor_chore, text));
	to->kind = c->claim ? JANITOR_SETTLE : JANITOR_SCAN;
	to->sequence = c->sequence;
	to->plan = c->plan;
	to->restart = c->restart;
	if (c->claim) {
		to->id = c->claim->id;
		to->charges = c->claim->charges;
		to->unmade = c->claim->unmade;
	}
	size_t a = strlen(sub), b = strlen(name);
	assert(a <= JANITOR_SUB_MAX && b < NAME_SIZE);
	to->sub = (uint16_t)a;
	to->name = (uint16_t)b;
	memcpy(to->text, sub, a + 1);
	memcpy(to->text + a + 1, name, b + 1);
	const size_t n = offsetof(struct janitor_chore, text) + a + 1 + b + 1;
	to->size = (uint32_t)((n + align - 1) / align * align);
	return to->size;
}

/* As many as a packet holds. NULL: all were sent; else the first that was not. */
static struct chore *send_packet(struct janitor *j, struct chore *first)
{
	static _Alignas(struct janitor_chore) char packet[JANITOR_PACKET];
	struct chore *c = first;
	size_t used = 0, count = 0;

	for (; c && count < JANITOR_BATCH &&
	       sizeof packet - used >= sizeof(struct janitor_chore);
	     c = TAILQ_NEXT(c, link), count++)
		used += janitor_pack(c, (void *)(packet + used));
	if (send(j->channel, packet, used, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		return first;
	for (; first != c; first = TAILQ_NEXT(first, link)) {
		first->sent = true;
		/* From now on any of its files may be there, even if the chore is given
		 * to another janitor. */
		if (first->claim)
			first->claim->unmade = 0;
	}
	j->under_way += count;
	return c;
}

/* Send what was not sent yet, as far as the socket takes it. */
static void send_chores(struct janitor *j)
{
	struct chore *c = TAILQ_FIRST(&j->chores), *next;

	while (c && c->sent)
		c = TAILQ_NEXT(c, link);
	while (j->channel != -1 && c) {
		next = send_packet(j, c);
		if (next == c) {
			if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
				(void)event_add(j->writable, NULL);
			/* Anything else: it is gone, and the reader finds out. */
			return;
		}
		c = next;
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	send_chores(arg);
}

static void free_chore(struct chore *c)
{
	free(c->sub);
	free(c);
}

/* The names of a scan's answer as a list. SIZE_MAX: it makes no sense. */
static size_t list_names(const struct janitor_answer *a, size_t text,
    struct janitor_entry entries[JANITOR_NAMES])
{
	size_t at = 0;

	if (a->count > JANITOR_NAMES)
		return SIZE_MAX;
	for (size_t i = 0; i < a->count; i++) {
		const char *end =
		    at < text ? memchr(a->text + at, '\0', text - at) : NULL;
		if (!end)
			return SIZE_MAX;
		entries[i].folder = a->text[at] == 'd';
		entries[i].name = a->text + at + 1;
		at = (size_t)(end - a->text) + 1;
	}
	return a->count;
}

/* ---- deadlines ---- */

static uint64_t silence_of(const struct janitor *j)
{
	unsigned doubled = j->failures < SILENCE_DOUBLED ? j->failures : SILENCE_DOUBLED;

	return (uint64_t)SILENCE_MS << doubled;
}

/* Work begins now, for one that had none. */
static void watch_from_now(struct janitor *j)
{
	j->heard = clock_ms();
	j->logged = 0;
	timer_start(j->watch, silence_of(j));
}

static void log_late(const struct janitor *j, uint64_t silent_ms)
{
	log_event(EVENT_HELPER_LATE, LOG_S("helper", j->verb), LOG_I("pid", j->pid),
	    LOG_U("silent_ms", silent_ms), LOG_U("chores", j->count));
}

/* ---- answers ---- */

static void give_large(struct janitor *j);

/* Too large for it: a porter's. */
static void keep_large(struct janitor *j, struct chore *c)
{
	TAILQ_INSERT_TAIL(&j->large, c, link);
	j->large_count++;
	give_large(j);
}

/* How a copy goes, for whoever waits for it. */
static void tell_copy(struct janitor *j, const struct janitor_answer *a)
{
	enum { TELL_MS = 10 * 1000 };
	const struct chore *c = TAILQ_FIRST(&j->chores);

	/* What was freed is no longer in the list.
	 * NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	if (!j->owner || !c || !c->claim || a->of == 0)
		return;
	if (j->logged == 0)
		j->logged = j->heard;
	if (clock_ms() - j->logged < TELL_MS)
		return;
	j->logged = clock_ms();
	log_event(EVENT_SPOOL_COPY, LOG_J(c->claim->id), LOG_U("bytes", a->done),
	    LOG_U("of", a->of));
}

/* False: nonsense. */
static bool janitor_answered(
    struct janitor *j, const struct janitor_answer *a, size_t text)
{
	struct janitor_entry entries[JANITOR_NAMES];
	char where[JANITOR_WHERE];
	struct chore *c;

	TAILQ_FOREACH (c, &j->chores, link)
		/* The analyzer does not see that TAILQ_REMOVE takes a freed head out. */
		if (c->sequence == a->sequence) /* NOLINT(clang-analyzer-unix.Malloc) */
			break;
	if (!c || a->kind != (c->claim ? JANITOR_SETTLE : JANITOR_SCAN))
		return false;
	size_t count = c->claim ? 0 : list_names(a, text, entries);
	if (count == SIZE_MAX)
		return false;
	(void)snprintf(where, sizeof where, "%.*s", JANITOR_WHERE - 1, a->where);
	TAILQ_REMOVE(&j->chores, c, link);
	j->count--;
	j->unsynced -= c->unsynced;
	j->under_way -= c->sent;
	j->failures = 0;
	if (c->claim && a->error == EFBIG && !j->owner &&
	    strcmp(where, settle_large) == 0) {
		keep_large(j, c);
		return true;
	}
	if (c->claim)
		c->settled(c->arg, c->claim->id, a->error, *where ? where : NULL);
	else
		c->scanned(c->arg, entries, count, a->end, a->error);
	free_chore(c);
	if (j->owner) {
		j->owner->large_count--;
		give_large(j->owner);
	}
	return true;
}

/* The same of several that were settled. */
static bool janitor_settled_many(
    struct janitor *j, const struct janitor_answer *many, size_t text)
{
	static struct janitor_answer one;
	uint64_t sequences[JANITOR_BATCH];

	if (many->count > JANITOR_BATCH || text != many->count * sizeof *sequences)
		return false;
	memcpy(sequences, many->text, text);
	memset(&one, 0, offsetof(struct janitor_answer, text));
	one.kind = JANITOR_SETTLE;
	for (size_t i = 0; i < many->count; i++) {
		one.sequence = sequences[i];
		if (!janitor_answered(j, &one, 0))
			return false;
	}
	return true;
}

/* False: the janitor has died, or sends nonsense. */
static bool janitor_heard(struct janitor *j, const struct janitor_answer *a, ssize_t n)
{
	const ssize_t head = offsetof(struct janitor_answer, text);

	if (n < head)
		return false;
	j->heard = clock_ms();
	if (a->kind == JANITOR_SETTLE && a->count > 0)
		return janitor_settled_many(j, a, (size_t)(n - head));
	if (a->kind != JANITOR_ALIVE)
		return janitor_answered(j, a, (size_t)(n - head));
	tell_copy(j, a);
	return true;
}

static void janitor_on_readable(evutil_socket_t fd, short what, void *arg)
{
	enum { AT_ONCE = 16 }; /* then the loop's others */
	static struct janitor_answer a;
	struct janitor *j = arg;

	(void)what;
	latency_mark(j->base);
	/* Once it has answered all that it had nothing more is there. */
	for (int i = 0; i < AT_ONCE && j->channel == fd && (i == 0 || j->under_way > 0);
	     i++) {
		ssize_t n = recv(fd, &a, sizeof a, MSG_DONTWAIT);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (!janitor_heard(j, &a, n)) {
			hang_up(j); /* replaced once it was reaped */
			return;
		}
	}
	if (j->under_way == 0)
		send_chores(j);
}

static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct janitor *j = arg;

	/* We may be the one who was late: first what it said meanwhile. */
	if (j->channel != -1)
		janitor_on_readable(j->channel, what, j);
	(void)fd;
	uint64_t silent = clock_ms() - j->heard, most = silence_of(j);
	if (j->channel == -1 ? j->pid == 0 : j->count == 0)
		return;
	if (silent < most) {
		timer_start(j->watch, most - silent);
		return;
	}
	log_late(j, silent);
	hang_up(j);
	/* In a call that cannot be killed: then it is told again. */
	timer_start(j->watch, most);
}

static void janitor_on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	janitor_start(arg);
}

static void janitor_start(struct janitor *j)
{
	int pair[2];
	struct chore *c;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		log_event(EVENT_HELPER_LOST, LOG_S("helper", j->verb),
		    LOG_S("call", "socketpair"), LOG_E(errno));
		start_later(j);
		return;
	}
	int error = janitor_spawn(j->spool, j->verb, pair[1], &j->pid);
	(void)close(pair[1]);
	if (error != 0) {
		log_event(EVENT_HELPER_LOST, LOG_S("helper", j->verb),
		    LOG_S("call", "posix_spawn"), LOG_E(error));
		(void)close(pair[0]);
		start_later(j);
		return;
	}
	j->channel = pair[0];
	j->readable =
	    event_new(j->base, j->channel, EV_READ | EV_PERSIST, janitor_on_readable, j);
	j->writable = event_new(j->base, j->channel, EV_WRITE, on_writable, j);
	if (!j->readable || !j->writable || event_add(j->readable, NULL) == -1) {
		hang_up(j); /* killed, reaped, tried again */
		return;
	}
	TAILQ_FOREACH (c, &j->chores, link)
		c->sent = false;
	j->under_way = 0;
	watch_from_now(j);
	send_chores(j);
}

static struct janitor *new_helper(
    struct event_base *base, const struct spool *spool, const char *verb)
{
	struct janitor *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	j->base = base;
	j->spool = spool;
	j->channel = -1;
	(void)snprintf(j->verb, sizeof j->verb, "%s", verb);
	TAILQ_INIT(&j->chores);
	TAILQ_INIT(&j->large);
	j->again = evtimer_new(base, janitor_on_again, j);
	j->watch = evtimer_new(base, on_watch, j);
	if (!j->again || !j->watch) {
		janitor_free(j);
		return NULL;
	}
	return j;
}

struct janitor *janitor_new(struct event_base *base, const struct spool *spool)
{
	struct janitor *j = new_helper(base, spool, JANITOR_VERB);

	if (j)
		janitor_start(j);
	return j;
}

/* Its locks go with it; not for ever, it may be in a call that cannot be killed. */
static void wait_for_end(struct janitor *j)
{
	enum { END_MS = 1000 };

	if (j->pid > 0)
		(void)program_wait(j->pid, clock_ms() + END_MS);
}

static void free_chores(struct chores *chores)
{
	for (struct chore *c; (c = TAILQ_FIRST(chores));) {
		TAILQ_REMOVE(chores, c, link);
		free_chore(c);
	}
}

void janitor_free(struct janitor *j)
{
	if (!j)
		return;
	hang_up(j);
	for (int i = 0; i < PORTERS; i++)
		if (j->porters[i])
			hang_up(j->porters[i]); /* together, then waited for */
	for (int i = 0; i < PORTERS; i++)
		janitor_free(j->porters[i]);
	wait_for_end(j);
	free_chores(&j->chores);
	free_chores(&j->large);
	if (j->again)
		event_free(j->again);
	if (j->watch)
		event_free(j->watch);
	free(j);
}

static void janitor_ask(struct janitor *j, struct chore *c)
{
	c->sequence = ++j->sequence;
	c->sent = false;
	TAILQ_INSERT_TAIL(&j->chores, c, link);
	j->unsynced += c->unsynced;
	if (j->count++ == 0 && j->channel != -1)
		watch_from_now(j);
	/* While it works the next ones gather: they will be one packet, and share their
	 * syncs. In order: an event for the socket means that older ones wait. */
	if (j->under_way == 0 &&
	    (!j->writable || !event_pending(j->writable, EV_WRITE, NULL)))
		send_chores(j);
}

/* ---- porters ---- */

/* One that has nothing to do; NULL: all have, or there is no memory for another. */
static struct janitor *free_porter(struct janitor *j)
{
	for (int i = 0; i < PORTERS; i++) {
		struct janitor *p = j->porters[i];
		if (!p && (p = new_helper(j->base, j->spool, PORTER_VERB))) {
			p->owner = j;
			j->porters[i] = p;
		}
		if (p && p->count == 0)
			return p;
	}
	return NULL;
}

/* Each porter has one copy at a time; it is started with its first and stays. */
static void give_large(struct janitor *j)
{
	struct janitor *p;
	struct chore *c;

	while ((c = TAILQ_FIRST(&j->large)) && (p = free_porter(j))) {
		TAILQ_REMOVE(&j->large, c, link);
		if (p->pid == 0 && !evtimer_pending(p->again, NULL))
			janitor_start(p);
		janitor_ask(p, c);
	}
}

size_t janitor_large(const struct janitor *j)
{
	return j->large_count;
}

/* Memory for a chore: without it nothing can be promised any more. */
static struct chore *new_chore(void)
{
	struct chore *c = calloc(1, sizeof *c);

	if (!c)
		abort();
	return c;
}

void janitor_settle(struct janitor *j, struct claim *claim, unsigned plan,
    janitor_settled_fn *fn, void *arg)
{
	struct chore *c = new_chore();

	c->claim = claim;
	c->plan = plan;
	c->unsynced = claim->unsynced;
	c->settled = fn;
	c->arg = arg;
	janitor_ask(j, c);
}

void janitor_scan(
    struct janitor *j, const char *sub, bool restart, janitor_scanned_fn *fn, void *arg)
{
	struct chore *c = new_chore();

	c->sub = strdup(sub);
	if (!c->sub)
		abort();
	c->restart = restart;
	c->scanned = fn;
	c->arg = arg;
	janitor_ask(j, c);
}

bool janitor_reaped(void *janitor, pid_t pid, int status, const struct rusage *usage)
{
	struct janitor *j = janitor;

	for (int i = 0; i < PORTERS; i++)
		if (j->porters[i] && janitor_reaped(j->porters[i], pid, status, usage))
			return true;
	if (pid <= 0 || pid != j->pid)
		return false;
	metric_add(METRIC_HELPERS, j->verb, 1);
	if (!j->replaced)
		log_event(EVENT_HELPER_LOST, LOG_S("helper", j->verb), LOG_I("pid", pid),
		    LOG_S("signal",
			WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL),
		    LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0),
		    LOG_U("chores", j->count));
	j->pid = 0;
	j->failures = j->replaced ? 0 : j->failures;
	j->replaced = false;
	hang_up(j);
	start_later(j);
	return true;
}

void janitor_replace(struct janitor *j)
{
	for (int i = 0; i < PORTERS; i++)
		if (j->porters[i])
			janitor_replace(j->porters[i]);
	j->replaced = j->pid > 0;
	hang_up(j);
}

size_t janitor_pending(const struct janitor *j)
{
	return j->count + j->large_count;
}

uint64_t janitor_unsynced(const struct janitor *j)
{
	return j->unsynced;
}

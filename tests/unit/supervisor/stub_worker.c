/* SPDX-License-Identifier: ISC */
/*
 * A worker that converts nothing: each order's "to" names what it does. The table of
 * misbehaviours of test_pool.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/blackbox.h"
#include "proto/channel.h"
#include "proto/convert.pb-c.h"
#include "proto/frame.h"

static struct blackbox *box;
static uint64_t job, output_max;
static uint64_t length; /* that Done says of its output */
static int passed[CHANNEL_PASSED];
static uint8_t pending[65536];
static size_t pending_len;

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	(void)nanosleep(&t, NULL);
}

static void for_ever(void)
{
	for (;;)
		sleep_ms(1000);
}

static void send_bytes(const void *p, size_t n)
{
	if (write(CHANNEL_ANSWERS, p, n) != (ssize_t)n)
		_exit(CHANNEL_EXIT_CHANNEL);
}

/* Frames are collected, so that several can go out in one write. */
static void add(Bulkhead__Answer *r)
{
	size_t n = bulkhead__answer__get_packed_size(r);
	frame_put_length(pending + pending_len, n);
	bulkhead__answer__pack(r, pending + pending_len + FRAME_HEADER);
	pending_len += FRAME_HEADER + n;
}

static void flush(void)
{
	send_bytes(pending, pending_len);
	pending_len = 0;
}

static Bulkhead__Answer answer(uint64_t about, int kind)
{
	Bulkhead__Answer r = BULKHEAD__ANSWER__INIT;
	r.job = about;
	r.kind_case = (Bulkhead__Answer__KindCase)kind;
	return r;
}

static void add_progress(uint64_t about)
{
	Bulkhead__Progress m = BULKHEAD__PROGRESS__INIT;
	Bulkhead__Answer r = answer(about, BULKHEAD__ANSWER__KIND_PROGRESS);
	r.progress = &m;
	add(&r);
}

static void add_syncing(void)
{
	Bulkhead__Syncing m = BULKHEAD__SYNCING__INIT;
	Bulkhead__Answer r = answer(job, BULKHEAD__ANSWER__KIND_SYNCING);
	r.syncing = &m;
	add(&r);
}

static void add_facts(void)
{
	Bulkhead__Facts m = BULKHEAD__FACTS__INIT;
	Bulkhead__Answer r = answer(job, BULKHEAD__ANSWER__KIND_FACTS);
	m.subject = (char *)"subject";
	r.facts = &m;
	add(&r);
}

static void add_done(int outcome)
{
	Bulkhead__Done m = BULKHEAD__DONE__INIT;
	Bulkhead__Answer r = answer(job, BULKHEAD__ANSWER__KIND_DONE);
	m.outcome = (Bulkhead__Done__Outcome)outcome;
	m.output = length;
	r.done = &m;
	add(&r);
}

static void add_crash(int number)
{
	Bulkhead__Crash m = BULKHEAD__CRASH__INIT;
	Bulkhead__Answer r = answer(job, BULKHEAD__ANSWER__KIND_CRASH);
	m.signal = (uint32_t)number;
	r.crash = &m;
	add(&r);
	box->fault.signal = (uint32_t)number;
	box->fault.address = 8;
	box->fault.pc = 0x1234;
}

static void done(void)
{
	for (int i = 0; i < CHANNEL_PASSED; i++)
		(void)close(passed[i]);
	add_done(BULKHEAD__DONE__OUTCOME__CONVERTED);
	flush();
}

/* A result of four bytes. */
static void do_write(void)
{
	length = write(passed[CHANNEL_OUTPUT], "data", 4) == 4 ? 4 : 0;
	done();
	length = 0;
}

static void do_wrong_length(void)
{
	length = 5;
	done();
	length = 0;
}

/* Its output stays open. */
static void do_passed(void)
{
	add_done(BULKHEAD__DONE__OUTCOME__PASSED);
	flush();
}

static void do_refused(void)
{
	Bulkhead__Refused m = BULKHEAD__REFUSED__INIT;
	Bulkhead__Answer r = answer(job, BULKHEAD__ANSWER__KIND_REFUSED);
	m.reason = (char *)"no such format";
	r.refused = &m;
	add(&r);
	flush();
}

static void do_facts(void)
{
	add_facts();
	flush();
	done();
}

static void end_by(int number)
{
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void do_crash(void)
{
	add_facts();
	add_crash(SIGSEGV);
	flush();
	end_by(SIGSEGV);
}

static void do_silent_crash(void)
{
	end_by(SIGBUS);
}

static void do_done_crash(void)
{
	add_done(0);
	add_crash(SIGSEGV);
	flush();
	end_by(SIGSEGV);
}

static void do_undead(void)
{
	add_crash(SIGABRT);
	flush();
	for_ever();
}

/* Its corpse takes the kernel a while. */
static void do_big_crash(void)
{
	enum { BIG = 256 << 20 };
	char *p =
	    mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; p != MAP_FAILED && i < BIG; i += 4096)
		p[i] = 1;
	do_crash();
}

static void do_exit_0(void)
{
	_exit(0);
}

static void do_killed(void)
{
	(void)kill(getpid(), SIGKILL);
}

static void do_stopped(void)
{
	(void)kill(getpid(), SIGSTOP);
}

static void do_talk(void)
{
	for (;; sleep_ms(20)) {
		add_progress(job);
		flush();
	}
}

static void do_spin(void)
{
	for (;;)
		add_progress(job), pending_len = 0;
}

static void do_spin_on(void)
{
	(void)signal(SIGXCPU, SIG_IGN);
	for (int n = 0;; n++) {
		add_progress(job);
		if (n % 10000000 == 0)
			flush();
		pending_len = 0;
	}
}

static void do_sync(void)
{
	add_syncing();
	flush();
	sleep_ms(700);
	add_progress(job);
	flush();
	done();
}

static void do_sync_for_ever(void)
{
	for (;; sleep_ms(20)) {
		add_syncing();
		flush();
	}
}

static void do_memory(void)
{
	box->memory_asked = 12345;
	_exit(CHANNEL_EXIT_MEMORY);
}

/* Ends well only where that much may be had. */
static void do_greedy(void)
{
	enum { GREED = 64 << 20 };
	void *p =
	    mmap(NULL, GREED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		box->memory_asked = GREED;
		_exit(CHANNEL_EXIT_MEMORY);
	}
	(void)munmap(p, GREED);
	done();
}

static void do_fill(void)
{
	static char block[65536];
	(void)signal(SIGXFSZ, SIG_IGN);
	while (write(passed[CHANNEL_OUTPUT], block, sizeof block) > 0)
		;
	box->output_errno = (uint32_t)errno;
	_exit(CHANNEL_EXIT_OUTPUT);
}

static void do_fill_scratch(void)
{
	passed[CHANNEL_OUTPUT] = passed[CHANNEL_SCRATCH];
	do_fill();
}

static void do_fill_lie(void)
{
	box->output_errno = EFBIG;
	_exit(CHANNEL_EXIT_OUTPUT);
}

/* It claims that the disk is full. */
static void do_full_lie(void)
{
	box->output_errno = ENOSPC;
	_exit(CHANNEL_EXIT_OUTPUT);
}

static void do_sandbox(void)
{
	end_by(SIGSYS);
}

static void do_flood(void)
{
	for (;;) {
		while (pending_len < 4000)
			add_progress(job);
		flush();
	}
}

static void do_half_frame(void)
{
	send_bytes("\x20\0\0\0half", 8);
	for_ever();
}

static void do_long_frame(void)
{
	send_bytes("\xff\xff\xff\xff", 4);
	for_ever();
}

static void do_garbage(void)
{
	send_bytes("\x08\0\0\0garbage.", 12);
	for_ever();
}

static void do_other_job(void)
{
	add_progress(job + 1);
	flush();
	for_ever();
}

static void do_done_twice(void)
{
	add_done(0);
	add_done(0);
	flush();
	for_ever();
}

static void do_done_and_byte(void)
{
	add_done(0);
	pending[pending_len++] = 0;
	flush();
	for_ever();
}

static void do_done_then_more(void)
{
	done();
	sleep_ms(100);
	add_progress(job);
	flush();
	for_ever();
}

static void do_deaf(void)
{
	(void)close(CHANNEL_ANSWERS);
	for_ever();
}

static void do_words(void)
{
	static const char text[] = "first\0line\nthe last line\n";
	(void)!write(STDERR_FILENO, text, sizeof text - 1);
	end_by(SIGABRT);
}

static void do_word_flood(void)
{
	static char text[65536];
	memset(text, 'x', sizeof text);
	for (int i = 0; i < 1000; i++)
		(void)!write(STDERR_FILENO, text, sizeof text);
	done();
}

static void do_grow(void)
{
	enum { SIZE = 64 << 20 };
	static volatile char *p;
	p = malloc(SIZE);
	for (size_t i = 0; p && i < SIZE; i += 4096)
		p[i] = 1;
	done();
}

static void do_slow(void)
{
	sleep_ms(150);
	done();
}

/* Until the test opens the gate (engine_ground.h). */
static void do_gate(void)
{
	const char *gate = getenv("BULKHEAD_CHAOS_GATE");

	while (gate && access(gate, F_OK) == -1)
		sleep_ms(5);
	done();
}

static const struct deed {
	const char *name;
	void (*run)(void);
} deeds[] = {
	{ "done", done },
	{ "write", do_write },
	{ "wrong-length", do_wrong_length },
	{ "passed", do_passed },
	{ "refused", do_refused },
	{ "facts", do_facts },
	{ "slow", do_slow },
	{ "gate", do_gate },
	{ "grow", do_grow },
	{ "crash", do_crash },
	{ "silent-crash", do_silent_crash },
	{ "big-crash", do_big_crash },
	{ "done-crash", do_done_crash },
	{ "undead", do_undead },
	{ "exit-0", do_exit_0 },
	{ "killed", do_killed },
	{ "stopped", do_stopped },
	{ "hang", for_ever },
	{ "talk", do_talk },
	{ "spin", do_spin },
	{ "spin-on", do_spin_on },
	{ "sync", do_sync },
	{ "sync-for-ever", do_sync_for_ever },
	{ "memory", do_memory },
	{ "greedy", do_greedy },
	{ "fill", do_fill },
	{ "fill-scratch", do_fill_scratch },
	{ "fill-lie", do_fill_lie },
	{ "full-lie", do_full_lie },
	{ "sandbox", do_sandbox },
	{ "flood", do_flood },
	{ "half-frame", do_half_frame },
	{ "long-frame", do_long_frame },
	{ "garbage", do_garbage },
	{ "other-job", do_other_job },
	{ "done-twice", do_done_twice },
	{ "done-and-byte", do_done_and_byte },
	{ "done-then-more", do_done_then_more },
	{ "deaf", do_deaf },
	{ "words", do_words },
	{ "word-flood", do_word_flood },
};

/* "mime": the message itself names what it wants. */
static const char *wanted(const char *to)
{
	static char text[64];
	ssize_t n = pread(passed[CHANNEL_INPUT], text, sizeof text - 1, 0);

	if (strcmp(to, "mime") != 0 || n < 0)
		return to;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static void obey(const char *to)
{
	to = wanted(to);
	for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
		if (strcmp(deeds[i].name, to) == 0) {
			deeds[i].run();
			return;
		}
	_exit(CHANNEL_EXIT_CHANNEL);
}

/* False: the supervisor closed the socket. */
static int next_order(char to[64])
{
	uint8_t packed[CHANNEL_ORDER_MAX];
	union {
		struct cmsghdr head;
		char buffer[CMSG_SPACE(sizeof passed)];
	} control;
	struct iovec data = { packed, sizeof packed };
	struct msghdr h = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof control.buffer };
	ssize_t n = recvmsg(CHANNEL_ORDERS, &h, 0);

	if (n <= 0)
		return 0;
	Bulkhead__Order *o = bulkhead__order__unpack(NULL, (size_t)n, packed);
	if (!o || h.msg_controllen == 0)
		_exit(CHANNEL_EXIT_CHANNEL);
	memcpy(passed, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof passed);
	job = o->job;
	output_max = o->output_max;
	(void)snprintf(to, 64, "%s", o->to);
	bulkhead__order__free_unpacked(o, NULL);
	return 1;
}

/* How it begins is in the environment. */
static void begin(int argc, char **argv)
{
	const char *how = getenv("BULKHEAD_CHAOS_START");
	unsigned long long output = 0;

	if (argc != 6 || sscanf(argv[2], "output=%llu", &output) != 1)
		_exit(CHANNEL_EXIT_SETUP);
	struct rlimit r = { output, output };
	(void)setrlimit(RLIMIT_FSIZE, &r);
	box = mmap(
	    NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED, CHANNEL_BLACKBOX, 0);
	if (box == MAP_FAILED)
		_exit(CHANNEL_EXIT_SETUP);
	box->magic = BLACKBOX_MAGIC;
	box->size = sizeof *box;
	if (how && strcmp(how, "fail") == 0) {
		(void)fputs("some line\ncannot set up: no luck\n", stderr);
		_exit(CHANNEL_EXIT_SETUP);
	}
	if (how && strcmp(how, "hang") == 0)
		for_ever();
	Bulkhead__Ready m = BULKHEAD__READY__INIT;
	Bulkhead__Answer ready = answer(0, BULKHEAD__ANSWER__KIND_READY);
	m.protocol = CHANNEL_PROTOCOL;
	ready.ready = &m;
	add(&ready);
	flush();
	if (how && strcmp(how, "stay") == 0)
		(void)signal(SIGTERM, SIG_IGN);
}

int main(int argc, char **argv)
{
	char to[64];

	if (strcmp(argv[0], CHANNEL_ZYGOTE) == 0)
		return CHANNEL_EXIT_SETUP;
	begin(argc, argv);
	while (next_order(to)) {
		box->job = job;
		obey(to);
		box->job = 0;
	}
	if (getenv("BULKHEAD_CHAOS_STAY"))
		for_ever();
	return CHANNEL_EXIT_RETIRED;
}

/* SPDX-License-Identifier: ISC */
#include "worker.h"

#ifdef BULKHEAD_SANITIZE
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const struct {
	const char *action;
	int signal;
} faults[] = {
	{ "null", SIGSEGV },
	{ "abort", SIGABRT },
	{ "overflow", SIGSEGV },
	{ "sys", SIGSYS },
};

static const struct blackbox_module *module_of(const struct blackbox *b, uint64_t pc)
{
	for (uint32_t i = 0; i < b->module_count; i++)
		if (pc >= b->modules[i].start && pc < b->modules[i].end)
			return &b->modules[i];
	return NULL;
}

/* Last words, wait status and black box agree, and the box says where it was. */
Test(crash, is_told_and_kept)
{
	const char *limits[] = { "stack=1048576", "memory=268435456", NULL };

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		char text[64];
		struct worker w = start_ready(CHAOS, limits);
		(void)snprintf(
		    text, sizeof text, "BULKHEAD-CHAOS: %s\r\n", faults[i].action);
		give_text(&w, text);
		Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_CRASH);
		const struct blackbox_fault *f = &w.box->fault;
		cr_expect_eq((int)r->crash->signal, faults[i].signal, "%s", text);
		cr_expect_eq(r->crash->pc, f->pc);
		cr_expect_eq(r->crash->address, f->address);
		cr_expect_eq((int32_t)r->crash->code, f->code);
		cr_expect_eq((int)f->signal, faults[i].signal);
		cr_expect_eq(w.box->job, w.job);
		cr_expect_gt(f->register_count, 8);
		cr_expect_gt(f->stack_length, 64, "%s: %u", text, f->stack_length);
		cr_expect_leq(f->stack_length, BLACKBOX_STACK);
		cr_expect_not_null(module_of(w.box, f->pc), "%s", text);
		cr_expect_gt(w.box->crumb_count, 0);
		cr_expect_eq(strncmp(w.box->crumbs[0].format, "probe", 8), 0);
		bulkhead__answer__free_unpacked(r, NULL);
		cr_expect_null(next_answer(&w)); /* nothing behind it */
		EXPECT_SIGNAL(&w, faults[i].signal);
	}
}

Test(crash, null_is_at_address_zero_in_the_program)
{
	struct worker w = start_ready(CHAOS, NULL);

	give_text(&w, "BULKHEAD-CHAOS: null");
	Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_CRASH);
	const struct blackbox_module *m = module_of(w.box, r->crash->pc);
	cr_expect_eq(r->crash->address, 0);
	cr_assert_not_null(m);
	cr_expect_str_eq(m->name, "chaos-worker");
	bulkhead__answer__free_unpacked(r, NULL);
	EXPECT_SIGNAL(&w, SIGSEGV);
}

/* The stack in the box is the real one: a return address into the program is in it. */
Test(crash, the_stack_is_copied)
{
	struct worker w = start_ready(CHAOS, NULL);
	unsigned found = 0;

	give_text(&w, "BULKHEAD-CHAOS: abort");
	expect(&w, BULKHEAD__ANSWER__KIND_CRASH);
	const struct blackbox_fault *f = &w.box->fault;
	for (uint32_t at = 0; at + 8 <= f->stack_length; at += 8) {
		uint64_t word;
		memcpy(&word, f->stack + at, 8);
		const struct blackbox_module *m = module_of(w.box, word);
		found += m && strcmp(m->name, "chaos-worker") == 0;
	}
	cr_expect_gt(found, 2);
	EXPECT_SIGNAL(&w, SIGABRT);
}

Test(crash, cpu_limit_is_an_answer_too)
{
	struct worker w = start_ready(CHAOS, NULL);

	give_text(&w, "BULKHEAD-CHAOS: spin-progress");
	expect(&w, BULKHEAD__ANSWER__KIND_PROGRESS);
	cr_assert_eq(kill(w.pid, SIGXCPU), 0);
	Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_CRASH);
	cr_expect_eq((int)r->crash->signal, SIGXCPU);
	bulkhead__answer__free_unpacked(r, NULL);
	EXPECT_SIGNAL(&w, SIGXCPU);
}

Test(crash, the_killed_leave_their_job_and_crumbs)
{
	struct worker w = start_ready(CHAOS, NULL);

	give_text(&w, "BULKHEAD-CHAOS: kill");
	cr_expect_null(next_answer(&w));
	cr_expect_eq(w.box->job, w.job);
	cr_expect_eq(w.box->fault.signal, 0);
	cr_expect_gt(w.box->crumb_count, 0);
	EXPECT_SIGNAL(&w, SIGKILL);
}

Test(crash, memory_leaves_what_was_asked)
{
	const char *limits[] = { "memory=134217728", NULL };
	struct worker w = start_ready(CHAOS, limits);

	give_text(&w, "BULKHEAD-CHAOS: memory");
	cr_expect_null(next_answer(&w));
	cr_expect_eq(w.box->memory_asked, 1 << 20);
	cr_expect_eq(w.box->fault.signal, 0);
	EXPECT_EXIT(&w, CHANNEL_EXIT_MEMORY);
}

Test(crash, memory_over_the_rlimit_is_refused_by_the_system)
{
	const char *limits[] = { "memory=134217728", "sandbox=off", NULL };

	if (SANITIZED)
		cr_skip_test("sanitizers need their address space");
	if (!kernel_filters())
		cr_skip_test(EMULATED);
	struct worker w = start_ready(CHAOS, limits);
	give_text(&w, "BULKHEAD-CHAOS: kernel-memory");
	cr_expect_null(next_answer(&w));
	EXPECT_SIGNAL(&w, SIGKILL);
}

Test(crash, output_over_its_limit_says_so)
{
	const char *limits[] = { "output=3000000", NULL };
	struct worker w = start_ready(CHAOS, limits);

	give_text(&w, "BULKHEAD-CHAOS: output");
	cr_expect_null(next_answer(&w));
	cr_expect_eq(w.box->output_errno, EFBIG);
	EXPECT_EXIT(&w, CHANNEL_EXIT_OUTPUT);
}

Test(crash, a_new_order_starts_with_a_clean_box)
{
	struct worker w = start_ready(CHAOS, NULL);

	for (int i = 0; i < 20; i++) {
		give_text(&w, "");
		expect(&w, BULKHEAD__ANSWER__KIND_REFUSED);
	}
	cr_expect_leq(w.box->crumb_count, 2);
	retire(&w);
}

#define MARKED(action) \
	"From: ann@example.org\r\nSubject: marked\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: text/plain\r\n\r\nBULKHEAD-CHAOS: " action "\r\n"

Test(crash, the_sender_is_known_before)
{
	struct worker w = start_ready(CHAOS, NULL);

	give_text(&w, MARKED("null"));
	Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_FACTS);
	cr_expect_not_null(strstr(r->facts->sender, "ann@example.org"));
	bulkhead__answer__free_unpacked(r, NULL);
	expect(&w, BULKHEAD__ANSWER__KIND_CRASH);
	EXPECT_SIGNAL(&w, SIGSEGV);
}

Test(crash, lack_of_memory_leaves_what_was_asked)
{
	const char *limits[] = { "memory=134217728", NULL };
	struct worker w = start_ready(CHAOS, limits);

	if (SANITIZED)
		cr_skip_test("the sanitizer's allocator ends the process itself");
	give_text(&w, MARKED("memory"));
	expect(&w, BULKHEAD__ANSWER__KIND_FACTS);
	int status = end_of(&w);
	cr_expect_geq(w.box->memory_asked, 1ULL << 20, "%llx, status %x",
	    (unsigned long long)w.box->memory_asked, (unsigned)status);
}

/* Done is said while somebody can still write: the lease finds it out. */
Test(crash, chaos_keeps_the_output_open)
{
	const char *limits[] = { "sandbox=off", NULL };
	struct worker w = start_ready(CHAOS, limits);

	give_text(&w, MARKED("keep-output"));
	expect(&w, BULKHEAD__ANSWER__KIND_FACTS);
	expect(&w, BULKHEAD__ANSWER__KIND_DONE);
	int fd = open(w.output, O_RDONLY | O_CLOEXEC);
	cr_expect_eq(fcntl(fd, F_SETLEASE, F_RDLCK), -1);
	cr_expect_eq(errno, EAGAIN);
	(void)close(fd);
	retire(&w);
}

static unsigned lines_of(const char *option)
{
	char command[5000], line[256];
	unsigned n = 0;

	(void)snprintf(command, sizeof command, "%s %s", built(CHAOS), option);
	FILE *f = popen(command, "r");
	while (fgets(line, sizeof line, f))
		n++;
	cr_expect_eq(pclose(f), 0);
	return n;
}

Test(crash, chaos_lists_what_it_can)
{
	cr_expect_gt(lines_of("--frames"), 140);
	cr_expect_gt(lines_of("--actions"), 20);
}

/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "pool/autopsy.h"
#include "proto/channel.h"

enum { JOB = 9 };
#define EXITED(code) ((code) << 8)

static struct blackbox *box(void)
{
	static struct blackbox b;
	b = (struct blackbox){ .magic = BLACKBOX_MAGIC, .size = sizeof b, .job = JOB };
	return &b;
}

Test(autopsy, gives_each_verdict)
{
	static const struct {
		const char *name;
		enum killed killed;
		bool reaped;
		int status;
		bool full, oom;
		uint32_t fault;
		uint64_t memory;
		uint32_t output_errno;
		enum verdict want;
	} t[] = {
		{ "segv", 0, 1, SIGSEGV, 0, 0, SIGSEGV, 0, 0, VERDICT_CRASHED },
		{ "abort", 0, 1, SIGABRT, 0, 0, 0, 0, 0, VERDICT_CRASHED },
		{ "exit 0", 0, 1, EXITED(0), 0, 0, 0, 0, 0, VERDICT_CRASHED },
		{ "exit 1", 0, 1, EXITED(1), 0, 0, 0, 0, 0, VERDICT_CRASHED },
		{ "no corpse yet", 0, 0, 0, 0, 0, SIGSEGV, 0, 0, VERDICT_CRASHED },
		{ "total", KILLED_TOTAL, 1, SIGKILL, 0, 0, 0, 0, 0,
		    VERDICT_TIMED_OUT_TOTAL },
		{ "silence", KILLED_SILENCE, 1, SIGKILL, 0, 0, 0, 0, 0,
		    VERDICT_TIMED_OUT_SILENCE },
		{ "our cpu", KILLED_CPU, 1, SIGKILL, 0, 0, 0, 0, 0,
		    VERDICT_TIMED_OUT_CPU },
		{ "kernel's cpu", 0, 1, SIGXCPU, 0, 0, SIGXCPU, 0, 0,
		    VERDICT_TIMED_OUT_CPU },
		{ "violation", KILLED_VIOLATION, 1, SIGKILL, 0, 0, 0, 0, 0,
		    VERDICT_PROTOCOL },
		{ "stop", KILLED_STOP, 0, 0, 0, 0, 0, 0, 0, VERDICT_INFRASTRUCTURE },
		{ "ours beats its words", KILLED_TOTAL, 1, SIGKILL, 1, 1, SIGSYS, 5,
		    EFBIG, VERDICT_TIMED_OUT_TOTAL },
		{ "sandbox", 0, 1, SIGSYS, 0, 0, SIGSYS, 0, 0, VERDICT_SANDBOX },
		{ "memory, clean", 0, 1, EXITED(CHANNEL_EXIT_MEMORY), 0, 0, 0, 100, 0,
		    VERDICT_MEMORY },
		{ "memory, abort", 0, 1, SIGABRT, 0, 0, SIGABRT, 100, 0, VERDICT_MEMORY },
		{ "memory, the code alone", 0, 1, EXITED(CHANNEL_EXIT_MEMORY), 0, 0, 0, 0,
		    0, VERDICT_CRASHED },
		{ "killed by the kernel for memory", 0, 1, SIGKILL, 0, 1, 0, 0, 0,
		    VERDICT_MEMORY },
		{ "killed by somebody", 0, 1, SIGKILL, 0, 0, 0, 0, 0, VERDICT_CRASHED },
		{ "output", 0, 1, EXITED(CHANNEL_EXIT_OUTPUT), 1, 0, 0, 0, EFBIG,
		    VERDICT_OUTPUT },
		{ "output, errno alone", 0, 1, SIGABRT, 1, 0, 0, 0, EFBIG,
		    VERDICT_OUTPUT },
		{ "output, only said", 0, 1, EXITED(CHANNEL_EXIT_OUTPUT), 0, 0, 0, 0,
		    EFBIG, VERDICT_CRASHED },
		{ "disk full, only said", 0, 1, EXITED(CHANNEL_EXIT_OUTPUT), 0, 0, 0, 0,
		    ENOSPC, VERDICT_CRASHED },
		{ "full, but a fault", 0, 1, SIGSEGV, 1, 0, SIGSEGV, 0, 0,
		    VERDICT_CRASHED },
	};
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct blackbox *b = box();
		b->fault.signal = t[i].fault;
		b->memory_asked = t[i].memory;
		b->output_errno = t[i].output_errno;
		struct autopsy a = {
			.killed = t[i].killed,
			.reaped = t[i].reaped,
			.wait_status = t[i].status,
			.output_full = t[i].full,
			.oom_killed = t[i].oom,
		};
		cr_expect(autopsy_read(&a, b, sizeof *b, JOB), "%s", t[i].name);
		cr_expect_eq(autopsy_verdict(&a), t[i].want, "%s: %s", t[i].name,
		    verdict_row(autopsy_verdict(&a))->name);
	}
}

Test(autopsy, ignores_a_box_that_is_not_this_orders)
{
	struct blackbox *b = box();
	struct autopsy a = { .reaped = true, .wait_status = SIGBUS };

	b->memory_asked = 5;
	cr_expect_not(autopsy_read(&a, b, sizeof *b, JOB + 1));
	cr_expect_not(autopsy_read(&a, b, sizeof *b - 1, JOB));
	cr_expect_not(autopsy_read(&a, NULL, 0, JOB));
	b->magic++;
	cr_expect_not(autopsy_read(&a, b, sizeof *b, JOB));
	b = box();
	b->size--;
	cr_expect_not(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_eq(a.memory_asked, 0);
	cr_expect_eq(a.signal, SIGBUS, "the wait status is known all the same");
}

Test(autopsy, reads_crumbs_oldest_first)
{
	struct blackbox *b = box();
	struct autopsy a = { .pid = 1 };

	b->crumb_count = 18;
	for (uint32_t i = 0; i < b->crumb_count; i++) {
		struct blackbox_crumb *c = &b->crumbs[i % BLACKBOX_CRUMBS];
		memcpy(c->format, "tnefmime", i == 17 ? 8 : 4);
		c->offset = i;
	}
	memcpy(b->crumbs[5].format, "a\nb", 4);
	b->crumbs[6].format[0] = 0;
	memcpy(b->crumbs[7].format, "a\0b", 4);
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_assert_eq(a.crumb_count, 13, "three have no proper name");
	cr_expect_eq(a.crumbs[0].offset, 2);
	cr_expect_eq(a.crumbs[3].offset, 8);
	cr_expect_eq(a.crumbs[12].offset, 17);

	b->crumb_count = UINT32_MAX; /* slots 14, 13, ... are the newest */
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_leq(a.crumb_count, BLACKBOX_CRUMBS);
	cr_expect_eq(a.crumbs[a.crumb_count - 1].offset, 14);
}

Test(autopsy, places_the_program_counter)
{
	struct blackbox *b = box();
	struct autopsy a = { .reaped = true, .wait_status = SIGKILL };

	b->module_count = UINT32_MAX;
	b->modules[0] = (struct blackbox_module){ .start = 0x1000, .end = 0x2000 };
	b->modules[BLACKBOX_MODULES - 1] = (struct blackbox_module){ .start = 0x5000,
		.end = 0x6000,
		.bias = 0x4000,
		.build_id = { 0xab, 0x01 },
		.name = "libx.so" };
	b->fault = (struct blackbox_fault){ .signal = SIGSEGV,
		.code = 1,
		.address = 8,
		.pc = 0x5123,
		.stack_length = UINT32_MAX,
		.register_count = UINT32_MAX };
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_eq(a.signal, SIGSEGV, "slow to die of it and helped");
	cr_expect_eq(a.address, 8);
	cr_expect_str_eq(a.pc_module, "libx.so");
	cr_expect_eq(a.pc_offset, 0x1123);
	cr_expect_str_eq(a.pc_build_id, "ab01000000000000000000000000000000000000");

	memset(b->modules[BLACKBOX_MODULES - 1].name, 'x',
	    sizeof b->modules[BLACKBOX_MODULES - 1].name);
	a = (struct autopsy){ .pid = 1 };
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_eq(strlen(a.pc_module), sizeof b->modules[BLACKBOX_MODULES - 1].name);
	b->modules[BLACKBOX_MODULES - 1].bias = 0x5124;
	a = (struct autopsy){ .pid = 1 };
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_str_empty(a.pc_module);
}

/* Only what is an address of code without its upper bits is one. */
Test(autopsy, takes_signatures_off_return_addresses)
{
	static const struct {
		uint64_t word, want;
	} t[] = {
		{ 0x003700000040aaaa, 0x40aaaa },
		{ 0xff7f000000401000, 0x401000 }, /* behind a call at the very end */
		{ 0x000000000040aaaa, 0x40aaaa },
		{ 0x0037000000500000, 0x0037000000500000 }, /* in no module */
		{ 0x4141414141414141, 0x4141414141414141 },
		{ 0, 0 },
	};
	enum { N = sizeof t / sizeof t[0] };
	struct blackbox *b = box();

	b->module_count = 2;
	b->modules[0].start = 0x400000;
	b->modules[0].end = 0x401000;
	b->modules[1].start = 0x40a000;
	b->modules[1].end = 0x40b000;
	b->fault.stack_length = N * sizeof(uint64_t) + 3;
	for (size_t i = 0; i < N; i++)
		memcpy(b->fault.stack + 8 * i, &t[i].word, 8);
	b->fault.registers[30] = t[0].word;
	b->fault.registers[29] = t[4].word;
	autopsy_unsign(b);
	for (size_t i = 0; i < N; i++)
		cr_expect(
		    memcmp(b->fault.stack + 8 * i, &t[i].want, 8) == 0, "word %zu", i);
	cr_expect_eq(b->fault.registers[30], t[0].want);
	cr_expect_eq(b->fault.registers[29], t[4].want);
	/* What the box says of itself may be lies. */
	b->module_count = UINT32_MAX;
	b->fault.stack_length = UINT32_MAX;
	autopsy_unsign(b);
}

Test(autopsy, believes_the_wait_status_more_than_the_box)
{
	struct blackbox *b = box();
	struct autopsy a = { .reaped = true, .wait_status = SIGSEGV };

	b->fault.signal = SIGSYS;
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_eq(a.signal, SIGSEGV);
	cr_expect_eq(autopsy_verdict(&a), VERDICT_CRASHED);
	b->fault.signal = 65;
	a = (struct autopsy){ .pid = 1 };
	cr_assert(autopsy_read(&a, b, sizeof *b, JOB));
	cr_expect_eq(a.signal, 0);
}

Test(autopsy, names_signals)
{
	cr_expect_str_eq(autopsy_signal_name(SIGSEGV), "SIGSEGV");
	cr_expect_str_eq(autopsy_signal_name(SIGXCPU), "SIGXCPU");
	cr_expect_str_eq(autopsy_signal_name(0), "signal 0");
	cr_expect_str_eq(autopsy_signal_name(77), "signal 77");
	cr_expect_str_eq(autopsy_signal_name(UINT32_MAX), "signal 4294967295");
}

Test(autopsy, frees_what_it_owns)
{
	struct autopsy a = { .stderr_tail = strdup("x"), .stderr_length = 1 };
	autopsy_clear(&a);
	cr_expect_null(a.stderr_tail);
}

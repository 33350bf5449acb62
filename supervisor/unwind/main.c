/* SPDX-License-Identifier: ISC */
/*
 * Unwinds the stack that a worker left in its black box (proto/unwind.h). Started by the
 * supervisor for one stack, because unwinding is an interpreter that runs on hostile
 * bytes: every file is opened first, then the process locks itself in, then the stack is
 * looked at.
 */
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include "proto/blackbox.h"
#include "proto/unwind.h"
#include "unwind_jail.h"
#include "unwind_names.h"
#include "unwind_place.h"

static struct blackbox box;
static struct {
	Dwfl_Module *of[BLACKBOX_MODULES];
	uint32_t count;
} modules;
static struct {
	uint64_t of[UNWIND_FRAMES]; /* addresses */
	unsigned count;
} frames;
enum { PROGRAM = 0 /* among the modules */ };

static int unwinder_fail(const char *what)
{
	(void)fprintf(stderr, "bulkhead-unwind: %s\n", what);
	return EXIT_FAILURE;
}

static bool unwinder_read_box(void)
{
	size_t done = 0;

	while (done < sizeof box) {
		ssize_t n = read(STDIN_FILENO, (char *)&box + done, sizeof box - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	modules.count =
	    box.module_count < BLACKBOX_MODULES ? box.module_count : BLACKBOX_MODULES;
	if (box.fault.stack_length > BLACKBOX_STACK)
		box.fault.stack_length = BLACKBOX_STACK;
	return box.magic == BLACKBOX_MAGIC && box.size == sizeof box;
}

static uint64_t unwinder_word_at(uint32_t offset)
{
	uint64_t word;

	memcpy(&word, box.fault.stack + offset, sizeof word);
	return word;
}

static bool unwinder_holds(const struct blackbox_module *m, uint64_t address)
{
	return address >= m->start && address < m->end;
}

/* Whether an address in it is the program counter or lies on the stack: only such modules
 * are worth opening. A call at a module's very end returns to the byte behind it. */
static bool is_mentioned(const struct blackbox_module *m)
{
	if (unwinder_holds(m, box.fault.pc) || unwinder_holds(m, box.fault.pc - 1))
		return true;
	for (uint32_t i = 0; i + 8 <= box.fault.stack_length; i += 8)
		if (unwinder_holds(m, unwinder_word_at(i) - 1))
			return true;
	return false;
}

/* Open what is needed of a module, with its symbols and lines, where there are any. */
static void open_module(Dwfl *dwfl, uint32_t index)
{
	const struct blackbox_module *m = &box.modules[index];
	char path[sizeof m->path + 1];
	Dwarf_Addr bias;

	memcpy(path, m->path, sizeof m->path);
	path[sizeof m->path] = '\0';
	if (path[0] != '/' || !is_mentioned(m))
		return;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return;
	Dwfl_Module *module = dwfl_report_elf(dwfl, path, path, fd, m->bias, true);
	if (!module) {
		(void)close(fd);
		return;
	}
	modules.of[index] = module;
	const unsigned char *id;
	GElf_Addr at;
	int length = dwfl_module_build_id(module, &id, &at);
	/* Another file has taken its place: its tables would tell lies. */
	if (length > 0 && (size_t)length <= sizeof m->build_id &&
	    memcmp(id, m->build_id, (size_t)length) != 0)
		modules.of[index] = NULL;
	if (length <= 0 || modules.of[index]) {
		(void)dwfl_module_eh_cfi(module, &bias);
		unwind_names_load(module, index == PROGRAM);
	}
}

/* ---- what libdw asks of us ---- */

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	(void)dwfl;
	(void)arg;
	if (*thread)
		return 0;
	*thread = &box;
	return 1;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *to, void *arg)
{
	const struct blackbox_fault *f = &box.fault;

	(void)dwfl;
	(void)arg;
	if (address < f->sp || f->stack_length < 8 ||
	    address - f->sp > f->stack_length - 8)
		return false;
	*to = unwinder_word_at((uint32_t)(address - f->sp));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct blackbox_fault *f = &box.fault;

	(void)arg;
#if defined(__x86_64__)
	/* In DWARF's order (System V ABI, AMD64, figure 3.36). */
	static const int order[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
		REG_RBP, REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13,
		REG_R14, REG_R15, REG_RIP };
	enum { N = sizeof order / sizeof order[0], SP = 7, PC = 16 };
	Dwarf_Word words[N];
	for (int i = 0; i < N; i++)
		words[i] = f->registers[order[i]];
	words[SP] = f->sp;
	words[PC] = f->pc;
	return dwfl_thread_state_registers(thread, 0, N, words);
#elif defined(__aarch64__)
	Dwarf_Word words[32];
	for (int i = 0; i < 31; i++)
		words[i] = f->registers[i];
	words[31] = f->sp;
	dwfl_thread_state_register_pc(thread, f->pc);
	return dwfl_thread_state_registers(thread, 0, 32, words);
#else
	(void)thread;
	(void)f;
	return false;
#endif
}

/* ---- the answer ---- */

static uint32_t unwinder_module_of(uint64_t address)
{
	uint32_t i = 0;

	while (i < modules.count && !unwinder_holds(&box.modules[i], address))
		i++;
	return i;
}

static void keep_frame(uint64_t address)
{
	frames.of[frames.count++] = address;
}

static void print_frame(uint64_t address, bool line)
{
	const uint32_t i = unwinder_module_of(address);

	if (i < modules.count)
		(void)printf("%u", i);
	else
		(void)putchar('-');
	(void)printf(" %llx ", (unsigned long long)address);
	unwind_names_print(i < modules.count ? modules.of[i] : NULL, address, line);
}

/* What called main is the same for all, and the lines of the C library may take longer to
 * read than all else together: 60 ms, where they are installed. */
static void print_frames(void)
{
	unsigned inside = frames.count;

	if (inside > 0 && unwinder_module_of(frames.of[inside - 1]) == PROGRAM &&
	    unwind_names_start(modules.of[PROGRAM], frames.of[inside - 1]))
		inside--;
	while (inside > 0 && unwinder_module_of(frames.of[inside - 1]) != PROGRAM)
		inside--;
	for (unsigned i = 0; i < frames.count; i++)
		print_frame(frames.of[i], inside == 0 || i < inside);
}

static int on_frame(Dwfl_Frame *frame, void *arg)
{
	const bool *popped = arg;
	Dwarf_Addr pc;
	bool activation;

	if (!dwfl_frame_pc(frame, &pc, &activation) || pc == 0)
		return DWARF_CB_ABORT;
	/* Where it will return to is behind the call, perhaps in the next line. */
	if (!activation || (frames.count == 1 && *popped))
		pc--;
	keep_frame(pc);
	return frames.count < UNWIND_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
}

static int on_thread(Dwfl_Thread *thread, void *arg)
{
	(void)dwfl_thread_getframes(thread, on_frame, arg);
	return DWARF_CB_ABORT;
}

/* A call to where no code is has pushed its return address and done nothing else: the
 * caller is found by hand, the rest by its tables. */
static bool pop_wild_call(void)
{
	struct blackbox_fault *f = &box.fault;

	for (uint32_t i = 0; i < modules.count; i++)
		if (unwinder_holds(&box.modules[i], f->pc))
			return false;
	keep_frame(f->pc);
#if defined(__x86_64__)
	if (f->stack_length < 8)
		return true;
	f->pc = unwinder_word_at(0);
	f->sp += 8;
	f->stack_length -= 8;
	memmove(f->stack, f->stack + 8, f->stack_length);
#elif defined(__aarch64__)
	f->pc = f->registers[30];
#endif
	return true;
}

int main(int argc, char **argv)
{
	static const Dwfl_Thread_Callbacks state = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};

	(void)signal(SIGXFSZ, SIG_IGN); /* as in all roles */
	if (!unwind_jail_limits())
		return unwinder_fail("limits cannot be set");
	if (argc > 1)
		return unwind_place(argc - 1, argv + 1) ? EXIT_SUCCESS : EXIT_FAILURE;
	if (!unwinder_read_box())
		return unwinder_fail("no black box on standard input");
	Dwfl *dwfl = dwfl_begin(&unwind_names_files);
	if (!dwfl)
		return unwinder_fail(dwfl_errmsg(-1));
	dwfl_report_begin(dwfl);
	for (uint32_t i = 0; i < modules.count; i++)
		open_module(dwfl, i);
	if (dwfl_report_end(dwfl, NULL, NULL) != 0)
		return unwinder_fail(dwfl_errmsg(-1));
	static char answer[UNWIND_ANSWER_MAX];
	(void)setvbuf(stdout, answer, _IOFBF, sizeof answer);
	if (!unwind_jail_shut())
		return unwinder_fail("the unwinder cannot lock itself in");
	/* ---- from here on hostile bytes are interpreted. ---- */

	bool popped = pop_wild_call();
	if (dwfl_attach_state(dwfl, NULL, 1, &state, NULL))
		(void)dwfl_getthreads(dwfl, on_thread, &popped);
	else if (!popped)
		keep_frame(box.fault.pc);
	print_frames();
	(void)fflush(stdout);
	_exit(EXIT_SUCCESS);
}

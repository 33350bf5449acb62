/* SPDX-License-Identifier: ISC */
#include "crash.h"

#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/crumb.h"
#include "proto/blackbox.h"
#include "proto/channel.h"

/* Crumbs are written straight into the box. */
#define SAME(ours, theirs) \
	_Static_assert( \
	    offsetof(struct crumb, ours) == offsetof(struct blackbox_crumb, theirs), \
	    "crumb and blackbox_crumb differ")
SAME(format, format);
SAME(depth, depth);
SAME(part, part);
SAME(tag, tag);
SAME(spare, spare);
SAME(offset, offset);
_Static_assert(sizeof(struct crumb) == sizeof(struct blackbox_crumb), "size of a crumb");
_Static_assert((int)CRUMB_RING == (int)BLACKBOX_CRUMBS, "number of crumbs");

static struct blackbox *box;
static struct crash_frame crash_answer;
static uint64_t stack_end; /* 0: not known */

/* What is mapped: the same in each copy of this process. */
static struct {
	struct blackbox_module of[BLACKBOX_MODULES];
	uint32_t count;
} modules;

/* The last is no fault: the supervisor asks where we are before it kills us. */
static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP,
	SIGXCPU, CHANNEL_SIGNAL_WHERE };

/* Registers in the machine's order, with those that every report names. */
static void keep_registers(struct blackbox_fault *f, const ucontext_t *u)
{
#if defined(__x86_64__)
	_Static_assert(NGREG <= BLACKBOX_REGISTERS, "registers of x86-64");
	for (int i = 0; i < NGREG; i++)
		f->registers[i] = (uint64_t)u->uc_mcontext.gregs[i];
	f->register_count = NGREG;
	f->pc = (uint64_t)u->uc_mcontext.gregs[REG_RIP];
	f->sp = (uint64_t)u->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	for (int i = 0; i < 31; i++)
		f->registers[i] = u->uc_mcontext.regs[i];
	f->registers[31] = u->uc_mcontext.sp;
	f->register_count = 32;
	f->pc = u->uc_mcontext.pc;
	f->sp = u->uc_mcontext.sp;
#else
	(void)f; /* the fault is told without registers */
	(void)u;
#endif
}

/*
 * The stack from sp upwards. sp may be anything: the kernel copies, and answers
 * EFAULT where nothing is mapped, by writing to the box's own file. Directly,
 * because a sanitizer's pwrite would look at the bytes first. What cannot be read
 * below readable bytes stays zero (an overflown stack ends at its guard page).
 * What lies behind the first function's frame is nobody's.
 */
static void keep_stack(struct blackbox_fault *f)
{
	enum { STEP = 1024 };
	const uint64_t at = offsetof(struct blackbox, fault.stack);

	for (uint64_t done = 0; done < BLACKBOX_STACK;) {
		uint64_t from = f->sp + done, n = STEP - from % STEP;
		if (from < f->sp || from == stack_end)
			break; /* the end of all addresses */
		if (from < stack_end && n > stack_end - from)
			n = stack_end - from;
		if (n > BLACKBOX_STACK - done)
			n = BLACKBOX_STACK - done;
		long got =
		    syscall(SYS_pwrite64, CHANNEL_BLACKBOX, from, n, (long)(at + done));
		done += n;
		if (got > 0)
			f->stack_length = (uint32_t)(done - n + (uint64_t)got);
	}
}

static void crash_patch(size_t at, const void *value, size_t n)
{
	memcpy(crash_answer.bytes + at, value, n); /* fixed32/64: least byte first */
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	uint32_t signal_number = (uint32_t)number;
	int32_t code = info->si_code;

	if (!box) { /* a zygote: nobody's message */
		(void)raise(number);
		return;
	}
	struct blackbox_fault *f = &box->fault;
	f->code = code;
	if (number == SIGSYS)
		f->address = (uint64_t)info->si_syscall;
	else if (code > 0 && number != SIGXCPU) /* raised by the machine, not by kill */
		f->address = (uint64_t)(uintptr_t)info->si_addr;
	keep_registers(f, context);
	keep_stack(f);
	f->signal = signal_number; /* last: the fault is whole */

	crash_patch(crash_answer.job, &box->job, 8);
	crash_patch(crash_answer.signal, &signal_number, 4);
	crash_patch(crash_answer.code, &code, 4);
	crash_patch(crash_answer.address, &f->address, 8);
	crash_patch(crash_answer.pc, &f->pc, 8);
	(void)!write(CHANNEL_ANSWERS, crash_answer.bytes, crash_answer.length);

	/* The default action is set again (SA_RESETHAND) and comes when we return. */
	(void)raise(number);
	errno = saved;
}

static bool own_stack(void)
{
	/* What the kernel stores of the processor's state grows with the processor. */
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = getauxval(AT_MINSIGSTKSZ);

	size += (size_t)64 * 1024; /* ample for the handler and a sanitizer's frames */
	size = (size + page - 1) / page * page;
	char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return false;
	if (mprotect(p, page, PROT_NONE) == -1)
		return false;
	stack_t s = { .ss_sp = p + page, .ss_size = size };
	return sigaltstack(&s, NULL) == 0;
}

bool crash_init(const struct crash_frame *frame, const char **what)
{
	crash_answer = *frame;
	*what = "making the signal stack";
	if (!own_stack())
		return false;
	*what = "installing the fault handlers";
	struct sigaction act = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND,
	};
	(void)sigfillset(&act.sa_mask);
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		if (sigaction(fatal[i], &act, NULL) == -1)
			return false;
	return true;
}

bool crash_box(const char **what)
{
	*what = "mapping the black box";
	/* fstat may be a call that takes paths, which are forbidden by now. */
	const off_t size = lseek(CHANNEL_BLACKBOX, 0, SEEK_END);
	if (size == -1)
		return false;
	errno = EINVAL; /* a file that is too short would fault one day */
	if (size < (off_t)sizeof *box)
		return false;
	void *at = mmap(
	    NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED, CHANNEL_BLACKBOX, 0);
	if (at == MAP_FAILED)
		return false;
	box = at;
	/* It is new, so all else is zero: what no message needs takes no memory. */
	memcpy(box->modules, modules.of, modules.count * sizeof *modules.of);
	box->module_count = modules.count;
	box->magic = BLACKBOX_MAGIC;
	box->size = sizeof *box;
	crumb_ring = (struct crumb_ring){
		.slots = (struct crumb *)box->crumbs,
		.count = &box->crumb_count,
		.memory_asked = &box->memory_asked,
		.output_errno = &box->output_errno,
	};
	return true;
}

/* The GNU build id among an object's notes. */
static void find_build_id(struct blackbox_module *m, const uint8_t *at, size_t left)
{
	ElfW(Nhdr) note;

	while (left >= sizeof note) {
		memcpy(&note, at, sizeof note);
		size_t name = (note.n_namesz + 3U) & ~3U,
		       desc = (note.n_descsz + 3U) & ~3U;
		if (name > left - sizeof note || desc > left - sizeof note - name)
			return;
		const uint8_t *owner = at + sizeof note;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    memcmp(owner, "GNU", 4) == 0 && note.n_descsz <= sizeof m->build_id) {
			memcpy(m->build_id, owner + name, note.n_descsz);
			return;
		}
		at += sizeof note + name + desc;
		left -= sizeof note + name + desc;
	}
}

/* arg is the path of the program, which comes first and has no name. */
static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct blackbox_module *m = &modules.of[modules.count];

	(void)size;
	if (modules.count == BLACKBOX_MODULES)
		return 1;
	const char *name = info->dlpi_name;
	if (!name[0] && modules.count == 0)
		name = arg;
	const char *slash = strrchr(name, '/');
	m->bias = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uint64_t start = info->dlpi_addr + h->p_vaddr;
		if (h->p_type == PT_LOAD && (h->p_flags & PF_X)) {
			if (m->start == 0)
				m->start = start;
			m->end = start + h->p_memsz;
		} else if (h->p_type == PT_NOTE) {
			/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
			find_build_id(m, (const uint8_t *)start, h->p_memsz);
		}
	}
	(void)snprintf(m->name, sizeof m->name, "%s", slash ? slash + 1 : name);
	(void)snprintf(m->path, sizeof m->path, "%s", name);
	modules.count++;
	return 0;
}

void crash_modules(void)
{
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

	program[n > 0 ? n : 0] = '\0';
	modules.count = 0;
	(void)dl_iterate_phdr(add_module, program);
}

void crash_stack_ends(const void *end)
{
	stack_end = (uint64_t)(uintptr_t)end;
}

void crash_job(uint64_t job)
{
	if (job) {
		box->crumb_count = 0;
		box->memory_asked = 0;
		box->output_errno = 0;
	}
	box->job = job;
}

void crash_build(char to[CRASH_BUILD_SIZE])
{
	static const uint8_t none[sizeof modules.of[0].build_id];
	const uint8_t *id = modules.of[0].build_id;

	to[0] = '\0';
	if (memcmp(id, none, sizeof none) == 0)
		return;
	for (size_t i = 0; i < sizeof none; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", id[i]);
}

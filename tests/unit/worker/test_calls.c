/* SPDX-License-Identifier: ISC */
/* The worker's list of system calls, against the program that libseccomp makes of it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "calls.h"

enum { OWN = 4711, LAST_CALL = 520, MOST = 4096 };

struct program {
	struct sock_filter code[MOST];
	size_t n;
};

static void take_ours(struct program *p, enum calls_set set)
{
	p->n = calls_program(p->code, set, OWN);
}

static void take_theirs(struct program *p)
{
	scmp_filter_ctx list = seccomp_init(SCMP_ACT_TRAP);
	int fd = memfd_create("program", 0);

	cr_assert(list && fd != -1);
	cr_assert_eq(
	    seccomp_attr_set(list, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), 0);
	for (size_t i = 0; i < calls_count; i++) {
		const struct calls_row *row = &calls_rows[i];
		struct scmp_arg_cmp args[CALLS_ARGUMENTS];
		for (unsigned k = 0; k < calls_arguments(row); k++)
			args[k] = (struct scmp_arg_cmp){ row->arguments[k].number,
				SCMP_CMP_MASKED_EQ, row->arguments[k].looked_at,
				row->arguments[k].is == CALLS_OWN
				    ? OWN
				    : row->arguments[k].is };
		cr_assert_eq(seccomp_rule_add_array(list,
				 row->answer == CALLS_ALLOWED ? SCMP_ACT_ALLOW
							      : SCMP_ACT_ERRNO(EACCES),
				 (int)row->call, calls_arguments(row), args),
		    0, "row %zu", i);
	}
	cr_assert_eq(seccomp_export_bpf(list, fd), 0);
	ssize_t n = pread(fd, p->code, sizeof p->code, 0);
	cr_assert(n > 0 && n < (ssize_t)sizeof p->code);
	p->n = (size_t)n / sizeof p->code[0];
	(void)close(fd);
	seccomp_release(list);
}

/* What the kernel would come to: the instructions of both programs, no others. */
static uint32_t answer_of(const struct program *p, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct sock_filter *f = &p->code[i];
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof a);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			break;
		case BPF_JMP | BPF_JA:
			i += f->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			i += a >= f->k ? f->jt : f->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			i += a > f->k ? f->jt : f->jf;
			break;
		case BPF_RET | BPF_K:
			return f->k;
		default:
			cr_assert_fail("instruction %#x", f->code);
		}
	}
	cr_assert_fail("it has no end");
	return 0;
}

static struct program ours, theirs, of_zygote, of_copy;

static void setup(void)
{
	take_ours(&ours, CALLS_OF_WORKER);
	take_ours(&of_zygote, CALLS_OF_ZYGOTE);
	take_ours(&of_copy, CALLS_OF_COPY);
	take_theirs(&theirs);
}

/* What the kernel heeds where a process has two programs: seccomp(2). */
static uint32_t stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & SECCOMP_RET_ACTION_FULL) <
		       (int32_t)(b & SECCOMP_RET_ACTION_FULL)
		   ? a
		   : b;
}

static void expect_same(const struct seccomp_data *data)
{
	uint32_t a = answer_of(&ours, data), b = answer_of(&theirs, data);

	cr_expect_eq(a, b, "call %#x of %#x: %#x, %#x; arguments %#llx %#llx %#llx %#llx",
	    (unsigned)data->nr, data->arch, a, b, (unsigned long long)data->args[0],
	    (unsigned long long)data->args[1], (unsigned long long)data->args[2],
	    (unsigned long long)data->args[3]);
	b = stricter(answer_of(&of_zygote, data), answer_of(&of_copy, data));
	cr_expect_eq(a, b, "copy: call %#x of %#x: %#x, %#x", (unsigned)data->nr,
	    data->arch, a, b);
}

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

TestSuite(calls, .init = setup);

Test(calls, are_few_and_fit)
{
	cr_expect_lt(ours.n, (size_t)CALLS_INSTRUCTIONS);
	cr_expect_lt(of_zygote.n, (size_t)CALLS_INSTRUCTIONS);
	cr_expect_lt(of_copy.n, ours.n / 2);
	cr_expect_lt(ours.n, (size_t)BPF_MAXINSNS);
}

Test(calls, every_number_has_the_answer_of_the_library)
{
	static const uint32_t architectures[] = { NATIVE, AUDIT_ARCH_I386, AUDIT_ARCH_ARM,
		0 };

	for (size_t k = 0; k < sizeof architectures / sizeof architectures[0]; k++)
		for (int high = 0; high < 3; high++)
			for (int nr = -2; nr < LAST_CALL; nr++)
				expect_same(&(struct seccomp_data){
				    .nr = (int)((uint32_t)nr | (uint32_t)high << 30),
				    .arch = architectures[k] });
}

/* Each bit of each argument, while the other arguments are as one row wants them. */
static void flip_each(const struct seccomp_data *fits)
{
	for (int argument = 0; argument < 6; argument++)
		for (int bit = 0; bit < 64; bit++) {
			struct seccomp_data other = *fits;
			other.args[argument] ^= UINT64_C(1) << bit;
			expect_same(&other);
			for (int second = 0; second < 64; second++) {
				struct seccomp_data third = other;
				third.args[(argument + 1) % 6] ^= UINT64_C(1) << second;
				expect_same(&third);
			}
		}
}

static struct seccomp_data fits_row(const struct calls_row *row)
{
	struct seccomp_data fits = { .nr = (int)row->call, .arch = NATIVE };

	for (unsigned k = 0; k < calls_arguments(row); k++)
		fits.args[row->arguments[k].number] =
		    row->arguments[k].is == CALLS_OWN ? OWN : row->arguments[k].is;
	return fits;
}

Test(calls, every_bit_of_an_argument_is_looked_at_alike)
{
	for (size_t i = 0; i < calls_count; i++) {
		const struct calls_row *row = &calls_rows[i];
		struct seccomp_data fits = fits_row(row);
		cr_expect_eq(answer_of(&ours, &fits), row->answer == CALLS_ALLOWED
							  ? SECCOMP_RET_ALLOW
							  : SECCOMP_RET_ERRNO | EACCES);
		flip_each(&fits);
	}
}

/* A zygote may make what it takes to be a worker; a worker's program has none of it. */
Test(calls, what_makes_a_worker_is_taken_away_from_it)
{
	for (size_t i = 0; i < calls_making_count; i++) {
		const struct calls_row *row = &calls_making[i];
		struct seccomp_data fits = fits_row(row);
		cr_expect_eq(
		    answer_of(&of_zygote, &fits), SECCOMP_RET_ALLOW, "%u", row->call);
		cr_expect_eq(
		    answer_of(&of_copy, &fits), answer_of(&ours, &fits), "%u", row->call);
		expect_same(&fits);
		flip_each(&fits);
	}
}

/* SPDX-License-Identifier: ISC */
#include "attempt/unwind_known.h"

#include <stdlib.h>
#include <string.h>

#include "proto/blackbox.h"

enum {
	WORDS_MAX = 1024,
	KNOWN_MAX = 16,
	KNOWN_MS = 60 * 1000, /* then again: debug files may be new */
	ON_STACK = -1,
	ALONE = -2, /* the program counter, in no module */
};

/* A register (at is negative) or a word of the stack that points into a module: into
 * which one, and how far behind its beginning. */
struct pointer {
	int32_t at, module;
	uint64_t offset;
};

struct trace {
	uint64_t modules; /* a hash of the table, which the supervisor's own copy is */
	uint32_t stack_length;
	size_t count;
	struct pointer pointers[WORDS_MAX];
};

struct known {
	struct trace *trace; /* NULL: free */
	uint64_t since;
	unsigned count;
	struct unwind_frame *frames; /* their addresses relative to their modules */
};

struct knowns {
	struct known of[KNOWN_MAX];
	size_t next;
};

/* FNV-1a. */
static uint64_t knowns_mix(uint64_t hash, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

static uint32_t modules_of(const struct blackbox *b)
{
	return b->module_count < BLACKBOX_MODULES ? b->module_count : BLACKBOX_MODULES;
}

static int32_t module_of(const struct blackbox *b, uint64_t address)
{
	for (uint32_t i = 0; i < modules_of(b); i++)
		/* A call at a module's very end returns to the byte behind it. */
		if (address >= b->modules[i].start && address <= b->modules[i].end)
			return (int32_t)i;
	return ALONE;
}

/* False: too many. Words that point nowhere are left out: an unwinder makes nothing of
 * them. */
static bool unwind_known_add(
    struct trace *t, const struct blackbox *b, int32_t at, uint64_t word)
{
	uint64_t sp = b->fault.sp;
	struct pointer p = { at, ON_STACK, word - sp };

	if (word < sp || word - sp > t->stack_length) {
		p.module = module_of(b, word);
		if (p.module == ALONE)
			return true;
		p.offset = word - b->modules[p.module].bias;
	}
	if (t->count == WORDS_MAX)
		return false;
	t->pointers[t->count++] = p;
	return true;
}

struct trace *trace_of(const struct blackbox *b)
{
	const struct blackbox_fault *f = &b->fault;
	struct trace *t = malloc(sizeof *t);
	bool ok = t != NULL;
	uint64_t word;

	if (!t)
		return NULL;
	t->modules = 0xcbf29ce484222325;
	t->count = 0;
	t->stack_length =
	    f->stack_length < BLACKBOX_STACK ? f->stack_length : (uint32_t)BLACKBOX_STACK;
	for (uint32_t i = 0; i < modules_of(b); i++) {
		t->modules = knowns_mix(
		    t->modules, b->modules[i].build_id, sizeof b->modules[i].build_id);
		t->modules =
		    knowns_mix(t->modules, b->modules[i].path, sizeof b->modules[i].path);
	}
	t->pointers[t->count++] = (struct pointer){ -1, ALONE, f->pc };
	if (module_of(b, f->pc) != ALONE) {
		t->count = 0;
		ok = unwind_known_add(t, b, -1, f->pc);
	}
	for (int32_t i = 0; i < BLACKBOX_REGISTERS && ok; i++)
		ok = unwind_known_add(t, b, -2 - i, f->registers[i]);
	for (uint32_t at = 0; at + sizeof word <= t->stack_length && ok; at += 8) {
		memcpy(&word, f->stack + at, sizeof word);
		ok = unwind_known_add(t, b, (int32_t)at, word);
	}
	if (ok)
		return t;
	free(t);
	return NULL;
}

bool trace_equal(const struct trace *a, const struct trace *b)
{
	if (!a || !b || a->modules != b->modules || a->stack_length != b->stack_length ||
	    a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->pointers[i].at != b->pointers[i].at ||
		    a->pointers[i].module != b->pointers[i].module ||
		    a->pointers[i].offset != b->pointers[i].offset)
			return false;
	return true;
}

struct knowns *knowns_new(void)
{
	return calloc(1, sizeof(struct knowns));
}

static void knowns_forget(struct known *k)
{
	free(k->trace);
	free(k->frames);
	*k = (struct known){ .trace = NULL };
}

void knowns_free(struct knowns *all)
{
	for (size_t i = 0; all && i < KNOWN_MAX; i++)
		knowns_forget(&all->of[i]);
	free(all);
}

/* Where the frame's module begins in this box, 0 when it is in none. */
static uint64_t base_of(const struct blackbox *b, const struct unwind_frame *f)
{
	return f->module >= 0 && (uint32_t)f->module < modules_of(b)
		   ? b->modules[f->module].bias
		   : 0;
}

void knowns_add(struct knowns *all, const struct trace *trace, const struct blackbox *b,
    const struct unwind_answer *answer, uint64_t now)
{
	struct known *k = &all->of[all->next];

	if (!trace || answer->failure || answer->count == 0)
		return;
	all->next = (all->next + 1) % KNOWN_MAX;
	knowns_forget(k);
	k->trace = malloc(sizeof *k->trace);
	k->frames = calloc(answer->count, sizeof *k->frames);
	if (!k->trace || !k->frames) {
		knowns_forget(k);
		return;
	}
	memcpy(k->trace, trace, sizeof *trace);
	k->since = now;
	k->count = answer->count;
	for (unsigned i = 0; i < k->count; i++) {
		k->frames[i] = answer->frames[i];
		k->frames[i].address -= base_of(b, &k->frames[i]);
	}
}

bool knowns_find(struct knowns *all, const struct trace *trace, const struct blackbox *b,
    uint64_t now, struct unwind_answer *answer)
{
	for (size_t i = 0; i < KNOWN_MAX; i++) {
		const struct known *k = &all->of[i];
		if (!trace_equal(k->trace, trace) || now - k->since > KNOWN_MS)
			continue;
		answer->failure = NULL;
		answer->count = k->count;
		for (unsigned n = 0; n < k->count; n++) {
			answer->frames[n] = k->frames[n];
			answer->frames[n].address += base_of(b, &k->frames[n]);
		}
		return true;
	}
	return false;
}

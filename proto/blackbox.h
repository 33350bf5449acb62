/* SPDX-License-Identifier: ISC */
#ifndef PROTO_BLACKBOX_H
#define PROTO_BLACKBOX_H

#include <stdint.h>

/*
 * The memory that a worker shares with the supervisor and that outlives it,
 * whatever ended it. The worker writes as it goes; the supervisor copies it
 * once, when the worker is gone or about to be killed, and then treats the copy
 * as hostile bytes (supervisor/pool/autopsy.c).
 *
 * No pointers, no padding that matters; both sides are of one build.
 */
enum {
	BLACKBOX_MAGIC = 0x78426b42, /* "BkBx" */
	BLACKBOX_CRUMBS = 16,
	BLACKBOX_MODULES = 24, /* the program, its libraries, and a sanitizer's */
	BLACKBOX_REGISTERS = 32,
	BLACKBOX_STACK = 16 * 1024,
};

/* Where a decoder was: written by CRUMB() (worker/base/crumb.h). */
struct blackbox_crumb {
	char format[8]; /* NUL-padded: "tnef", "mime", "lzfu" */
	uint32_t depth; /* of nesting, 0 for the message itself */
	uint32_t part;  /* recipient, attachment or MIME part: 0 message, else from 1 */
	uint32_t tag;   /* TNEF attribute or MAPI property tag, 0 none */
	uint32_t spare;
	uint64_t offset; /* byte of the input, or of the part's own bytes below the top */
};

/* One mapped object, so that addresses can be made relative. Written before Ready. */
struct blackbox_module {
	uint64_t start, end; /* of its executable mapping */
	uint64_t bias;       /* address minus the address in the file */
	uint8_t build_id[20];
	char name[44];  /* last part of its path, NUL-padded */
	char path[168]; /* NUL-padded; where it does not fit, cut */
};

/* Written by the fault handler. signal is 0 as long as there was no fault. */
struct blackbox_fault {
	uint32_t signal;
	int32_t code;     /* si_code */
	uint64_t address; /* si_addr; for SIGSYS the number of the call */
	uint64_t pc, sp;
	uint64_t
	    registers[BLACKBOX_REGISTERS]; /* mcontext gregs in the machine's order */
	uint32_t register_count;
	uint32_t stack_length; /* bytes of stack[] copied from sp upwards */
	uint8_t stack[BLACKBOX_STACK];
};

struct blackbox {
	uint32_t magic;
	uint32_t size;         /* sizeof(struct blackbox) */
	uint64_t job;          /* in hand, 0 none */
	uint64_t memory_asked; /* bytes of the allocation that failed, 0 none did */
	uint32_t output_errno; /* why a write to output or scratch failed, 0 none did */
	uint32_t crumb_count;  /* ever written; the newest is crumbs[(count - 1) % 16] */
	struct blackbox_crumb crumbs[BLACKBOX_CRUMBS];
	uint32_t module_count;
	uint32_t spare;
	struct blackbox_module modules[BLACKBOX_MODULES];
	struct blackbox_fault fault;
};

#endif

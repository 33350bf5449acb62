/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_CLERK_H
#define GATEWAY_CLERK_H

#include <stdint.h>

struct http_call;

/*
 * `bulkhead dead` knows the dead letters, with its locks and its rules; the service
 * starts it for us (a clerk), and what it writes comes through a pipe and is the answer.
 */
enum { GATEWAY_ARGUMENTS = 18 };

struct gateway_clerk {
	enum gateway_clerk_kind {
		CLERK_ONE,     /* one object: of one letter */
		CLERK_LETTERS, /* a document with a list of them */
		CLERK_GROUPS,  /* the same of groups */
		CLERK_BYTES,   /* a letter as it came: passed on as it is read */
	} kind;
	const char *const *arguments; /* up to a NULL */
	uint64_t withdraw; /* make a dead letter of this message in hand first; 0: none */
};

void gateway_clerk(struct http_call *, const struct gateway_clerk *);
void gateway_clerk_gone(struct http_call *);

/* The bytes of a message in hand. */
void gateway_fetch(struct http_call *, uint64_t id);

#endif

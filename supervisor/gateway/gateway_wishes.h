/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_WISHES_H
#define GATEWAY_WISHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a request for a conversion says beside its message, in its query or in fields of
 * its form: names and values, each read by a row of a table. */
enum { WISHES_NAME = 256, WISHES_WRONG = 200 };
struct gateway_wishes {
	char to[32], name[WISHES_NAME];
	uint64_t time_ms, output, memory; /* limits; 0: the service's */
	bool keep_dead;                   /* where it fails */
	bool json; /* the answer: what is known of it, and where its result is */
	char wrong[WISHES_WRONG]; /* what cannot be understood; "": nothing */
	/* The form's field of which pieces come. */
	char key[16], value[WISHES_NAME];
	size_t used;
};

/* One of them. What it does not know, or cannot read, is told in wrong. form: not all may
 * be said there. */
void gateway_wish(struct gateway_wishes *, const char *key, const char *value, bool form);

/* A piece of a form's field; the last one is known to be it by gateway_wish_whole. */
void gateway_wish_piece(
    struct gateway_wishes *, const char *key, const char *bytes, uint64_t at, size_t n);
void gateway_wish_whole(struct gateway_wishes *);

#endif

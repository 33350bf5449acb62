/* SPDX-License-Identifier: ISC */
#ifndef MIME_ACCOUNT_H
#define MIME_ACCOUNT_H

#include <stdint.h>

struct arena;
struct message;

/*
 * What became of each body and attachment of a message: the writer says so when it has
 * written one, and asks at the end whether anything was forgotten. The message is asked
 * what it has, not the writer's plan, so that a fault of the plan is found as well.
 */
enum fate {
	FATE_NONE,          /* not thought of */
	FATE_OPEN,          /* to be written */
	FATE_WRITTEN,       /* in a part of the result */
	FATE_SHOWN_ALREADY, /* the mail around it says the same */
	FATE_NOTED,         /* a note says why it is nowhere */
};

struct account {
	enum fate plain, html, rtf;
	uint8_t *files; /* enum fate of each attachment */
};

/* What nobody has thought of before the first byte is written; as account_hole. */
const char *account_unplanned(
    struct arena *, const struct account *, const struct message *);

/* What has no place, by its property's name or as "attachment 3"; NULL: all is well. */
const char *account_hole(struct arena *, const struct account *, const struct message *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_PEOPLE_H
#define MIME_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/*
 * Somebody whom an address field names. An empty name: the address alone; an empty
 * address: a text that can be none, or a group without members.
 */
struct mailbox {
	struct text name, address;
};

struct people {
	struct mailbox *list;
	size_t count;
	size_t texts;      /* of them: no address, and not the name of a group */
	struct text text;  /* the first of those */
	struct text group; /* of groups with members the first one's name; .len 0: none */
	bool more;         /* than LIMIT_RECIPIENTS: they were left out */
};

/*
 * The people of an address field (RFC 5322 3.4, 4.4), unfolded, of any length. Whatever
 * it says is in the result: what has an "@" is an address, as it stands there, be it
 * valid or not; comments and what else stands beside it are the name. Known are the forms
 * that programs leave behind: <mailto:a@x>, [SMTP:a@x], 'a@x', "Name <a@x>" in quotes or
 * in an encoded word, semicolons that are meant as commas, addresses without either,
 * brackets and quotes that do not end. One pass, without recursion.
 *
 * Own code: GMime 3.2.13 leaves out an address with "..", with a dot before the "@", or
 * with a scheme, ends a@b@c at a@b, and calls itself for each group in a group until the
 * stack is used up (test_people.c shows it).
 */
struct people people_of(struct arena *, const char *value, size_t n);

#endif

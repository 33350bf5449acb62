/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_ADDRESS_H
#define MIME_READ_ADDRESS_H

#include "base/span.h"
#include "base/text.h"
#include "message/person.h"

struct arena;
struct props;
struct reading;

/* Somebody whom an address field names; an empty name: the address alone. */
struct read_person {
	struct text name, address;
};

/*
 * The people of an address field (RFC 5322 3.4), those of its groups among them. What
 * cannot be read as addresses is one person with that text as the name.
 */
size_t read_people(struct arena *, const char *value, struct read_person **to);

/* Name, type SMTP and address. */
void read_put_person(struct reading *, struct props *, const struct person_ids *,
    const struct read_person *);

/* One-off entry ids in a list (MS-OXCDATA 2.2.5.1, MS-OXCDATA 2.3.2 FlatEntryList). */
struct span read_entry_list(struct arena *, const struct read_person *, size_t count);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_ADDRESS_H
#define MIME_READ_ADDRESS_H

#include "base/span.h"
#include "base/text.h"
#include "format/mime/syntax/people.h"
#include "message/person.h"

struct arena;
struct props;
struct reading;

/* The people of an address field of the mail; field: its name, for notes. */
struct people read_people(struct reading *, const char *field, const char *value);

/* Name, type SMTP and address. */
void read_put_person(
    struct reading *, struct props *, const struct person_ids *, const struct mailbox *);

/* One-off entry ids in a list (MS-OXCDATA 2.2.5.1, MS-OXCDATA 2.3.2 FlatEntryList). */
struct span read_entry_list(struct arena *, const struct mailbox *, size_t count);

#endif

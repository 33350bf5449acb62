/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_PERSON_H
#define MESSAGE_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct arena;
struct props;

/*
 * Who somebody is, from the properties of a sender or recipient: one answer for all
 * writers. Texts are clean: of one line, without blanks at the ends.
 */
struct person {
	struct text name;    /* .len 0: none, or the address itself */
	struct text type;    /* of an address that is no internet address: "EX", "FAX" */
	struct text address; /* .len 0: none */
	bool internet;       /* the address is one of RFC 5322 3.4.1 in its plain forms */
};

/* The properties that make one person; 0: there is none. */
struct person_ids {
	uint16_t name, type, email, smtp, entry;
};
extern const struct person_ids person_sender, person_representing, person_receipt,
    person_recipient;

/* A person of whom nothing is known has neither name nor address. */
struct person person_of(struct arena *, const struct props *, const struct person_ids *);

/* People as one-off entry ids one after the other (PidTagReplyRecipientEntries,
 * [MS-OXCDATA] 2.3.3); their number. */
size_t person_list(struct arena *, struct span entries, struct person **to);

/* The provider of one-off entry ids ([MS-OXCDATA] 2.2.5.1). */
extern const uint8_t person_one_off[16];

/* Is anything known of this person? */
static inline bool person_any(const struct person *p)
{
	return p->name.len > 0 || p->address.len > 0;
}

#endif

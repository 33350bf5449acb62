/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_PERSON_H
#define MESSAGE_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/span.h"
#include "base/text.h"

struct arena;
struct props;

/*
 * Who somebody is, from the properties of a sender or recipient: one answer for all
 * writers. Texts are clean: of one line, without blanks at the ends.
 *
 * An internet address is looked for in this order: the property that has it; the
 * address, when it is one; a one-off entry id; an address of another kind that holds
 * one (IMCEASMTP-, "SMTP:" before it); where servers put it, too; the search key; the
 * name, as in many old messages. One that mail programs use though it is none is made
 * one: a local part in quotes ("a..b"@x.example), a domain in A-labels. Where two
 * addresses differ the first one counts; the other is not taken for a second person.
 */
struct person {
	struct text name;    /* .len 0: none, or the address itself */
	struct text type;    /* of an address that is no internet address: "EX", "FAX" */
	struct text address; /* .len 0: none */
	bool internet;       /* the address is one of RFC 5322 3.4.1, in ASCII */
};

/* The properties that make one person; 0: there is none. */
struct person_ids {
	uint16_t name, type, email, smtp, entry, search_key, smtp_too;
};
extern const struct person_ids person_sender, person_representing, person_received_by,
    person_received_representing, person_receipt, person_recipient;

/* A person of whom nothing is known has neither name nor address. */
struct person person_of(struct arena *, const struct props *, const struct person_ids *);

/* People as one-off entry ids one after the other (PidTagReplyRecipientEntries,
 * [MS-OXCDATA] 2.3.3); their number. page: of 8-bit ones, 0 when it is not known. */
size_t person_list(
    struct arena *, unsigned page, struct span entries, struct person **to);

/*
 * What an entry id says ([MS-OXCDATA] 2.2.5): a one-off one has name, type and address,
 * an address book's has a distinguished name. Not settled: address is as it is. False: of
 * another provider, or damaged.
 */
bool person_from_entry(
    struct arena *, unsigned page, struct cursor entry, struct person *);

/*
 * The address that another one encapsulates, and its type ("EX"): what is written for
 * people without an internet address ([MS-OXCMAIL] 2.2.3.1). False: it is none.
 */
bool person_unwrap(
    struct arena *, struct text address, struct text *type, struct text *inner);

/* addr-spec of RFC 5322 3.4.1 in its plain forms: safe between < and >. */
bool person_is_internet(struct text);

/* The provider of one-off entry ids ([MS-OXCDATA] 2.2.5.1). */
extern const uint8_t person_one_off[16];

/* Is anything known of this person? */
static inline bool person_any(const struct person *p)
{
	return p->name.len > 0 || p->address.len > 0;
}

#endif

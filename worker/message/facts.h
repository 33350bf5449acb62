/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_FACTS_H
#define MESSAGE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"

struct arena;

/* Whose message it is, for logs and reports; texts may be NULL. */
struct facts {
	const char *format, *sender, *subject, *message_id, *message_class;
	bool automatic; /* written by a program, or to many: nobody shall answer it */
	int64_t date;   /* it was sent or came, seconds since 1970; 0: not known */
	unsigned flags; /* set of enum formats_flag, as its file has them */
};

/* The text of a property in UTF-8; NULL: there is none. A format gives its own, since
 * facts are told as soon as they are known, before the texts of the message are settled.
 */
typedef const char *facts_text_fn(void *arg, uint16_t id);

/* What a message object says, by way of its texts; date: envelope_date's. */
struct facts facts_of(
    struct arena *, const char *format, facts_text_fn *text, void *arg, struct when date);

#endif

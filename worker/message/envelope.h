/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_ENVELOPE_H
#define MESSAGE_ENVELOPE_H

#include <stdbool.h>

#include "base/text.h"
#include "base/when.h"
#include "message/person.h"
#include "message/tags.h"

struct arena;
struct message;
struct recipient;

/* What stands on a message: one answer for all writers. */

/* PidTagSubject; where that is missing or empty, prefix and normalized subject
 * ([MS-OXCMSG] 2.2.1.46). .len 0: none. */
struct text envelope_subject(struct arena *, const struct message *);

/* Whose message it is: who is represented, else who sent it. *sender is who sent it for
 * somebody else, without name and address when that is the same person. False: nobody.
 * Without an internet address, that in PidTagTransportMessageHeaders is taken. */
bool envelope_from(
    struct arena *, const struct message *, struct person *from, struct person *sender);

/* To, Cc or Bcc. A recipient of an unknown kind goes to To: better seen than lost. */
enum recipient_type envelope_recipient_type(const struct recipient *);

/* Who received it, where no recipient is named (PidTagReceivedByEmailAddress): the one in
 * To. False: nobody, or there are recipients. */
bool envelope_receiver(struct arena *, const struct message *, struct person *);

/* When it was sent, else when it came; not .valid: nobody says. */
struct when envelope_date(const struct message *);

#endif

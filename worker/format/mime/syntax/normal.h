/* SPDX-License-Identifier: ISC */
#ifndef MIME_NORMAL_H
#define MIME_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct convert;

/*
 * Mails whose bytes went through a program that changed them all: saved in UTF-16, or
 * with line ends of CR CR LF or of CR alone. Everything else reads them as RFC 5322 has
 * them.
 */

/* The beginning of a mail as it should be: the same, or made anew in buffer, which has as
 * many bytes. */
struct span normal_head(struct span head, uint8_t *buffer);

/* Is all of the mail in UTF-16? */
bool normal_is_wide(struct span mail);

/* The mail as it should be, with a note: the same, or made anew in the scratch file. */
struct span normal_mail(struct convert *);

#endif

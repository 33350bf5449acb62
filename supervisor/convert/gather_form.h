/* SPDX-License-Identifier: ISC */
#ifndef GATHER_FORM_H
#define GATHER_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * How one result stands in a file that holds many. The result's bytes are copied as they
 * are, but for what would end it too soon; they are not read for anything else.
 */

/* A result, and what its store says of it. */
struct gather_one {
	int fd; /* of its bytes, from the beginning on */
	uint64_t bytes;
	const char *sender;  /* NULL: not known */
	int64_t date;        /* seconds since 1970; 0: not known */
	unsigned flags;      /* set of enum formats_flag */
	bool has_marks;      /* it has its flags in its header already */
	const json_t *about; /* for lines: what stands before the message */
};

/*
 * A mail of a mailbox: the line that begins with "From ", its flags as Status and
 * X-Status, the mail, an empty line. A line of the mail that begins with "From ", or with
 * that behind
 * ">"s, gets one ">" more (mboxrd), so that the mail can be read back as it was.
 *
 * To where out stands. False: errno.
 */
bool gather_form_mail(int out, const struct gather_one *)
    __attribute__((warn_unused_result));

/* A line of JSON: about's keys, and "message" with the result, which is JSON; spaces and
 * line ends between its values are left out. The same. */
bool gather_form_line(int out, const struct gather_one *)
    __attribute__((warn_unused_result));

#endif

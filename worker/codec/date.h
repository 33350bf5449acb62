/* SPDX-License-Identifier: ISC */
#ifndef CODEC_DATE_H
#define CODEC_DATE_H

#include <stddef.h>

#include "base/when.h"

/*
 * A date as mail has it: RFC 5322 3.3 and the obsolete forms of 4.3 (comments anywhere,
 * years of two and three digits, named zones; a military one says nothing, as they were
 * used in both senses), and what programs write instead: "Fri Nov 21 09:55:06 EST 1997",
 * "November 21, 1997 9:55 PM", "21-Nov-97 9:55", "1997-11-21T09:55:06+01:00", "11/21/97"
 * (the month first, where it can be one), "21.11.1997 09.55". So the parts may come in
 * any order; words and numbers that are no part are passed over. Day, month and year
 * there must be; a time that is not said is midnight, a zone that is not known UTC (RFC
 * 5322 4.3).
 *
 * One pass, whatever the bytes are. No locale and no time zone of the machine is used.
 * Not valid: it is no date, there is no such day, or it is not in the years 1601 to 9999.
 *
 * Own code: GMime reads dates, but linking it makes a worker load sixteen libraries
 * more: 178 page faults of its start, and 6.7 of its 17 ms. test_against_gmime.c says
 * where it reads another date, and why.
 */
struct when date_read(const char *s, size_t n);

#endif

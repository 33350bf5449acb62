/* SPDX-License-Identifier: ISC */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Points in time, and the three shapes they have in mail. No time zone of the
 * machine is ever used: FILETIME is UTC, DTR is taken as UTC.
 *
 * Own code: GLib's GDateTime counts in microseconds, and a FILETIME's last digit is lost
 * (test_when.c, glib_rounds); gmtime_r and timegm may read a time zone's file, which a
 * worker that is locked in cannot.
 */
struct when {
	int64_t unix_s; /* seconds since 1970-01-01T00:00:00Z */
	uint32_t ns;
	bool valid;
};

/* FILETIME: 100 ns units since 1601-01-01 (MS-DTYP 2.3.3). Invalid: 0, or after year
 * 9999. */
struct when when_from_filetime(uint64_t filetime);

/* The FILETIME of a point in time; 0 when it is invalid or out of FILETIME's range. */
uint64_t when_to_filetime(struct when);

/* DTR: year, month, day, hour, minute, second (MS-OXTNEF 2.1.3.1); invalid when out of
 * range. */
struct when when_from_dtr(const uint16_t field[6]);

/* "Sat, 21 Nov 1996 09:55:06 +0000" (RFC 5322 3.3) into at least 40 bytes. */
void when_rfc5322(struct when, char *to, size_t size);

/* "1996-11-21T09:55:06Z", with fraction when there is one, into at least 40 bytes. */
void when_iso8601(struct when, char *to, size_t size);

#endif

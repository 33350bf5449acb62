/* SPDX-License-Identifier: ISC */
#ifndef CODEC_IDNA_H
#define CODEC_IDNA_H

#include <stddef.h>

/*
 * A domain in UTF-8 as A-labels (RFC 5890 2.3.2.1): each label in lower case and composed
 * (NFKC), without characters that are not seen, and in Punycode (RFC 3492) where it is
 * not ASCII. sharp s and final sigma stay themselves (RFC 5891). ASCII is passed on in
 * lower case, whatever it is: who asks knows what a host name may hold.
 *
 * Returns the characters written to to, which holds IDNA_MOST, and a NUL behind them; 0:
 * no domain can hold it, or it becomes too long. Bytes that are no UTF-8 give no sense.
 *
 * Own code: GLib and libidn2 do it, for a conversion that one mail of thousands needs.
 * Each brings a library of tables that every worker maps at its start: 33 and 18 page
 * faults of the hundred that are left.
 */
enum { IDNA_MOST = 254 };
size_t idna_ascii(const char *domain, size_t n, char *to);

#endif

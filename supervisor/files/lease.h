/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

/* Has anybody this file open for writing? fd is open for reading only. LEASE_UNKNOWN:
 * no lease can be had here (other owner, network), or the call failed. */
enum lease { LEASE_FREE, LEASE_WRITER, LEASE_UNKNOWN };

enum lease lease_ask(int fd);

#endif

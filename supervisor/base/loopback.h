/* SPDX-License-Identifier: ISC */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stdbool.h>

struct sockaddr;

/* Is this an address of this machine only (127/8, ::1)? */
bool loopback_has(const struct sockaddr *);

#endif

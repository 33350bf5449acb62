/* SPDX-License-Identifier: ISC */
#ifndef SERVICE_ULIMITS_H
#define SERVICE_ULIMITS_H

#include <stdbool.h>

struct config;

/*
 * What whoever started us lets us have: files as large and descriptors as many as may be.
 * Told where that is less than the configuration needs. False: so few descriptors that
 * nothing would work; it is told.
 */
bool ulimits_raise(const struct config *);

#endif

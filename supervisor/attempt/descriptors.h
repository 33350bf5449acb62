/* SPDX-License-Identifier: ISC */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

#include "attempt/attempt.h"
#include "files/results.h"

/* For owners that have their message open (attempt_owner.open): a copy of the input's
 * descriptor with an output and a scratch file. */

/* Output: a result in the making, which replaces an earlier attempt's. Its
 * descriptor goes with the order; attempt_owner.ended gives it back. */
enum attempt_opened descriptors_results(
    struct pool_order *, const char **why, int input, struct results *, struct result *);

/* Output: a file in memory. */
enum attempt_opened descriptors_memory(struct pool_order *, const char **why, int input);

#endif

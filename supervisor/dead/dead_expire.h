/* SPDX-License-Identifier: ISC */
#ifndef DEAD_EXPIRE_H
#define DEAD_EXPIRE_H

#include <stdbool.h>

#include "config/config.h"

/* "bulkhead dead expire", which the service runs now and then, too; quiet: without the
 * sentence for people. The exit code. */
int dead_expire(const struct config *, bool quiet);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef DEAD_SYMBOL_H
#define DEAD_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

/*
 * "function at file:line" for a place in a program, by bulkhead-unwind, where the very
 * build (same build id) or its debug file is on this machine: /usr/lib/debug/.build-id,
 * else the worker. False: it cannot be said.
 */
bool dead_symbol(const struct config *, const char *build_id, const char *offset,
    char *to, size_t size);

#endif

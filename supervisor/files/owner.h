/* SPDX-License-Identifier: ISC */
#ifndef OWNER_H
#define OWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"

/* files.owner and files.group as numbers; -1 where a file stays as it falls. False: *key
 * and *value say which of them is not known. */
bool owner_find(const struct config *, uid_t *, gid_t *, const char **key,
    const char **value) __attribute__((warn_unused_result));

/* May this process give files to that group? */
bool owner_may_give(gid_t group);

#endif

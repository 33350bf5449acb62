/* SPDX-License-Identifier: ISC */
#ifndef LIMIT_H
#define LIMIT_H

#include "base/verdict.h"
#include "config/config.h"

enum { LIMIT_SIZE = 80 };

/* For people: the setting that led to this verdict, and its value: "limits.memory is
 * 64MiB". "" for verdicts that no setting caused. */
void limit_text(const struct config *, enum verdict, char to[LIMIT_SIZE]);

#endif

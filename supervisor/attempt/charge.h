/* SPDX-License-Identifier: ISC */
#ifndef CHARGE_H
#define CHARGE_H

#include <stdbool.h>

#include "base/verdict.h"
#include "config/config.h"
#include "files/name.h"

/* Charge an attempt that ended so. used: its worker had served others before. True: the
 * budget (retry.*) lets it be tried again. */
bool charge_add(struct charges *, enum verdict, bool used, const struct config *);

/* A retry is for a worker that has served nobody. */
bool charge_needs_fresh(const struct charges *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef OPERATE_SCREEN_H
#define OPERATE_SCREEN_H

#include <stdio.h>

#include "proto/door.pb-c.h"

/* The service's state for people, at most columns wide where texts can be cut. */
void screen_status(FILE *, const Bulkhead__Door__State *, int columns);
void screen_workers(FILE *, const Bulkhead__Door__State *, int columns);
void screen_queue(FILE *, const Bulkhead__Door__State *, int columns);

#endif

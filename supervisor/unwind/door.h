/* SPDX-License-Identifier: ISC */
#ifndef DOOR_H
#define DOOR_H

#include <stdbool.h>

/* Limits for the whole of the unwinder's short life. False: errno. */
bool door_limits(void);

/* Nothing is opened, started or written to any more, but for memory and what is open.
 * False: errno. */
bool door_shut(void);

#endif

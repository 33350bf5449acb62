/* SPDX-License-Identifier: ISC */
#ifndef UNWIND_JAIL_H
#define UNWIND_JAIL_H

#include <stdbool.h>

/* Limits for the whole of the unwinder's short life. False: errno. */
bool unwind_jail_limits(void);

/* Nothing is opened, started or written to any more, but for memory and what is open.
 * False: errno. */
bool unwind_jail_shut(void);

#endif

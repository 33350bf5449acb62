/* SPDX-License-Identifier: ISC */
#ifndef GATEWAY_JAIL_H
#define GATEWAY_JAIL_H

#include <stdbool.h>

/*
 * Shut the process in: no new privileges, no path by Landlock, and by seccomp only the
 * calls that serving HTTP on open sockets and talking to the door take: it opens no file,
 * starts no program, makes no socket but of the Unix family. Layers that this kernel
 * lacks are passed over, as for `sandbox: prefer`. False: errno, *why says what failed.
 */
bool gateway_jail(const char **why);

#endif

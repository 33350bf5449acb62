/* SPDX-License-Identifier: ISC */
#ifndef CALL_NAME_H
#define CALL_NAME_H

#include <stdint.h>

/* The name of a system call of this machine, "ptrace"; NULL: no such number. */
const char *call_name(uint64_t number);

#endif

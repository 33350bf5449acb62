/* SPDX-License-Identifier: ISC */
/*
 * Forced into every decoder written here: memory comes from the arena, bytes from a
 * cursor. The headers come first, so that they may use the names.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A fortified libc makes macros of these, and a macro cannot be poisoned. */
#undef sprintf
#undef printf
#undef strcpy
#undef strcat
#undef strncpy
#undef strchr

#pragma GCC poison malloc calloc realloc free strcpy strcat strncpy
#pragma GCC poison strchr strtok sprintf sscanf atoi strtol printf fopen exit

/* SPDX-License-Identifier: ISC */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stddef.h>

struct cli_options;

/* The command line of another verb of ours on the same spool: verb, then the arguments,
 * then what these options said of the configuration. malloc, ended by cli_arguments_free;
 * NULL: no memory. */
char **cli_arguments(const struct cli_options *, const char *verb,
    const char *const *arguments, size_t count);
void cli_arguments_free(char **); /* NULL is fine */

#endif

/* SPDX-License-Identifier: ISC */
#ifndef BE_A_JANITOR_H
#define BE_A_JANITOR_H

#include <string.h>
#include <unistd.h>

#include "spool/janitor.h"

/* The test's own program is the janitor's: it is started as "/proc/self/exe janitor ...".
 */
static __attribute__((constructor)) void be_a_janitor(int argc, char **argv)
{
	if (argc > 1 &&
	    (strcmp(argv[1], "janitor") == 0 || strcmp(argv[1], "porter") == 0))
		_exit(janitor_main(argc - 1, argv + 1));
}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * One worker: a plain blocking loop behind a jail. It knows no file names and no
 * network; what it may use comes by descriptors from the supervisor.
 */
#include <stdio.h>
#include <string.h>

#include "format/format.h"
#include "run.h"

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("bulkhead-worker " BULKHEAD_VERSION) < 0;
	return worker_run(argc, argv, format_convert);
}

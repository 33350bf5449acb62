/* SPDX-License-Identifier: ISC */
#ifndef RUN_H
#define RUN_H

#include "job.h"

/*
 * A worker from its command line to its end: gets ready, locks itself in, and serves
 * orders with this conversion until there are no more. Returns the exit code.
 */
int worker_run(int argc, char **argv, job_convert_fn *convert);

#endif

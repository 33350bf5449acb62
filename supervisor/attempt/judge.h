/* SPDX-License-Identifier: ISC */
#ifndef JUDGE_H
#define JUDGE_H

#include "base/verdict.h"
#include "files/seal.h"

struct pool;
struct pool_end;
struct told;

/* The verdict, of the attempt that ended with Done and whose output has told->output_size
 * bytes. A worker that broke its word is killed. */
enum verdict judge_output(
    enum seal, const struct pool_end *, struct pool *, struct told *told);

#endif

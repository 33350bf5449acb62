/* SPDX-License-Identifier: ISC */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>

struct outcome;
struct pool;
struct pool_end;

/* The verdict on an attempt that ended with Done, into the outcome: is the output final,
 * and as long as its worker said? A worker that broke its word is killed. *output is
 * exchanged for a descriptor that only reads (finality.h, closing too). */
void judge_output(
    struct outcome *, const struct pool_end *, struct pool *, int *output, bool closing);

#endif

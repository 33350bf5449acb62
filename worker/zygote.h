/* SPDX-License-Identifier: ISC */
#ifndef ZYGOTE_H
#define ZYGOTE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes copies of this process as the supervisor asks for them (proto/channel.h), which
 * is the parent of each. True, in a copy: it is a worker by now, its channel is there.
 * False: no more are wanted. name is argv[0].
 */
bool zygote_serve(uint64_t parent, char *name);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>

struct arena;
struct convert;
struct crash_frame;
struct jail_layers;

/*
 * The worker's side of the channel (proto/channel.h): takes orders, has them
 * converted, answers. The only file of the worker that knows protobuf.
 *
 * A channel that breaks, or an order that makes no sense, ends the process with
 * CHANNEL_EXIT_CHANNEL: there is nobody left to tell.
 */

/* Turns c->in into c->out. The worker's is format_convert. */
typedef bool job_convert_fn(struct convert *c, const char *to);

/* Are the channel's descriptors there? False: not started by the supervisor. */
bool job_has_channel(void);

/* Pack the Crash frame for crash_init. */
void job_pack_crash(struct crash_frame *);

/* Say Ready, locked in behind these layers. */
void job_ready(const struct jail_layers *);

/* Serve one order. False: there will be no more. The arena is the caller's to reset. */
bool job_serve(struct arena *, job_convert_fn *convert);

#endif

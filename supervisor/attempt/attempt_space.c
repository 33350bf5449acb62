/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "attempt/attempt_private.h"
#include "attempt/share.h"
#include "base/clock.h"
#include "base/timer.h"
#include "log/log.h"

/* A full disk is our trouble, not the message's: seen by ourselves, without what this
 * attempt wrote, which may take the kernel a while to free. */
static bool attempt_disk_is_full(const struct attempt *a, uint64_t written)
{
	enum { ROOM_LEAST = 1 << 20 };
	uint64_t free = a->output != -1 ? share_free(a->output) : 0, inodes,
		 least = a->queue->all->config->intake.min_free;

	if (a->output == -1 && !a->queue->owner->space(a->arg, &free, &inodes))
		return true;
	/* A result is about as large as its message. */
	if (least < a->bytes + ROOM_LEAST)
		least = a->bytes + ROOM_LEAST;
	return free < least && free + written < least;
}

/* Free bytes where the output is. Asked anew after a while; at once, where there was a
 * lack. */
static uint64_t attempt_room_free(struct attempt *a, int output)
{
	enum { KNOWN_MS = 100 };
	struct attempt_queue *q = a->queue;
	const uint64_t now = clock_ms();

	if (a->lacked || now - q->free_at >= KNOWN_MS) {
		q->free = share_free(output);
		q->free_at = now;
	}
	return q->free;
}

bool attempt_share(struct attempt *a, struct pool_order *order)
{
	enum { ROOM_TO_BEGIN = 64 << 10 };
	const struct attempts *as = a->queue->all;

	a->allowed = as->config->limits.output;
	if (order->output_most && order->output_most < a->allowed)
		a->allowed = order->output_most;
	if (!a->queue->owner->space)
		return true;
	uint64_t free = attempt_room_free(a, order->output);
	if (free != UINT64_MAX && free < a->bytes + ROOM_TO_BEGIN) {
		errno = ENOSPC;
		return false;
	}
	order->output_most = share_of(free, as->config->intake.min_free, a->bytes,
	    pool_workers(as->pool), a->state == ATTEMPT_ALONE);
	if (order->output_most > a->allowed)
		order->output_most = a->allowed;
	return a->lacked == 0 ||
	       share_reserve(order->output, a->bytes, order->output_most);
}

enum attempt_room attempt_lacked(struct attempt *a, const struct pool_end *end)
{
	const struct autopsy *x = end->autopsy;
	bool bounded = x && x->output_full && x->output_most < a->allowed;

	if (!x || !a->queue->owner->space || !(share_lacked(x) || bounded))
		return ROOM_ENOUGH;
	a->took = x->written > a->took ? x->written : a->took;
	if (a->lacked == 0 && !bounded) {
		a->lacked = LACKED_ONCE;
		return ROOM_IS_TO_COME;
	}
	if (a->lacked < LACKED_TWICE &&
	    (bounded || (a->output != -1 && share_is_short(a->output)))) {
		a->lacked = LACKED_TWICE;
		return ROOM_IS_TO_COME;
	}
	if (attempt_disk_is_full(a, x->written))
		return ROOM_NONE;
	a->outcome->verdict = VERDICT_OUTPUT;
	outcome_because(a->outcome, "it wants more of the disk than is free for it");
	return ROOM_ENOUGH;
}

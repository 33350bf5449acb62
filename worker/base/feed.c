/* SPDX-License-Identifier: ISC */
#include "base/feed.h"

#include <string.h>

#include "base/arena.h"

struct feed feed_over(struct arena *a, struct span in)
{
	struct feed f = { .in = in };

	if (in.mem) {
		f.p = in.mem;
		f.left = (size_t)in.len;
		f.next = in.len;
	} else {
		f.p = f.buffer = arena_alloc(a, FEED_BUFFER);
	}
	return f;
}

bool feed_need(struct feed *f, size_t n)
{
	if (f->left >= n || !f->buffer)
		return f->left >= n;
	if (f->left > 0)
		memmove(f->buffer, f->p, f->left);
	f->p = f->buffer;
	size_t got =
	    span_read(f->in, f->next, f->buffer + f->left, (size_t)FEED_BUFFER - f->left);
	f->left += got;
	f->next += got;
	if (f->progress)
		f->progress(f->arg);
	return f->left >= n;
}

void feed_skip(struct feed *f, uint64_t n)
{
	if (n <= f->left) {
		f->p += n;
		f->left -= (size_t)n;
		return;
	}
	n -= f->left;
	f->p += f->left;
	f->left = 0;
	f->next = n < f->in.len - f->next ? f->next + n : f->in.len;
}

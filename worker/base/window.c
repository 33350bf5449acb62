/* SPDX-License-Identifier: ISC */
#include "base/window.h"

#include "base/arena.h"

struct window win_over(struct arena *arena, struct span in, uint8_t *buffer)
{
	return (
	    struct window){ .arena = arena, .in = in, .left = in.len, .buffer = buffer };
}

static bool window_spoil(struct window *w)
{
	w->bad = true;
	w->left = 0;
	return false;
}

static bool window_take(struct window *w, uint64_t n)
{
	if (w->bad || n > w->left)
		return window_spoil(w);
	w->pos += n;
	w->left -= n;
	return true;
}

/*
 * The next n bytes, at most WINDOW_BUFFER, until the next call. NULL when there are not
 * so many, also when the file became shorter.
 */
static const uint8_t *window_look(struct window *w, size_t n)
{
	uint64_t at = w->pos;

	if (!window_take(w, n))
		return NULL;
	if (w->in.mem)
		return w->in.mem + at;
	if (at < w->base || at - w->base > w->have || w->have - (at - w->base) < n) {
		w->base = at;
		w->have = span_read(w->in, at, w->buffer, WINDOW_BUFFER);
	}
	if (w->have - (at - w->base) < n && !window_spoil(w))
		return NULL;
	return w->buffer + (at - w->base);
}

static uint64_t window_number(struct window *w, size_t n)
{
	const uint8_t *p = window_look(w, n);
	uint64_t value = 0;

	for (size_t i = 0; p && i < n; i++)
		value |= (uint64_t)p[i] << 8 * i;
	return value;
}

uint16_t win_u16le(struct window *w)
{
	return (uint16_t)window_number(w, 2);
}

uint32_t win_u32le(struct window *w)
{
	return (uint32_t)window_number(w, 4);
}

uint64_t win_u64le(struct window *w)
{
	return window_number(w, 8);
}

struct span win_span(struct window *w, uint64_t n)
{
	uint64_t at = w->pos;

	return window_take(w, n) ? span_sub(w->in, at, n) : span_over(NULL, 0);
}

const uint8_t *win_bytes(struct window *w, size_t n)
{
	if (w->in.mem)
		return window_look(w, n);
	if (n <= WINDOW_BUFFER) {
		const uint8_t *p = window_look(w, n);
		return p ? (const uint8_t *)arena_copy(w->arena, p, n) : NULL;
	}
	struct span s = win_span(w, n);
	if (w->bad)
		return NULL;
	s = span_load(w->arena, s);
	return s.len < n && !window_spoil(w) ? NULL : s.mem;
}

void win_pad4(struct window *w, uint64_t n)
{
	uint64_t pad = -n & 3;

	if (!w->bad)
		(void)window_take(w, pad < w->left ? pad : w->left);
}

void win_end(struct window *w)
{
	w->pos += w->left;
	w->left = 0;
	w->bad = false;
}

/* SPDX-License-Identifier: ISC */
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum { PROGRESS_MS = 200, COLUMNS_FREE = 3, COLUMNS_USUAL = 80, LINE_SIZE = 256 };

void progress_begin(struct progress *p, bool wanted)
{
	const char *kind = getenv("TERM");

	*p = (struct progress){ .terminal = wanted && isatty(STDERR_FILENO) && kind &&
					    *kind && strcmp(kind, "dumb") != 0,
		.began_ms = clock_ms() };
}

bool progress_due(const struct progress *p)
{
	return p->terminal && (!p->shown || clock_ms() - p->told_ms >= PROGRESS_MS);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", stderr);
	p->shown = false;
}

/* How much of the line fits: behind it the terminal may echo ^C, and some go
 * to the next line once the last column is filled. */
static int progress_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col <= COLUMNS_FREE)
		return COLUMNS_USUAL - COLUMNS_FREE;
	return size.ws_col - COLUMNS_FREE;
}

/* "812/s", "0.4/s". */
static int put_rate(char *to, size_t size, uint64_t done, uint64_t ms)
{
	uint64_t tenths = ms ? done * 10000 / ms : 0;

	if (tenths >= 100)
		return snprintf(to, size, ", %" PRIu64 "/s", tenths / 10);
	return snprintf(
	    to, size, ", %" PRIu64 ".%" PRIu64 "/s", tenths / 10, tenths % 10);
}

static int put_left(char *to, size_t size, const struct progress_state *s, uint64_t ms)
{
	uint64_t seconds = (s->of - s->done) * ms / (s->done - s->skipped) / 1000;

	return snprintf(to, size, ", %" PRIu64 ":%02u:%02u left", seconds / 3600,
	    (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

/* "12345 of 100000 done, 3 failed, 812/s, 0:01:48 left". */
void progress_tell(struct progress *p, const struct progress_state *s)
{
	char line[LINE_SIZE];
	uint64_t ms = clock_ms() - p->began_ms;
	int n;

	if (!p->terminal)
		return;
	n = snprintf(line, sizeof line, "%" PRIu64, s->done);
	if (s->of)
		n += snprintf(line + n, sizeof line - (size_t)n, " of %" PRIu64, s->of);
	n += snprintf(
	    line + n, sizeof line - (size_t)n, " done, %" PRIu64 " failed", s->failed);
	n += put_rate(line + n, sizeof line - (size_t)n, s->done - s->skipped, ms);
	if (s->note)
		(void)snprintf(line + n, sizeof line - (size_t)n, ", %s", s->note);
	else if (s->done > s->skipped && s->of >= s->done)
		(void)put_left(line + n, sizeof line - (size_t)n, s, ms);
	(void)fprintf(stderr, "\r\033[K%.*s", progress_columns(), line);
	(void)fflush(stderr);
	p->shown = true;
	p->told_ms = clock_ms();
}

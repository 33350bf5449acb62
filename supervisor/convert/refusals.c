/* SPDX-License-Identifier: ISC */
#include "convert/refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fnv.h"
#include "base/utf8.h"

enum { REASON_MAX = 500 };

struct refusal {
	uint64_t place, size;
	int64_t mtime_ns;
	char reason[];
};

struct refusals {
	void *tree; /* of struct refusal */
	int root;
	char head[128]; /* its first line */
	FILE *to;       /* NULL: not yet */
};

static int by_place(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static uint64_t refusals_place(const char *sub, const char *name)
{
	return fnv_text(fnv_text(fnv_text(FNV_BASIS, sub), "/"), name);
}

/* The last one of a place counts. */
static void refusals_keep(struct refusals *r, uint64_t place, uint64_t size,
    int64_t mtime_ns, const char *reason)
{
	struct refusal *one = malloc(sizeof *one + strlen(reason) + 1);

	if (!one)
		return;
	*one = (struct refusal){ place, size, mtime_ns };
	memcpy(one->reason, reason, strlen(reason) + 1);
	struct refusal **at = tsearch(one, &r->tree, by_place);
	if (!at) {
		free(one);
	} else if (*at != one) {
		free(*at);
		*at = one;
	}
}

static void refusals_read(struct refusals *r, FILE *from)
{
	char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, from) != -1) {
		uint64_t place, size;
		int64_t mtime_ns;
		int at = 0;
		/* NOLINTNEXTLINE(cert-err34-c): a number out of range names no file */
		if (sscanf(line, "%" SCNx64 " %" SCNu64 " %" SCNd64 " %n", &place, &size,
			&mtime_ns, &at) == 3 &&
		    at > 0 && strchr(line, '\n')) {
			line[strcspn(line, "\n")] = '\0';
			refusals_keep(r, place, size, mtime_ns, line + at);
		}
	}
	free(line);
}

static FILE *refusals_file(const struct refusals *r, int flags)
{
	int fd = openat(r->root, REFUSALS_FILE,
	    O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags,
	    0666);
	FILE *f = fd == -1 ? NULL : fdopen(fd, "r+e");

	if (!f && fd != -1)
		(void)close(fd);
	return f;
}

struct refusals *refusals_open(int root, const char *target, bool forget)
{
	struct refusals *r = calloc(1, sizeof *r);
	char first[sizeof r->head] = "";

	if (!r)
		return NULL;
	r->root = root;
	(void)snprintf(r->head, sizeof r->head,
	    "refused by bulkhead " BULKHEAD_VERSION " --to %s\n", target);
	FILE *f = refusals_file(r, 0);
	if (f && !forget && fgets(first, sizeof first, f) &&
	    strcmp(first, r->head) == 0) {
		refusals_read(r, f);
		(void)fseek(f, 0, SEEK_END);
		r->to = f;
	} else if (f) {
		(void)fclose(f);
		(void)unlinkat(root, REFUSALS_FILE, 0);
	}
	return r;
}

void refusals_close(struct refusals *r)
{
	if (!r)
		return;
	if (r->to)
		(void)fclose(r->to);
	tdestroy(r->tree, free);
	free(r);
}

const char *refusals_find(
    const struct refusals *r, const char *sub, const char *name, const struct stat *st)
{
	const struct refusal key = { .place = refusals_place(sub, name) };
	struct refusal *const *at = r ? tfind(&key, &r->tree, by_place) : NULL;

	return at && (*at)->size == (uint64_t)st->st_size &&
		       (*at)->mtime_ns == clock_stamp(&st->st_mtim)
		   ? (*at)->reason
		   : NULL;
}

void refusals_add(struct refusals *r, const char *sub, const char *name,
    const struct stat *st, const char *reason)
{
	if (!r || refusals_find(r, sub, name, st))
		return;
	if (!r->to) {
		r->to = refusals_file(r, O_CREAT);
		if (!r->to)
			return;
		(void)fputs(r->head, r->to);
	}
	(void)fprintf(r->to, "%016" PRIx64 " %" PRIu64 " %" PRId64 " ",
	    refusals_place(sub, name), (uint64_t)st->st_size, clock_stamp(&st->st_mtim));
	utf8_put(r->to, reason, REASON_MAX, UTF8_ESCAPE_ODD);
	(void)fputc('\n', r->to);
	(void)fflush(r->to); /* a line is one write */
}

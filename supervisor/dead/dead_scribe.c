/* SPDX-License-Identifier: ISC */
#include "dead/dead_scribe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "attempt/single.h"
#include "log/log.h"

struct dead_scribe {
	struct config config; /* as given, but for a pool of one */
	struct single *single;

	/* The report in hand. */
	int message, written;
	uint64_t size;
	Bulkhead__Notice *notice;
	struct claim claim;
	struct outcome outcome;
	char trouble[256];
};

static enum attempt_opened dead_scribe_open(
    void *arg, struct pool_order *order, const char **why)
{
	struct dead_scribe *s = arg;

	order->to = "mime";
	order->input_size = s->size;
	order->notice = s->notice;
	return descriptors_memory(order, why, s->message);
}

static void dead_scribe_ended(void *arg, int *output)
{
	struct dead_scribe *s = arg;
	const struct outcome *o = &s->outcome;

	if (verdict_row(o->verdict)->good) {
		s->written = *output;
		*output = -1;
	} else {
		(void)snprintf(s->trouble, sizeof s->trouble,
		    "no report could be written: %s%s%s", verdict_row(o->verdict)->text,
		    o->reason ? ": " : "", o->reason ? o->reason : "");
	}
}

struct dead_scribe *dead_scribe_new(const struct config *config)
{
	struct dead_scribe *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->config = *config;
	s->config.limits.input = 0; /* of what the service takes */
	return s;
}

void dead_scribe_free(struct dead_scribe *s)
{
	if (!s)
		return;
	single_free(s->single);
	outcome_clear(&s->outcome);
	free(s);
}

bool dead_scribe_write(struct dead_scribe *s, int message, Bulkhead__Notice *notice,
    int *to, const char **trouble)
{
	static const struct attempt_owner owner = { .source = "return",
		.once = true,
		.open = dead_scribe_open,
		.ended = dead_scribe_ended };
	struct stat st = { 0 };
	char why[SINGLE_WHY];
	int nothing = message == -1 ? memfd_create("nothing", MFD_CLOEXEC) : -1;

	outcome_clear(&s->outcome);
	s->message = message == -1 ? nothing : message;
	s->notice = notice;
	s->written = -1;
	s->claim = (struct claim){ .id = notice->id };
	(void)snprintf(s->trouble, sizeof s->trouble, "no report could be written");
	if (fstat(s->message, &st) == 0)
		s->size = (uint64_t)st.st_size;
	if (!s->single) {
		log_open(LOG_TEXT, LOG_ERROR, 0);
		s->single = single_new(&s->config, &owner);
	}
	if (s->message == -1 || !single_run(s->single, &s->claim, &s->outcome, s, why))
		(void)snprintf(s->trouble, sizeof s->trouble, "%.200s",
		    s->message == -1 ? strerror(errno) : why);
	if (nothing != -1)
		(void)close(nothing);
	*to = s->written;
	*trouble = s->trouble;
	return s->written != -1;
}

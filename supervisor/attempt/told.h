/* SPDX-License-Identifier: ISC */
#ifndef TOLD_H
#define TOLD_H

#include <jansson.h>
#include <stdint.h>

#include "pool/pool.h"

/*
 * What became of one attempt at a message: what its worker told, and how it ended. For
 * reports (dead.h) and logs; kept whole from the attempt's begin to the next one's.
 */
struct told {
	struct {
		char *format, *sender, *subject, *message_id, *message_class;
		bool automatic;
	} facts;                      /* NULL: not told. They stay over attempts */
	json_t *notes;                /* array of objects; NULL before told_begin */
	uint32_t note_count[3];       /* by kind, from Done */
	int64_t started_ms, ended_ms; /* wall clock, ms since the epoch */
	uint64_t elapsed_ms, cpu_ms, output_size;
	enum verdict verdict;
	uint64_t worker; /* its number; 0: none saw the message */
	bool used;       /* its worker had served others before */
	char *reason;    /* one sentence for people; NULL none */
	char *refused_part;
	uint64_t refused_offset;
	json_t *autopsy;          /* what is known of the worker's end; NULL none */
	struct blackbox *remains; /* with the stack that it left; NULL none */
	uint64_t seed;            /* of the signature, without the stack */
	uint64_t place;           /* the same with the program counter */
	bool sampled; /* the stack is of where it was when its time was over */
};

/* Nothing of an earlier attempt is told of the next one. */
void told_begin(struct told *);
void told_report(struct told *, const Bulkhead__Report *);
void told_ended(struct told *, const struct pool_end *);
/* It ended before any worker saw it. reason is copied. */
void told_without_worker(struct told *, enum verdict, const char *reason);
void told_because(struct told *, const char *reason); /* another reason, copied */
void told_clear(struct told *);

int64_t told_clock(void); /* wall clock, ms since the epoch */

#endif

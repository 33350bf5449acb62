/* SPDX-License-Identifier: ISC */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <jansson.h>
#include <stdint.h>

#include "pool/pool.h"

struct claim;

/* What kept us from an attempt, so that it says nothing of the message. */
enum trouble {
	TROUBLE_NONE,
	TROUBLE_FILES,   /* one could not be opened, made or written */
	TROUBLE_WORKERS, /* the worker was taken away */
	TROUBLE_CHANGED, /* the message was written meanwhile */
	TROUBLE_STOP,    /* nothing is begun any more */
	TROUBLE_LATE,    /* no worker was free within limits.time */
};

/*
 * What became of one attempt at a message: what its worker said, and how it ended. For
 * reports (document.h) and logs; kept whole from the attempt's begin to the next one's.
 */
struct outcome {
	struct {
		char *format, *sender, *subject, *message_id, *message_class;
		bool automatic;
		int64_t date;         /* seconds since 1970; 0: not said */
		unsigned flags;       /* set of enum formats_flag */
	} facts;                      /* NULL: not said. They stay over attempts */
	json_t *notes;                /* array of objects; NULL before outcome_begin */
	uint32_t note_count[3];       /* by kind, from Done */
	int64_t started_ms, ended_ms; /* wall clock, ms since the epoch */
	uint64_t elapsed_ms, cpu_ms, output_size;
	bool listed; /* it was a store: the output is a list (items.h) */
	uint64_t listed_bytes, entries; /* of the list */
	enum verdict verdict;
	/* VERDICT_INFRASTRUCTURE: of which kind, an errno value and what we were doing.
	 */
	enum trouble trouble;
	int error;
	const char *call; /* static text */
	uint64_t worker;  /* its number; 0: none saw the message */
	bool used;        /* its worker had served others before */
	char *reason;     /* one sentence for people; NULL none */
	char *refused_part;
	uint64_t refused_offset;
	json_t *autopsy;          /* what is known of the worker's end; NULL none */
	struct blackbox *remains; /* with the stack that it left; NULL none */
	uint64_t seed;            /* of the signature, without the stack */
	uint64_t place;           /* the same with the program counter */
	bool sampled; /* the stack is of where it was when its time was over */
};

/* Nothing of an earlier attempt is said of the next one. */
void outcome_begin(struct outcome *);
void outcome_answer(struct outcome *, const Bulkhead__Answer *);
void outcome_ended(struct outcome *, const struct pool_end *);
/* It ended before any worker saw it. reason is copied. */
void outcome_without_worker(struct outcome *, enum verdict, const char *reason);
/* It came to nothing by trouble of ours: what we were doing (static text), errno. */
void outcome_trouble(struct outcome *, enum trouble, const char *call, int error);
void outcome_because(struct outcome *, const char *reason); /* another reason, copied */
void outcome_clear(struct outcome *);

/* The sentence for people: its own reason, or the verdict's. */
const char *outcome_reason(const struct outcome *);

/* EVENT_FAILED, once for each failed attempt: where the message is now. EVENT_DONE, and
 * EVENT_LOSSY where something was lost: where its report is. source: where it came from;
 * NULL: the spool, then with its folder. */
void outcome_log_failed(
    const struct outcome *, const struct claim *, const char *source, const char *where);
void outcome_log_done(const struct outcome *, const struct claim *, const char *source,
    uint64_t bytes, const char *report);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

/*
 * How an attempt at a message ended. verdict.c holds one row for each: its name,
 * what it is charged to, whether a second attempt is made, the code of the
 * original's non-delivery reports.
 */
enum verdict {
	VERDICT_NONE,    /* not ended */
	VERDICT_DONE,    /* converted */
	VERDICT_PASSED,  /* passed through unchanged */
	VERDICT_REFUSED, /* a clean answer: cannot be converted */
	VERDICT_CRASHED, /* signal, abort, exit without an answer */
	VERDICT_TIMED_OUT_TOTAL,
	VERDICT_TIMED_OUT_SILENCE,
	VERDICT_TIMED_OUT_CPU,
	VERDICT_MEMORY,         /* out of memory */
	VERDICT_OUTPUT,         /* output over its limit */
	VERDICT_SANDBOX,        /* a call that the sandbox forbids */
	VERDICT_PROTOCOL,       /* the worker broke the protocol */
	VERDICT_KILLS,          /* the service died too often while it ran alone */
	VERDICT_WITHDRAWN,      /* an operator took it out of the queue */
	VERDICT_INFRASTRUCTURE, /* our trouble: disk full, no worker, shutdown. Never
				   charged */
	VERDICTS,
};

/* Which count in the message's name an ending adds to. */
enum charge { CHARGE_NOTHING, CHARGE_CRASH, CHARGE_TIMEOUT, CHARGE_MEMORY, CHARGE_KILL };

/* Is it tried again, while its budget lasts? */
enum again {
	AGAIN_NEVER,
	/* When the worker had served others before: a lie about one of them that comes
	   late breaks the protocol with another message in hand. */
	AGAIN_IF_USED,
	AGAIN,
};

struct verdict_row {
	const char *name; /* "timed-out-silence": logs, reports */
	const char *text; /* "said nothing for too long": for people */
	const char *ndr;  /* reason code of a non-delivery report, "012" */
	enum charge charge;
	bool good; /* the output is to be published */
	enum again again;
};
const struct verdict_row *verdict_row(enum verdict);
/* False: no verdict has this name. */
bool verdict_by_name(const char *name, enum verdict *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reaper.h"
#include "config/config.h"

/*
 * The log: one JSON object a line (or a line of text) on standard error. Every
 * event has a stable number and name (log_events.c has a row for each, and
 * bulkhead-events(7) tells what to do). Subjects and bodies are never logged.
 *
 * Writing never blocks the service: what standard error does not take at once waits in a
 * small buffer; when that is full, lines are dropped and counted, and the next line that
 * gets through says how many were lost.
 */
enum log_number {
	/* Numbers of the original where the meaning is the same. */
	EVENT_FAULT = 2380, /* a converter faulted: address, program counter */
	EVENT_DONE = 2448,  /* the message was converted or passed through */
	EVENT_FAILED =
	    2450, /* an attempt at the message failed; where it is now, its sender */
	EVENT_MEMORY = 2563, /* a converter ran out of memory */
	EVENT_LOSSY = 2597,  /* converted, with some loss */
	/* Ours. 30xx service, 31xx workers, 32xx spool, 33xx messages, 34xx
	   configuration, 35xx circuit breaker. */
	EVENT_START = 3000,
	EVENT_READY,        /* first worker ready: the service takes messages */
	EVENT_DRAIN,        /* asked to stop: finishing what is in hand */
	EVENT_STOP,         /* stopped; counts */
	EVENT_STATE,        /* USR1: the service and the queue */
	EVENT_STATE_WORKER, /* USR1: one worker */
	EVENT_SUPPRESSED,   /* equal events left out: number and count */
	EVENT_LOG_LOST,     /* lines that could not be written */
	EVENT_CANNOT_START, /* and why; the service ends */
	EVENT_LAG,          /* the loop was late; deadlines were credited */
	EVENT_HELPER_LOST,  /* a helper process ended and is replaced */
	EVENT_HELPER_LATE,  /* a helper process missed its deadline and is killed */
	EVENT_WORKER_START = 3100,
	EVENT_WORKER_READY,
	EVENT_WORKER_END,          /* how it ended, having done how many messages */
	EVENT_WORKER_NOT_READY,    /* died or timed out before Ready: back-off */
	EVENT_WORKER_KILL,         /* we killed it, and why */
	EVENT_WORKER_VIOLATION,    /* it broke the protocol, and how */
	EVENT_WORKER_RETIRE,       /* by count, age, size, reload */
	EVENT_WORKERS_SCALED,      /* TTIN, TTOU */
	EVENT_CORPSES,             /* too many unreaped workers: waiting */
	EVENT_SANDBOX,             /* the layers of the workers' sandbox */
	EVENT_SANDBOX_PARTIAL,     /* some are missing, and why */
	EVENT_SPOOL_VOLUME = 3200, /* which folder is a volume of its own */
	EVENT_SPOOL_RECOVERED,     /* what the last run left: finished, suspects */
	EVENT_SPOOL_PAUSED,        /* intake pauses: which limit */
	EVENT_SPOOL_RESUMED,
	EVENT_SPOOL_TROUBLE, /* a system call failed: which, on what, errno; what happens
				next */
	EVENT_SPOOL_LEASE,   /* no leases here: unchanged files are taken after a while */
	EVENT_SPOOL_WATCH,   /* no inotify watch: the folder is scanned only */
	EVENT_DEAD_GROWS, /* letters came and none are ever removed, or over the limit */
	EVENT_DEAD_EXPIRED,         /* a dead letter was removed by dead.keep_* */
	EVENT_SPOOL_COPY,           /* a large file is being copied: how far */
	EVENT_SPOOL_AWAY,           /* a folder is gone, or another one is at its path */
	EVENT_SPOOL_BACK,           /* it is back, or the other one is used */
	EVENT_MESSAGE_TAKEN = 3300, /* debug */
	EVENT_MESSAGE_RETRY,        /* charged, will be tried again */
	EVENT_MESSAGE_SUSPECT,      /* was in hand when the service died: runs alone */
	EVENT_MESSAGE_CLEARED,      /* a suspect that did no harm */
	EVENT_MESSAGE_BACK,         /* put back uncharged: the service stops */
	EVENT_MESSAGE_LATE,         /* infrastructure: tried again later, not charged */
	EVENT_MESSAGE_HELD,         /* could not be copied; where the input is now */
	EVENT_MESSAGE_CHANGED,      /* written while in hand: put back uncharged */
	EVENT_MESSAGE_UNREADABLE,   /* may not be read: stays in incoming/ until it may */
	EVENT_MESSAGE_RENAMED, /* delivered under another name: its own was refused */
	EVENT_STORE_OPENED,    /* a store was listed: how many items */
	EVENT_STORE_DONE,      /* all its items have ended: what became of them */
	EVENT_CONFIG_RELOADED = 3400,
	EVENT_CONFIG_BAD,          /* the old one stays */
	EVENT_CONFIG_LATER,        /* a key that needs a restart changed */
	EVENT_BREAKER_OPEN = 3500, /* too many crashes: intake stops */
	EVENT_BREAKER_CANARY,      /* a canary did not end well */
	EVENT_BREAKER_CLOSED,
};

/* One field of a line. Build with the LOG_ macros below. */
struct log_field {
	const char *key; /* NULL ends the list */
	enum {
		LOG_FIELD_TEXT,
		LOG_FIELD_SIGNED,
		LOG_FIELD_UNSIGNED,
		LOG_FIELD_HEX,
		LOG_FIELD_JOB,
		LOG_FIELD_BOOL
	} type;
	const char *text; /* NULL: the field is left out; need not be UTF-8 */
	int64_t number;
	uint64_t unumber;
};

#define LOG_S(k, v) \
	((struct log_field){ .key = (k), .type = LOG_FIELD_TEXT, .text = (v) })
#define LOG_I(k, v) \
	((struct log_field){ .key = (k), .type = LOG_FIELD_SIGNED, .number = (v) })
#define LOG_U(k, v) \
	((struct log_field){ .key = (k), .type = LOG_FIELD_UNSIGNED, .unumber = (v) })
#define LOG_X(k, v) \
	((struct log_field){ .key = (k), .type = LOG_FIELD_HEX, .unumber = (v) })
#define LOG_B(k, v) \
	((struct log_field){ .key = (k), .type = LOG_FIELD_BOOL, .unumber = (v) })
/* The message: "job", 16 hex digits. */
#define LOG_J(v) \
	((struct log_field){ .key = "job", .type = LOG_FIELD_JOB, .unumber = (v) })
/* A failed call: "error", the text of an errno value. */
#define LOG_E(err) LOG_S("error", strerror(err))

/* log_event(EVENT_DONE, LOG_J(id), LOG_S("verdict", "done")) */
#define log_event(event, ...) \
	log_write((event), (const struct log_field[]){ __VA_ARGS__, { .key = NULL } })

void log_open(enum log_format, enum log_level, uint64_t burst);
/* For the service: from now on nothing that reads standard error, or fails to, makes this
 * process wait, whatever kind of file it is. Once, before other threads or processes. */
void log_stand_alone(void);
/* Pending summaries, and what waits, as far as it is taken soon. */
void log_close(void);
reaper_family_fn log_reaped; /* the process that writes for us, where there is one */
/* Nothing is written from now on: for verbs that tell people themselves. */
void log_quiet(void);
void log_write(enum log_number, const struct log_field *fields);

/* Whoever wants to see each line that is logged, as JSON without its end; NULL: nobody.
 * It must not log, and is called where the line is written. */
void log_tap(void (*see)(void *arg, const char *line, size_t n), void *arg);

/* Write pending summaries; called about once a second and at the end. */
void log_tick(void);

/* name: "message-failed"; level; text: one sentence for people. NULL past the last (index
 * from 0). */
struct log_event_row {
	enum log_number event;
	enum log_level level;
	const char *name, *text;
};
const struct log_event_row *log_event_row(enum log_number);
const struct log_event_row *log_event_nth(unsigned index);

#endif

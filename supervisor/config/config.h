/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * What the operator may set. One row for each key in config_keys.c gives its
 * name, type, unit, default, range and whether a reload takes it over.
 *
 * Flags beat the environment (BULKHEAD_ + key in capitals, '_' for '.'), which
 * beats the file, which beats the defaults.
 */
enum log_format { LOG_JSON, LOG_TEXT };
enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
enum reports { REPORTS_NONE, REPORTS_LOSSY, REPORTS_ALL };
enum dkim { DKIM_CONVERT, DKIM_KEEP };
enum sandbox { SANDBOX_AUTO, SANDBOX_REQUIRE, SANDBOX_PREFER, SANDBOX_OFF };
enum http_serve { HTTP_SERVE_OFF, HTTP_SERVE_ON };
enum fresh { FRESH_WORKER, FRESH_MESSAGE };
enum stack { STACK_LEFT_OUT, STACK_KEPT };
enum take_stores { TAKE_STORES_NONE, TAKE_STORES_ITEMS };
enum on_failure { FAIL_DEAD, FAIL_PASSTHROUGH, FAIL_BOTH };

enum { CONFIG_KEYS_MAX = 80, CONFIG_FILE_MAX = 1 << 20, CONFIG_WORKERS_MAX = 1024 };

/* auto of intake.settle: 300ms where leases tell who writes a file, else 2s. */
#define CONFIG_SETTLE_AUTO UINT64_MAX

/* Sizes in bytes, times in milliseconds, modes as bits, shares in percent. */
struct config {
	char *spool; /* spool: folder that holds the others, ./spool */
	struct { /* folders.*: NULL: <spool>/<name>; each may be a volume of its own */
		char *incoming, *outgoing, *dead, *reports;
	} folders;
	struct {                      /* files.* */
		uint64_t umask;       /* 077 */
		uint64_t folder_mode; /* 0700 */
		uint64_t mode;        /* 0600, of results */
		char *owner, *group;  /* of results; NULL: as they fall */
	} files;
	struct {                   /* intake.* */
		uint64_t scan;     /* 5s between full scans */
		char *ignore;      /* patterns of names that are left alone */
		uint64_t settle;   /* auto; unchanged for that long before a file is taken
				    */
		uint64_t min_free; /* 64MiB free or intake pauses */
		uint64_t min_inodes; /* 1000 */
	} intake;
	uint64_t workers;      /* workers: 0 is auto */
	uint64_t spares;       /* spares: 1 */
	enum fresh fresh;      /* fresh: worker */
	enum sandbox sandbox;  /* sandbox: auto */
	struct {               /* worker.* */
		char *program; /* NULL: beside bulkhead, else the installed one */
	} worker;
	struct {                /* convert.* */
		char *to;       /* mime */
		enum dkim dkim; /* convert */
	} convert;
	struct {                       /* limits.* of one message */
		uint64_t time;         /* 120s in all */
		uint64_t time_per_mib; /* 1s more for each MiB of input */
		uint64_t silence;      /* 30s without an answer */
		uint64_t cpu;          /* 60s */
		uint64_t sync;         /* 300s that Syncing may last */
		uint64_t memory;       /* 512MiB */
		uint64_t output;       /* 4GiB, scratch too */
		uint64_t growth;       /* 20 times its size may be made of a message */
		uint64_t growth_floor; /* 16MiB more */
		uint64_t input;        /* 0: any size; larger ones are refused */
		uint64_t start;        /* 30s from start to Ready */
		uint64_t frame;        /* 5s for the rest of a begun frame */
		uint64_t stop;         /* 8s to drain at TERM */
	} limits;
	struct {                  /* retry.*: how often a message is tried again */
		uint64_t crash;   /* 1 */
		uint64_t timeout; /* 1 */
		uint64_t memory;  /* 1: memory and output limit */
		uint64_t kills;   /* 3 deaths of the whole service while it ran alone */
		uint64_t delay;   /* 50ms before a retry */
	} retry;
	struct {                 /* breaker.* */
		uint64_t window; /* 50 messages, 0: off */
		uint64_t share;  /* 50 percent of them crashed */
	} breaker;
	struct { /* recycle.*: when a worker is replaced though healthy */
		uint64_t messages; /* 10000, 0: never */
		uint64_t age;      /* 1h, 0: never */
		uint64_t memory;   /* 256MiB resident, 0: never */
		uint64_t jitter;   /* 10 percent */
	} recycle;
	struct {                        /* log.* */
		enum log_format format; /* json */
		enum log_level level;   /* info */
		uint64_t burst; /* 200 equal events a second, then a summary; 0: no
				   summaries */
	} log;
	struct {                       /* dead.* */
		uint64_t stderr_bytes; /* dead.stderr: 8KiB of the worker's last lines of
					  standard error kept */
		enum stack stack;      /* dead.stack: false */
		uint64_t keep_age;     /* 0: letters are kept for ever */
		uint64_t keep_bytes;   /* 0: all of them */
		uint64_t scan;         /* 1h between looks at dead/ for these two */
	} dead;
	struct {                       /* http.* */
		char *listen;          /* NULL: no TCP; ADDRESS:PORT */
		enum http_serve serve; /* on */
		char *token_file;      /* NULL: none */
		char *hosts;           /* NULL: this machine's names only */
		uint64_t body;         /* 1GiB */
		uint64_t connections;  /* 128 */
		uint64_t rate;         /* 100 a second from one address */
		uint64_t wait;         /* 25s */
	} http;
	enum reports reports;       /* lossy */
	enum take_stores stores;    /* items */
	enum on_failure on_failure; /* dead */
	/* Where each value came from, by the key's row in config_keys.c. */
	unsigned char sources[CONFIG_KEYS_MAX];
};

/* One setting from the command line: key and value as text. */
struct config_flag {
	const char *key, *value;
};

/*
 * Read everything: defaults, the file (NULL: none), the environment, the flags
 * (flag_count of them). Every error found is printed to errors, one line each
 * ("FILE:LINE:COLUMN: KEY: VALUE: what is allowed"). NULL when there was one.
 * The caller ends it with config_free.
 */
struct config *config_load(const char *file, char *const *environment,
    const struct config_flag *flags, size_t flag_count, FILE *errors);
void config_free(struct config *); /* NULL is fine */

/* The effective configuration as YAML that config_load reads back, with comments. */
void config_print(const struct config *, FILE *);

/*
 * Take over what a reload may change; for each other key that differs, one line
 * goes to remarks ("KEY: takes effect at the next start"). fresh is consumed.
 */
void config_reload(struct config *current, struct config *fresh, FILE *remarks);

/* The number of workers to run: workers, or for auto as many as CPUs that this process
 * may use (affinity and cgroup quota) and half as many more, at least two, so that while
 * one waits for its next message another one works. */
unsigned config_workers(const struct config *);

#endif

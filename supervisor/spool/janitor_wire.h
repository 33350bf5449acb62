/* SPDX-License-Identifier: ISC */
#ifndef JANITOR_WIRE_H
#define JANITOR_WIRE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/program.h"
#include "files/name.h"
#include "spool/settle.h"

/*
 * What passes between the supervisor and its janitors: chores, as many in a packet as
 * there are (a socket lets only net.unix.max_dgram_qlen packets wait, by default 10);
 * answers, one packet each. Both are the same binary, so plain structures will do; the
 * version is checked for the one case that they are not (the file was replaced while
 * /proc was away).
 */
enum { JANITOR_VERSION = 8 };

/* Descriptors of a janitor. */
enum janitor_fd {
	JANITOR_SOCKET = PROGRAM_FIRST_FD,
	JANITOR_INCOMING,
	JANITOR_ACTIVE,
	JANITOR_OUTGOING,
	JANITOR_DEAD,
	JANITOR_REPORTS,
	JANITOR_TMP,
	JANITOR_LOCKS = JANITOR_TMP + STAGES, /* only held, two of them */
	JANITOR_FDS_END = JANITOR_LOCKS + 2,
};

/* Its arguments after the verb. */
enum janitor_argument {
	JANITOR_ARG_VERB,
	JANITOR_ARG_VERSION,
	JANITOR_ARG_PARENT, /* process id */
	JANITOR_ARG_FOLDER_MODE,
	JANITOR_ARG_DEAD_IS_NEAR,
	JANITOR_ARG_MODE, /* of results */
	JANITOR_ARG_OWNER,
	JANITOR_ARG_GROUP,
	JANITOR_ARG_EXTENSION,
	JANITOR_ARG_OUTGOING, /* paths, see struct places */
	JANITOR_ARG_DEAD,
	JANITOR_ARG_REPORTS,
	JANITOR_ARGS,
};

enum {
	JANITOR_SUB_MAX = 4095,
	JANITOR_BATCH = 256, /* chores of a packet: settlements that share their syncs */
	JANITOR_PACKET = 64 * 1024,
	JANITOR_NAMES = 256,  /* of one answer to a scan */
	JANITOR_TEXT = 32768, /* their bytes */
	JANITOR_WHERE = 64,
};

enum janitor_kind {
	JANITOR_SETTLE = 1,
	JANITOR_SCAN,
	JANITOR_ALIVE, /* of an answer: none, but work goes on */
};

/* A file up to this size a janitor may copy; larger ones are a porter's. */
enum { JANITOR_COPY_MOST = 1 << 20 };

#define JANITOR_VERB "janitor"
#define PORTER_VERB "porter"

/* Each begins where a uint64_t may, and size bytes behind the one before it. */
struct janitor_chore {
	uint32_t kind;
	uint32_t size;
	uint32_t plan;
	uint64_t sequence; /* the answer has it too */
	uint64_t id;
	struct charges charges;
	uint32_t unmade;    /* see struct claim */
	uint16_t sub, name; /* lengths in text, each followed by a NUL */
	bool restart;
	char text[JANITOR_SUB_MAX + 1 + NAME_SIZE];
};

static_assert(sizeof(struct janitor_chore) <= JANITOR_PACKET, "the longest one has room");

struct janitor_answer {
	uint32_t kind;
	int32_t error;
	uint64_t sequence;
	uint64_t done, of; /* bytes of a copy under way */
	/* Of a scan: names in text: 'd' or 'f', the name, NUL. Of settlements: 0, or so
	 * many that are settled, their sequences in text. */
	uint16_t count;
	bool end;
	char where[JANITOR_WHERE];
	char text[JANITOR_TEXT];
};

struct spool;

/* Start a janitor, or what else the verb names, with its end of the socket. 0 or an errno
 * value. */
int janitor_spawn(const struct spool *, char *verb, int socket, pid_t *pid);

#endif

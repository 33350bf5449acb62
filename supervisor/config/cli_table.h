/* SPDX-License-Identifier: ISC */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "config/cli_options.h"

/* What a verb takes besides options. */
enum cli_operands {
	CLI_NONE,
	CLI_ONE,
	CLI_MANY,
	CLI_IDS,            /* of dead letters, or the beginnings of some */
	CLI_FOLDER_AND_IDS, /* a folder before them */
	CLI_QUEUE_WORDS,    /* nothing, or a verb and ids of messages in hand */
};

struct cli_verb_row {
	const char *name; /* "serve", "dead list" */
	enum cli_operands operands;
	const char *operand; /* in the usage; NULL: none */
	bool client;         /* works on the spool of a service: cli_options_find_spool */
	bool needs;          /* ids, --all or a filter */
	const char *about;
};

enum cli_kind {
	CLI_HELP,
	CLI_TEXT,   /* kept at slot */
	CLI_FORMAT, /* the same, one of formats_targets */
	CLI_YES,    /* true at slot */
	CLI_KEY,    /* the same as --set NAME=VALUE */
	CLI_SET,
	CLI_VERDICT, /* kept at slot, one that a dead letter can have */
	CLI_AGE,     /* milliseconds at slot */
	CLI_DATE,    /* seconds since the epoch at slot, of a day or a time in UTC */
	CLI_RATE,    /* a double at slot: so many in a second */
	CLI_ID,      /* kept at slot, a whole id */
	CLI_COUNT,   /* a number from 1 on at slot */
	CLI_LIST,    /* one more text in the struct cli_list at slot */
};

/* To add an option: its row, and its slot in struct cli_options. */
struct cli_option_row {
	char letter; /* 0: none */
	const char *name;
	const char *value; /* NULL: takes none */
	unsigned verbs;    /* CLI_BIT of each that takes it */
	enum cli_kind kind;
	size_t slot;
	const char *about;
	const char *key; /* CLI_KEY: whose value it is; NULL: its own name */
};

#define CLI_BIT(verb) (1U << (verb))
enum { CLI_ROWS_MAX = 96 };

const struct cli_verb_row *cli_verb_row(enum cli_verb);

/* CLI_VERBS: there is none of this name. */
enum cli_verb cli_verb_named(const char *name);

/* NULL behind the last. */
const struct cli_option_row *cli_option_row(unsigned i);

#endif

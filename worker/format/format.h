/* SPDX-License-Identifier: ISC */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "message/body.h"
#include "message/facts.h"
#include "message/notes.h"
#include "proto/formats.h"

struct arena;
struct growth;
struct message;
struct notice;
struct sink;

/*
 * What every format offers, and what a conversion is. One folder each, one row
 * in registry.c and one in proto/formats.inc. A format never calls another: what is
 * nested goes through the registry, one level deeper, until LIMIT_DEPTH.
 */

/* Where an item of a store lies: said in a list, and given back to be read. */
struct store_place {
	const char *format; /* of the store; "": the range is the item itself */
	bool unpacked;      /* in what was unpacked (convert.unpacked) */
	uint64_t store, store_bytes;
	uint64_t at, bytes; /* in the store, as its format counts; bytes 0: no offset */
};

/* An item of a store, as its list has it. */
struct entry {
	struct store_place place;
	unsigned flags;   /* set of enum formats_flag */
	int64_t date;     /* seconds since the epoch; 0: not known */
	const char *name; /* of a file; NULL: it has none */
	uint64_t bytes;   /* about; 0: not known */
};

/* What a worker keeps of a store for its next order, if that is one of the same store:
 * the same bytes, of the same range. It is gone before anything else is read. */
struct store_kept {
	struct arena *arena;
	void *state; /* the format's own, in that arena; NULL: nothing yet */
};

/* One conversion, from order to answer. */
struct convert {
	struct arena *arena;
	struct notes notes;
	struct span in;
	struct sink *out;
	int scratch;           /* read-write file without a name, empty; -1: none */
	uint64_t scratch_used; /* bytes of it taken so far */
	struct growth *growth; /* what may come of it; NULL: as much as it likes */
	unsigned depth;        /* of nesting, 0 for the message itself */
	unsigned flags;        /* what the file around a mail says (enum formats_flag) */
	bool keep_signed;      /* leave alone what a DKIM signature covers */
	bool stores;           /* of a store the list of its items is wanted */
	const struct store_place *item; /* of in, only this is wanted; NULL: all of it */
	const struct store_place *picked; /* the message is this of in, NULL: all of it */
	struct store_kept *kept; /* of the item's store; NULL: nothing may be kept */
	bool salvage; /* of that item as it is what can be had: store_salvage */
	/* Not a conversion: c->out shall say that the input was not delivered. NULL: a
	 * conversion. */
	const struct notice *notice;

	/* The way out to the supervisor; NULL in tests. Progress may be called often. */
	void (*tell_facts)(void *arg, const struct facts *);
	void (*tell_progress)(void *arg, uint64_t bytes);
	/* One of several results in c->out was written: length bytes behind the one
	 * before. name is a claim of the message. */
	void (*tell_item)(void *arg, const char *kind, const char *name, uint64_t length);
	/* Of a store that is listed: the way to a folder (expected: how many items the
	 * store says are in it, 0: it does not), and an item of the last folder told. */
	void (*tell_folder)(
	    void *arg, const char *const *names, size_t count, uint64_t expected);
	void (*tell_entry)(void *arg, const struct entry *);
	void *arg;

	/* Set by convert_refuse. */
	const char *refused; /* for people; NULL: not refused */
	const char *refused_part;
	uint64_t refused_offset;
	bool unchanged; /* the output equals the input */
	bool listed;    /* the output is the list of a store's items */
	/* What a list's archives held, one after the other; NULL: there were none. */
	struct sink *unpacked;
};

/* A store that is listed: its bytes, where they lie, and the folder around it. */
struct store {
	struct span in;
	struct store_place place; /* at and bytes are free */
	const char *const *names;
	size_t name_count;
	unsigned depth; /* of stores in stores */
};

/* One item of a store: a message object or, where that is NULL, bytes. */
struct picked {
	struct message *message;
	struct span bytes;
};

/* What a report to the sender of a message says; the fields of Notice in
 * proto/convert.proto. No text is NULL. */
struct notice {
	uint64_t id;
	const char *from, *to, *host; /* checked */
	int64_t written, arrived, tried;
	const char *sender, *subject, *message_id, *file, *verdict, *text;
	const char *code, *reason, *status; /* from tables */
	bool whole;
};

enum probe { PROBE_NO, PROBE_MAYBE, PROBE_YES };

struct prop;

/* A part that a format makes of a message object which is more than a mail. */
struct format_item {
	const struct format *format;
	const char *type; /* media type with its parameters but the charset, UTF-8 */
	const char *file; /* a name for it */
	bool alternative; /* says what the text says; else a file of its own */
	/* Is this property in it? */
	bool (*carries)(const struct prop *);
	/* Mark the attachments that are in it whole: held has one byte for each. NULL:
	 * none can be. */
	void (*holds)(struct arena *, const struct message *, uint8_t *held);
};

struct format {
	const struct formats_row
	    *row; /* its name and all that the supervisor knows, too */
	/* Does it begin like this format? head holds up to LIMIT_PROBE first bytes. NULL:
	 * the row's head says so. */
	enum probe (*probe)(struct span head);
	/* Where the beginning is not enough: is the whole of it so? NULL: no question. */
	bool (*confirm)(struct span whole);
	/* Of a container that may hold something else: is there a message in it? NULL: no
	 * question. */
	bool (*holds_message)(struct arena *, struct span);
	/* Read c->in into a message object; NULL when refused. What could be read of a
	 * damaged one comes back with notes. NULL verb: this format is not read so. */
	struct message *(*read)(struct convert *c);
	/* Write the message object to c->out. NULL verb: not a target. */
	bool (*write)(struct convert *c, const struct message *);
	/* What write makes of this message object has a place beside its text in a mail:
	 * fill in which. False: nothing of it. NULL verb: never. */
	bool (*item)(struct arena *, const struct message *, struct format_item *);
	/* Same format in and out: copy c->in to c->out and convert what lies inside.
	 * Sets c->unchanged when nothing was. NULL verb: copied byte for byte. */
	bool (*rewrite)(struct convert *c);
	/* Tell of the items of a store, each by store_entry or store_member. What could
	 * be found of a damaged one is told of, with notes. False: refused. NULL verb:
	 * it is no store. */
	bool (*each)(struct convert *c, const struct store *);
	/* One of them: in is the store, at and bytes are the place's. False: refused.
	 * NULL verb: the place is the item. */
	bool (*pick)(struct convert *c, struct span in, const struct store_place *,
	    struct picked *);
	/* Write the report that c->notice says, with c->in, whatever its format,
	 * attached. Nothing of it is decoded: a message that crashed a worker goes back,
	 * too. NULL verb: such a report has another format. */
	bool (*report)(struct convert *c, const struct format *of_input);
};

/* The formats that there are, FORMATS_COUNT of them, in the order of formats_rows.
 * format_init says so before anything below is asked. */
void format_know(const struct format *const *all);

/* NULL: no such format, or it has no verbs here. */
const struct format *format_by_name(const char *name);

/* The format that claims these bytes most surely, or NULL. It may have no verbs. */
const struct format *format_probe(struct span in);

/* The part that some format makes of the message object; false: none does. */
bool format_of_item(struct arena *, const struct message *, struct format_item *);

/* Does the span begin as the format's row says? */
bool format_begins(enum formats_id, struct span);

/* Does a file of this format hold a message, as opposed to a document in the same
 * container? */
bool format_holds_message(enum formats_id, struct arena *, struct span);

/* First of all: the formats are known. */
void format_init(void);

/*
 * Convert c->in to the target format: true when c->out holds the result, false
 * when refused (c->refused says why, what was seen and where).
 */
bool format_convert(struct convert *c, const char *to)
    __attribute__((warn_unused_result));

/*
 * For the verb each. An item in the folder of the store's names and these; then the same
 * for bytes that may be a store again, which then is listed in the item's place, as a
 * folder of that name: a member of an archive.
 */
void store_folder(struct convert *, const struct store *, const char *const *names,
    size_t count, uint64_t expected);
void store_entry(struct convert *, const struct store *, const struct entry *);
void store_member(
    struct convert *, const struct store *, struct span in, const struct entry *);

/* The part of format_convert that is about stores: the list of one, or one item. */
bool store_list(struct convert *c, const struct format *)
    __attribute__((warn_unused_result));
bool store_convert_item(struct convert *c, const struct format *target)
    __attribute__((warn_unused_result));

/* The end of a conversion: c->in (of format source; NULL: as it begins), or m, to the
 * target. */
bool format_convert_as(struct convert *c, const struct format *source,
    const struct format *target) __attribute__((warn_unused_result));

/*
 * A message of another format nested in this one, as a message object: in is its
 * bytes. NULL when no format claims them, they were refused, or the depth budget
 * is used up (a note says which). The parent's notes get the child's.
 */
struct message *format_read_nested(
    struct convert *parent, struct span in, const char *part);

/*
 * The same by hand, for a format whose container holds messages of its own: the
 * conversion of the message in that part, one level deeper, and its end: the parent's
 * notes get the child's. m may be NULL.
 */
struct convert *convert_nested(struct convert *parent, struct span in);
void convert_adopt(
    struct convert *parent, struct convert *child, const char *part, struct message *m);

/* Where what is decoded on the way is held: sink_scratch of the conversion. */
struct sink *convert_scratch(struct convert *);

/* Facts are told of the message itself, not of those in it. */
bool convert_wants_facts(const struct convert *);

/* How this conversion reads bodies; part and pictures are the caller's to say. */
struct body_want convert_body_want(
    struct convert *, const char *part, const char *pictures);

/* A sign of life, as a progress function whose argument is the conversion. */
void convert_alive(void *convert);

/* Refuse: part names where, reason is printf-like. Returns false. */
bool convert_refuse(struct convert *, const char *part, uint64_t offset,
    const char *reason, ...) __attribute__((format(__printf__, 4, 5)));

#endif

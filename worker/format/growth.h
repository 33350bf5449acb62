/* SPDX-License-Identifier: ISC */
#ifndef FORMAT_GROWTH_H
#define FORMAT_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

struct convert;

/*
 * How much may be made out of one message: a floor, and so many times its size
 * (limits.growth_floor, limits.growth). A few bytes of a message can ask for thousands: a
 * footnote, a picture of RTF, a meeting that recurs with its whole text in each
 * exception. What all that would come to is reckoned before it is written; what does not
 * fit is left out, each with a note, and writers that attach the original then do.
 *
 * One for the message and all that is nested in it.
 */
struct growth {
	uint64_t whole;    /* the result is never longer: what would be is refused */
	uint64_t most;     /* of it for bodies, files and what else is reckoned */
	uint64_t used;     /* reckoned so far, or written: what is more */
	uint64_t fields;   /* left for header fields and parameters */
	uint32_t left_out; /* how often something did not fit */
	uint64_t floor, times, size; /* what it was reckoned of */
};

/* In all floor bytes and so many times the size. The original in base64 has its place
 * beside most and fields, and so have delimiters and notes. */
struct growth growth_of(uint64_t floor, uint64_t times, uint64_t size);

/* The same, once it is known that the message is no larger than this: it lay in something
 * larger. Nothing was written yet. */
void growth_narrow(struct convert *, uint64_t size);

/* Bytes of so many in base64, or of a text as mail carries it, with the fields before it.
 */
uint64_t growth_encoded(uint64_t bytes);

/* Is there room for so many bytes, which the caller writes to c->out now? False: no, and
 * a note says what was left out of which part. */
bool growth_fits(struct convert *, uint64_t bytes, const char *part, const char *what)
    __attribute__((warn_unused_result));

/* The same for bytes that are written later: they count from now on. */
bool growth_take(struct convert *, uint64_t bytes, const char *part, const char *what)
    __attribute__((warn_unused_result));

/* The same of a field of a header, or a parameter of one, which have a share of their
 * own: they stand in front of what is reckoned already. */
bool growth_field(struct convert *, uint64_t bytes, const char *name)
    __attribute__((warn_unused_result));

/* growth_fits for lines of a calendar or a card (content_line.h). */
bool growth_fits_line(void *convert, uint64_t bytes, const char *name)
    __attribute__((warn_unused_result));

/* What may still be written. UINT64_MAX: as much as one likes. */
uint64_t growth_left(const struct convert *);

/* How often something did not fit so far. */
uint32_t growth_left_out(const struct convert *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_BODY_H
#define MESSAGE_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct arena;
struct body_place;
struct message;
struct notes;
struct prop;
struct prop_value;
struct rtf_item;

/* What the bodies are read with. */
struct body_want {
	struct arena *arena;
	struct notes *notes;
	int scratch; /* as sink_scratch wants them; -1: always memory */
	uint64_t *scratch_used;
	uint64_t most; /* bytes of HTML and of text made of RTF; 0: however many */
	void (*alive)(void *arg); /* a sign of life, called often; NULL: no calls */
	void *arg;
	const char *part;     /* for notes: "message" */
	const char *pictures; /* "cid:picture-N" and this is the address of picture N; of
				 a placed attachment without an id "cid:attachment-N" */
};

/*
 * The bodies of a message object ([MS-OXBBODY] 2.1.3.1, [MS-OXCMAIL] 2.1.3.3), however
 * long: one answer for all writers.
 *
 * Plain text is in UTF-8; HTML as it is, in its own character set. Where there is no
 * HTML, RTF gives it: the one it encapsulates ([MS-OXRTFEX]), or a rendering. Without
 * PidTagBody the plain text comes from the RTF, else from the HTML. RTF that has more
 * than could be taken from it is here to be attached.
 *
 * A body may lie in memory, in the input or in the scratch file; .len 0: there is none.
 */
struct body {
	struct span plain;
	bool plain_from_html; /* nothing else had it */
	bool plain_from_rtf;  /* so had this, whose HTML says the same */
	struct span html;
	const char *html_charset; /* MIME name of its charset; NULL: ASCII */
	struct span rtf;          /* decompressed, to be attached */
	const char *rtf_note;     /* what became of it, for people; NULL: all is there */
	bool rtf_cut;             /* what was made of it ends before it does */
	struct span rtf_whole;    /* decompressed, whether to be attached or not */
	bool rtf_empty;           /* there is RTF that says nothing, or a note says why */
	const struct rtf_item *items; /* pictures and objects in that RTF */
	unsigned item_count;
	const struct body_place *places; /* attachments that this HTML shows */
	unsigned place_count;
	const char *pictures; /* the one of body_want */
};

struct body body_of(const struct body_want *, const struct message *);

/* The HTML in UTF-8. What it declares about itself inside stays. */
struct span body_html_utf8(const struct body_want *, const struct body *);

/* The words of the HTML in UTF-8. */
struct span body_words(const struct body_want *, const struct body *);

/* Write a note on what became of the RTF, if there is something to say. rest: how that
 * note ends, behind "rendered as HTML without a drawing": where the RTF is now. */
void body_note_rtf(const struct body_want *, const struct body *, const char *rest);

/* The value of a text property in UTF-8, also one that is too long to be held; *lossy:
 * some of it had no meaning. */
struct span body_text(const struct body_want *, const struct message *,
    const struct prop *, const struct prop_value *, bool *lossy);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_CODEPAGE_H
#define MESSAGE_CODEPAGE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct message;
struct prop;

/*
 * The code page of a message's 8-bit texts, in one order for every format:
 *   1. what the container says of its texts (TNEF's attOemCodepage; 0: nothing),
 *   2. PidTagMessageCodepage ([MS-OXCMSG] 2.2.1.4),
 *   3. PidTagInternetCodepage, which is that of the HTML body,
 *   4. that of PidTagMessageLocaleId's language,
 *   5. windows-1252.
 * The first that is known counts, but UTF-16 cannot be that of 8-bit texts, nor UTF-8
 * when one of them is not UTF-8, nor US-ASCII when one of them has high bytes (then it is
 * UTF-8 if all of them are), nor a page of 7 bits like ISO-2022-JP when one of them has
 * high bytes (then it is Windows' page of the same language). So it can only be told when
 * recipients and attachments are there, too.
 */
unsigned codepage_settle(struct message *, uint32_t container, bool noted);

/* All 8-bit texts of the message and its recipients become UTF-8 by m->codepage; a note
 * where bytes have no meaning in it. */
void codepage_decode(struct message *);

/* The same for the attachments' properties (not for messages in them). */
void codepage_decode_attachments(struct message *);

/* The first value as text by this page, before all texts are decoded; NULL: it has none.
 * codepage_fact is a facts_text_fn of the same, of a struct codepage_early. */
const char *codepage_early_text(struct arena *, unsigned page, const struct prop *);
struct codepage_early {
	const struct message *m;
	unsigned page;
};
const char *codepage_fact(void *early, uint16_t id);

/* The ANSI code page of a language (LCID, [MS-LCID]); 0: not known. */
unsigned codepage_of_locale(uint32_t lcid);

#endif

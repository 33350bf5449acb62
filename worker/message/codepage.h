/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_CODEPAGE_H
#define MESSAGE_CODEPAGE_H

#include <stdbool.h>
#include <stdint.h>

struct message;

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
 * high bytes (then it is Windows' page of the same language).
 */
unsigned codepage_settle(struct message *, uint32_t container, bool noted);

/* All 8-bit texts of the message and its recipients become UTF-8 by m->codepage; a note
 * where bytes have no meaning in it. */
void codepage_decode(struct message *);

/* The same for the attachments' properties (not for messages in them). */
void codepage_decode_attachments(struct message *);

/* The ANSI code page of a language (LCID, [MS-LCID]); 0: not known. */
unsigned codepage_of_locale(uint32_t lcid);

#endif

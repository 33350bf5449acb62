/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_H
#define MIME_READ_H

struct convert;
struct message;

/*
 * format.read: a mail as a message object (MS-OXCMAIL 2.2), the mirror of write.h.
 *
 * - Header fields become properties by header_table.h; the whole header is
 *   PidTagTransportMessageHeaders, and X- fields are named properties as well.
 * - Texts that a mail program would show one below the other become one body
 *   (read_body.h). Everything else is an attachment, in the order of the mail.
 * - A mail in the mail is an embedded message, its bytes are the attachment's data.
 * - A winmail.dat becomes part of the message (read_tnef.h).
 * - What was signed or encrypted as a whole (S/MIME, MS-OXOSMIME 2.1) is one
 *   attachment, byte for byte; the text that was signed is the body, too.
 *
 * Attachments stay where they are in the input or are decoded into the scratch
 * file: memory does not grow with them. Damage is a note, and what cannot be
 * understood an attachment.
 */
struct message *read_mime(struct convert *);

#endif

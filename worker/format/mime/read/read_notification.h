/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_NOTIFICATION_H
#define MIME_READ_NOTIFICATION_H

struct entity;
struct reading;

/*
 * Delivery reports (RFC 3464) and receipts (RFC 8098) as MS-OXCMAIL 2.2.3.7 reads them:
 * the message class, who reports, and whom it is about. Any other part: nothing.
 */
void read_notification(struct reading *, const struct entity *);

#endif

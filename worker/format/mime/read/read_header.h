/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_HEADER_H
#define MIME_READ_HEADER_H

struct reading;

/* The mail's header as properties and recipients (MS-OXCMAIL 2.2.3.1, 2.2.3.2). */
void read_envelope(struct reading *);

#endif

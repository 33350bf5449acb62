/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_ATTACH_H
#define MIME_READ_ATTACH_H

#include "base/span.h"
#include "base/text.h"

struct attachment;
struct entity;
struct reading;

/* The part as an attachment (MS-OXCMAIL 2.2.3.4); a mail in it is opened. */
void read_attach(struct reading *, const struct entity *);

/* The same of bytes that were decoded already; .opened false: they are not looked into.
 */
void read_attach_bytes(
    struct reading *, const struct entity *, struct span data, bool opened);

/* A file that has no part of its own, or another form than its part. */
void read_attach_file(
    struct reading *, const char *part, struct text name, struct span data);

/* Method, size and what has one value for all of them. */
void read_attach_common(
    struct reading *, struct attachment *, struct text name, struct span data);

#endif

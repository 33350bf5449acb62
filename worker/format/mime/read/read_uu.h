/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_UU_H
#define MIME_READ_UU_H

#include "base/span.h"

struct entity;
struct reading;

/*
 * Files in a plain text by uuencode, from "begin 644 name" to "end", become
 * attachments; returns the text without them. text is in memory. What is not uuencode
 * all through stays text.
 */
struct span read_uu_files(struct reading *, const struct entity *, struct span text);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef MIME_FIELDS_H
#define MIME_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The header fields that mail is known to have (RFC 5322, 2045-2049, 2369, 3834,
 * 4021, 6376, and what programs write), and what we do with each.
 */
enum fields_use {
	FIELDS_CONTENT = 1, /* describes a body: replaced when the body is */
	FIELDS_OURS = 2,  /* written from properties: not taken from transport headers */
	FIELDS_SIGNS = 4, /* signs the body: broken when the body changes */
	FIELDS_WEAK = 8,  /* other text files have such a line too: not proof of mail */
	FIELDS_FREE = 16, /* any text will do: also from a property of the same name */
};

/* 0 to (FIELDS_CONTENT | ...) for a known name in any case, -1 for an unknown one. */
int fields_use(const char *name, size_t len);

/*
 * The length of the field name at the start of a line of n bytes, 0 when the line
 * is not a header field (RFC 5322 2.2: printable ASCII up to a colon; blanks
 * before the colon are the obsolete form of 4.5 and accepted).
 */
size_t fields_name(const char *line, size_t n);

#endif

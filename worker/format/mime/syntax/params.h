/* SPDX-License-Identifier: ISC */
#ifndef MIME_PARAMS_H
#define MIME_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/*
 * A header field that is a word with parameters behind it: Content-Type,
 * Content-Disposition (RFC 2045 5.1, RFC 2183), unfolded. Read as mail programs write it:
 * values without quotes that need them, quotes that do not end, missing semicolons, text
 * in encoded words (RFC 2047) or in percent encoding (RFC 2231), in one piece or many.
 *
 * Own code: GMime decodes them while it parses, and opens converters for that, which a
 * worker that is locked in cannot.
 */
struct params {
	struct arena *arena;
	const char *word; /* "text/plain", "attachment"; in lower case; "": none */
	struct param *list;
	size_t count;
	char *unquoted; /* for what is unquoted */
	bool more;      /* than LIMIT_PARAMETERS: they were not looked at */
};

struct params params_of(struct arena *, const char *value);

/* A value that is a word, as it stands there: charset, boundary; NULL: there is none. */
const char *params_word(const struct params *, const char *name);

/* A value that is text, in one line; .s NULL: there is none. */
struct text params_text(const struct params *, const char *name);

#endif

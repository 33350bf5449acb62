/* SPDX-License-Identifier: ISC */
#include "base/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

json_t *json_text_n(const char *text, size_t n)
{
	char *to = malloc(n * 4 + 1); /* every byte as \xNN */
	size_t used = 0;
	json_t *string;

	if (!to)
		return json_null();
	while (n > 0) {
		uint32_t code = 0;
		size_t len = utf8_char(text, n, &code);
		if (len > 0 && (code >= 0x20 || code == '\n' || code == '\t') &&
		    code != 0x7f) {
			memcpy(to + used, text, len);
			used += len;
		} else {
			len = 1;
			used += (size_t)snprintf(
			    to + used, 5, "\\x%02x", (unsigned char)*text);
		}
		text += len;
		n -= len;
	}
	string = json_stringn(to, used);
	free(to);
	return string ? string : json_null();
}

json_t *json_text(const char *text)
{
	return text ? json_text_n(text, strlen(text)) : json_null();
}

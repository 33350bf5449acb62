/* SPDX-License-Identifier: ISC */
#include "base/json_text.h"

#include <stdint.h>
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
		uint32_t code;
		size_t len = utf8_char(text, n, &code);
		if (len > 0) {
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

/* RFC 4648 section 4. No library that is linked here has it. */
static json_t *base64(const char *bytes, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *to = malloc((n + 2) / 3 * 4 + 1), *end = to;

	if (!to)
		return json_null();
	for (; n > 0; n -= n < 3 ? n : 3, bytes += 3) {
		uint32_t bits = 0;
		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < n ? (unsigned char)bytes[i] : 0);
		for (size_t i = 0; i < 4; i++)
			*end++ = (char)(i <= n ? digits[bits >> (18 - 6 * i) & 63] : '=');
	}
	json_t *string = json_stringn(to, (size_t)(end - to));
	free(to);
	return string ? string : json_null();
}

void json_set_name(json_t *object, const char *key, const char *name)
{
	size_t n = name ? strlen(name) : 0, at = 0, len = 1;
	char other[64];
	uint32_t code;

	if (!name)
		return;
	(void)json_object_set_new(object, key, json_text(name));
	while (at < n && (len = utf8_char(name + at, n - at, &code)) > 0)
		at += len;
	if (at == n)
		return;
	(void)snprintf(other, sizeof other, "%s_bytes", key);
	(void)json_object_set_new(object, other, base64(name, n));
}

char *json_line(const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags), *to = NULL;
	size_t size = 0, left = text ? strlen(text) : 0, len;
	FILE *f = text ? open_memstream(&to, &size) : NULL;

	if (!f) {
		free(text);
		return NULL;
	}
	/* Beyond the line feeds between values, such can only stand in a string. */
	for (const char *p = text; left > 0; p += len, left -= len) {
		uint32_t code;
		len = utf8_char(p, left, &code);
		if (len > 0 && code != '\n' && !utf8_printable(code))
			(void)fprintf(f, "\\u%04X", (unsigned)code);
		else
			(void)fwrite(p, 1, len > 0 ? len : (len = 1), f);
	}
	bool ok = fclose(f) == 0;
	free(text);
	if (!ok) {
		free(to);
		to = NULL;
	}
	return to;
}

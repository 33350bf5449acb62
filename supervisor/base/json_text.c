/* SPDX-License-Identifier: ISC */
#include "base/json_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
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

static json_t *json_base64(const char *bytes, size_t n)
{
	char *text = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&text, &length);
	struct base64 b = { .to = f };

	if (!f)
		return json_null();
	base64_put(&b, bytes, n);
	base64_end(&b);
	json_t *string = fclose(f) == 0 ? json_stringn(text, length) : NULL;
	free(text);
	return string ? string : json_null();
}

json_t *json_time(int64_t wall_ms)
{
	char text[CLOCK_TEXT];

	clock_text(wall_ms, text);
	return wall_ms == 0 || !*text ? json_null() : json_string(text);
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
	(void)json_object_set_new(object, other, json_base64(name, n));
}

/* How many bytes from here on are written as they are. Beyond the line feeds between
 * values, such and others that no screen should get can only stand in a string. */
static size_t json_clean(const char *text, size_t left)
{
	size_t n = 0, len;
	uint32_t code;

	for (; n < left; n += len) {
		len = 1;
		if (text[n] == '\n' || (text[n] >= ' ' && text[n] < 0x7f))
			continue;
		len = utf8_char(text + n, left - n, &code);
		if (len > 0 && !utf8_printable(code))
			break;
		len = len ? len : 1;
	}
	return n;
}

char *json_line(const json_t *value, size_t flags)
{
	char *text = json_dumps(value, flags), *to = NULL;
	size_t size = 0, left = text ? strlen(text) : 0;
	size_t clean = text ? json_clean(text, left) : 0;

	if (clean == left) /* most are */
		return text;
	FILE *f = open_memstream(&to, &size);
	for (const char *p = text; f && left > 0;) {
		uint32_t code = 0;
		(void)fwrite(p, 1, clean, f);
		p += clean;
		left -= clean;
		if (left == 0)
			break;
		size_t len = utf8_char(p, left, &code);
		(void)fprintf(f, "\\u%04X", (unsigned)code);
		p += len;
		left -= len;
		clean = json_clean(p, left);
	}
	bool ok = f && fclose(f) == 0;
	free(text);
	if (!ok) {
		free(to);
		to = NULL;
	}
	return to;
}

bool json_print(json_t *value, size_t flags, FILE *to)
{
	char *text = value ? json_line(value, flags) : NULL;
	bool ok = text && fprintf(to, "%s\n", text) > 0;

	free(text);
	json_decref(value);
	return ok;
}

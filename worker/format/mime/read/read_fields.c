/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_fields.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/params.h"
#include "format/mime/syntax/scan.h"
#include "format/mime/syntax/words.h"

/* The length of the line at p with its line ending. */
static size_t line_of(const char *p, size_t left)
{
	const char *lf = memchr(p, '\n', left);

	return lf ? (size_t)(lf - p) + 1 : left;
}

/* Walk the fields; NULL: only count them. */
static size_t take_fields(struct span raw, struct read_field *to)
{
	const char *p = (const char *)raw.mem;
	size_t left = (size_t)raw.len, count = 0;

	if (left >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		left -= 3;
	}
	while (left > 0 && count < LIMIT_FIELDS) {
		size_t n = line_of(p, left), name = fields_name(p, n);
		while (n < left && (p[n] == ' ' || p[n] == '\t'))
			n += line_of(p + n, left - n);
		if (name > 0 && to)
			to[count] = (struct read_field){ p, p + name, name, n - name };
		count += name > 0;
		p += n;
		left -= n;
	}
	return count;
}

struct read_header read_group(struct arena *a, struct span raw)
{
	struct read_header h = { .raw = raw, .count = take_fields(raw, NULL) };

	h.fields = arena_array(a, h.count, sizeof *h.fields);
	(void)take_fields(raw, h.fields);
	return h;
}

struct read_header read_header(struct convert *c, const struct entity *e)
{
	uint64_t n = e->body - e->head;

	if (n > LIMIT_HEADER) {
		notes_add(&c->notes, NOTE_LOST, e->path, "header",
		    "longer than %d bytes: cut there", LIMIT_HEADER);
		n = LIMIT_HEADER;
	}
	struct read_header h =
	    read_group(c->arena, span_load(c->arena, span_sub(c->in, e->head, n)));
	if (h.count >= LIMIT_FIELDS)
		notes_add(&c->notes, NOTE_KEPT, e->path, "header",
		    "more than %d fields: the rest was not looked at", LIMIT_FIELDS);
	return h;
}

bool read_is(const struct read_field *f, const char *name)
{
	return strlen(name) == f->name_len &&
	       strncasecmp(f->name, name, f->name_len) == 0;
}

const struct read_field *read_find(const struct read_header *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (read_is(&h->fields[i], name))
			return &h->fields[i];
	return NULL;
}

const char *read_raw(struct arena *a, const struct read_field *f)
{
	char *value = arena_alloc(a, f->raw_len + 1);
	size_t n = 0, i = 0;

	while (i < f->raw_len && f->raw[i] && text_among(": \t\r\n", f->raw[i]))
		i++;
	for (; i < f->raw_len; i++) {
		unsigned char ch = (unsigned char)f->raw[i];
		if (ch == '\r' || ch == '\n')
			continue;
		value[n++] = (char)(ch < ' ' || ch == 0x7f ? ' ' : ch);
	}
	while (n > 0 && value[n - 1] == ' ')
		n--;
	value[n] = '\0';
	return value;
}

struct text read_text(struct arena *a, const struct read_field *f)
{
	const char *raw = read_raw(a, f);

	return words_decode(a, raw, strlen(raw));
}

const char *read_raw_of(struct arena *a, const struct read_header *h, const char *name)
{
	const struct read_field *f = read_find(h, name);

	return f ? read_raw(a, f) : NULL;
}

struct text read_text_of(struct arena *a, const struct read_header *h, const char *name)
{
	const struct read_field *f = read_find(h, name);

	return f ? read_text(a, f) : (struct text){ 0 };
}

/* One of the field's parameters. */
static const char *read_fields_param(
    struct arena *a, const struct read_header *h, const char *field, const char *param)
{
	const char *raw = read_raw_of(a, h, field);
	struct params p = params_of(a, raw ? raw : "");

	return params_word(&p, param);
}

const char *read_type_param(
    struct arena *a, const struct read_header *h, const char *param)
{
	return read_fields_param(a, h, "Content-Type", param);
}

const char *read_disposition_param(
    struct arena *a, const struct read_header *h, const char *param)
{
	return read_fields_param(a, h, "Content-Disposition", param);
}

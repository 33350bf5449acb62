/* SPDX-License-Identifier: ISC */
#include "codec/html_space.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

bool html_space_is(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

bool html_space_is_any(const char *p, size_t n, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (html_space_is(p, n, words[i]))
			return true;
	return false;
}

bool html_space_no_end(const char *name, size_t n)
{
	static const char *const no_end[] = { "area", "base", "br", "col", "embed", "hr",
		"img", "input", "link", "meta", "source", "track", "wbr" };

	return html_space_is_any(name, n, no_end, sizeof no_end / sizeof no_end[0]);
}

enum html_space html_space_now(const struct html_spaces *s)
{
	return s->count > 0 ? s->at[s->count - 1].space : HTML_SPACE_ONE;
}

/* To add a value: a row. */
static const struct {
	char name[16];
	enum html_space space;
} values[] = {
	{ "break-spaces", HTML_SPACE_ALL },
	{ "inherit", HTML_SPACE_SAME },
	{ "initial", HTML_SPACE_ONE },
	{ "normal", HTML_SPACE_ONE },
	{ "nowrap", HTML_SPACE_ONE },
	{ "pre", HTML_SPACE_ALL },
	{ "pre-line", HTML_SPACE_LINES },
	{ "pre-wrap", HTML_SPACE_ALL },
	{ "unset", HTML_SPACE_SAME },
};

/* The word at p, before stop: letters and "-". */
static size_t word_length(const char *p, const char *stop)
{
	size_t n = 0;

	while (p + n < stop && (isalpha((unsigned char)p[n]) || p[n] == '-'))
		n++;
	return n;
}

static const char *space_skip(const char *p, const char *stop)
{
	while (p < stop && isspace((unsigned char)*p))
		p++;
	return p;
}

bool html_space_style(const char *style, size_t n, enum html_space *to)
{
	const char *p = style, *stop = style + n;
	bool found = false;

	while (p < stop) {
		const char *end = memchr(p, ';', (size_t)(stop - p));
		end = end ? end : stop;
		p = space_skip(p, end);
		size_t k = word_length(p, end);
		bool ours = html_space_is(p, k, "white-space");
		p = space_skip(p + k, end);
		if (ours && p < end && *p == ':') {
			p = space_skip(p + 1, end);
			k = word_length(p, end);
			for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
				if (html_space_is(p, k, values[i].name)) {
					*to = values[i].space;
					found = true;
				}
		}
		p = end + (end < stop);
	}
	return found;
}

/* The innermost of this name that is open; its number from 1, 0: none. */
static size_t space_find(const struct html_spaces *s, const char *name, size_t n)
{
	size_t i = s->count;

	while (i > 0 && !html_space_is(name, n, s->at[i - 1].name))
		i--;
	return i;
}

void html_space_open(
    struct html_spaces *s, const char *name, size_t n, const enum html_space *own)
{
	/* Those that the next of their kind ends (HTML, 13.1.2.4). */
	static const char *const ended[] = { "dd", "dt", "li", "p" };

	if (n == 0 || n >= HTML_SPACE_NAME || html_space_no_end(name, n))
		return;
	size_t i = space_find(s, name, n);
	if (i > 0 && html_space_is_any(name, n, ended, sizeof ended / sizeof ended[0])) {
		s->count = i - 1;
		i = 0;
	}
	if (own && s->count < HTML_SPACE_DEPTH) {
		const enum html_space around = html_space_now(s);
		memcpy(s->at[s->count].name, name, n);
		s->at[s->count].name[n] = '\0';
		s->at[s->count].open = 1;
		s->at[s->count++].space = *own == HTML_SPACE_SAME ? around : *own;
	} else if (i > 0 && s->at[i - 1].open < UINT_MAX) {
		s->at[i - 1].open++;
	}
}

void html_space_close(struct html_spaces *s, const char *name, size_t n)
{
	size_t i = n > 0 && n < HTML_SPACE_NAME ? space_find(s, name, n) : 0;

	if (i > 0 && --s->at[i - 1].open == 0)
		s->count = i - 1; /* with what was left open in it */
}

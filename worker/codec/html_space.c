/* SPDX-License-Identifier: ISC */
#include "codec/html_space.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

static bool html_space_is(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

static bool html_space_is_any(
    const char *p, size_t n, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (html_space_is(p, n, words[i]))
			return true;
	return false;
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
	{ "normal", HTML_SPACE_ONE },
	{ "nowrap", HTML_SPACE_ONE },
	{ "pre", HTML_SPACE_ALL },
	{ "pre-line", HTML_SPACE_LINES },
	{ "pre-wrap", HTML_SPACE_ALL },
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
	/* Elements without an end, and those that the next of their kind ends (HTML,
	 * 13.1.2 and 13.1.2.4). */
	static const char *const no_end[] = { "area", "base", "br", "col", "embed", "hr",
		"img", "input", "link", "meta", "source", "track", "wbr" };
	static const char *const ended[] = { "dd", "dt", "li", "p" };

	if (n == 0 || n >= HTML_SPACE_NAME ||
	    html_space_is_any(name, n, no_end, sizeof no_end / sizeof no_end[0]))
		return;
	size_t i = space_find(s, name, n);
	if (i > 0 && html_space_is_any(name, n, ended, sizeof ended / sizeof ended[0])) {
		s->count = i - 1;
		i = 0;
	}
	if (own && s->count < HTML_SPACE_DEPTH) {
		memcpy(s->at[s->count].name, name, n);
		s->at[s->count].name[n] = '\0';
		s->at[s->count].open = 1;
		s->at[s->count++].space = *own;
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

/* --- style sheets --- */

/* One of what stood between commas before a block. */
static void rules_add(
    struct html_rules *r, const char *p, size_t n, enum html_space space)
{
	const char *dot = memchr(p, '.', n);
	size_t name = dot ? (size_t)(dot - p) : n, class = dot ? n - name - 1 : 0;

	if (n == 0 || r->count == HTML_SPACE_RULES || name >= HTML_SPACE_NAME ||
	    class >= HTML_SPACE_CLASS || (dot && class == 0))
		return;
	for (size_t i = 0; i < n; i++)
		if (p + i != dot && !isalnum((unsigned char)p[i]) && p[i] != '-' &&
		    p[i] != '_')
			return; /* of elements within others, of ids */
	memcpy(r->at[r->count].name, p, name);
	r->at[r->count].name[name] = '\0';
	if (dot)
		memcpy(r->at[r->count].class, dot + 1, class);
	r->at[r->count].class[class] = '\0';
	r->at[r->count++].space = space;
}

static void rules_end_block(struct html_rules *r)
{
	const char *p = r->selectors, *stop = p + r->selectors_len;
	enum html_space space;

	if (r->block_len == sizeof r->block || r->selectors_len == sizeof r->selectors ||
	    !html_space_style(r->block, r->block_len, &space))
		return;
	if (stop - p >= 4 && memcmp(p, "<!--", 4) == 0)
		p += 4;
	while (p < stop) {
		const char *end = memchr(p, ',', (size_t)(stop - p));
		end = end ? end : stop;
		p = space_skip(p, end);
		size_t n = (size_t)(end - p);
		while (n > 0 && isspace((unsigned char)p[n - 1]))
			n--;
		rules_add(r, p, n, space);
		p = end + (end < stop);
	}
}

void html_rules_byte(struct html_rules *r, char c)
{
	char last = r->last;

	r->last = c;
	if (r->comment) {
		r->comment = !(last == '*' && c == '/');
		if (!r->comment) /* its slash begins no other */
			r->last = '\0';
	} else if (last == '/' && c == '*') {
		size_t *len = r->within ? &r->block_len : &r->selectors_len;
		*len -= *len > 0; /* the "/" */
		r->comment = true;
		r->last = '\0';
	} else if (c == '{') { /* of "@media" the rules within it count */
		r->within = r->selectors_len == 0 || r->selectors[0] != '@';
		r->selectors_len = r->within ? r->selectors_len : 0;
		r->block_len = 0;
	} else if (c == '}') {
		if (r->within)
			rules_end_block(r);
		r->within = false;
		r->selectors_len = 0;
	} else if (r->within) {
		if (r->block_len < sizeof r->block)
			r->block[r->block_len++] = c;
	} else if (r->selectors_len > 0 || !isspace((unsigned char)c)) {
		if (r->selectors_len < sizeof r->selectors)
			r->selectors[r->selectors_len++] = c;
	}
}

/* Is it one of these, letters as they are? */
static bool rules_has_class(const char *classes, size_t len, const char *class)
{
	const char *p = classes, *stop = classes + len;
	size_t n = strlen(class);

	while ((p = space_skip(p, stop)) < stop) {
		const char *end = p;
		while (end < stop && !isspace((unsigned char)*end))
			end++;
		if ((size_t)(end - p) == n && memcmp(p, class, n) == 0)
			return true;
		p = end;
	}
	return false;
}

bool html_rules_find(const struct html_rules *r, const char *name, size_t n,
    const char *classes, size_t len, enum html_space *to)
{
	unsigned best = 0;

	for (size_t i = 0; i < r->count; i++) {
		const char *want = r->at[i].name, *class = r->at[i].class;
		unsigned weight = 2U * (*class != '\0') + (*want != '\0');
		if (weight < best || (*want && !html_space_is(name, n, want)) ||
		    (*class && !rules_has_class(classes, len, class)))
			continue;
		best = weight;
		*to = r->at[i].space;
	}
	return best > 0;
}

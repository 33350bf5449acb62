/* SPDX-License-Identifier: ISC */
#include "codec/html_rules.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *rules_skip(const char *p, const char *stop)
{
	while (p < stop && isspace((unsigned char)*p))
		p++;
	return p;
}

/* --- reading --- */

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* The length of "name.class#id" at p; its weight is added. 0: something else. */
static size_t rules_compound(const char *p, const char *stop, unsigned *weight)
{
	const char *at = p;

	while (at < stop && !isspace((unsigned char)*at) && *at != '>') {
		const char begin = *at;
		const bool mark = begin == '.' || begin == '#';
		const bool any = begin == '*' && at == p;
		const char *name = at + (mark || any);
		at = name;
		while (!any && at < stop && is_name_byte(*at))
			at++;
		if (at == name && !any)
			return 0;
		*weight += begin == '#' ? 1U << 16 : begin == '.' ? 1U << 8 : !any;
	}
	return (size_t)(at - p);
}

/* One of what stood between commas before a block. */
static void rules_add(
    struct html_rules *r, const char *p, size_t n, enum html_space space)
{
	struct html_rule *rule = &r->at[r->count];
	const char *at, *stop;
	bool child = false;

	if (n == 0 || n > sizeof rule->text || r->count == HTML_RULES)
		return;
	*rule = (struct html_rule){ .space = space };
	memcpy(rule->text, p, n);
	at = rule->text;
	for (stop = at + n; (at = rules_skip(at, stop)) < stop;) {
		if (*at == '>') {
			if (child || rule->count == 0)
				return;
			child = true;
			at++;
			continue;
		}
		const size_t len = rules_compound(at, stop, &rule->weight);
		if (len == 0 || rule->count == HTML_RULES_STEPS)
			return;
		rule->step[rule->count].at = (unsigned)(at - rule->text);
		rule->step[rule->count].len = (unsigned)len;
		rule->step[rule->count++].child = child;
		child = false;
		at += len;
	}
	if (child || rule->count == 0)
		return;
	r->deep = r->deep || rule->count > 1;
	r->count++;
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
		p = rules_skip(p, end);
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

/* --- matching --- */

/* Is it one of these, letters as they are? */
static bool rules_has_class(const char *classes, size_t len, const char *class, size_t n)
{
	const char *p = classes, *stop = classes + len;

	while ((p = rules_skip(p, stop)) < stop) {
		const char *end = p;
		while (end < stop && !isspace((unsigned char)*end))
			end++;
		if ((size_t)(end - p) == n && memcmp(p, class, n) == 0)
			return true;
		p = end;
	}
	return false;
}

/* Does the element match "name.class#id"? */
static bool rules_match(const char *p, size_t n, const struct html_element *e)
{
	const char *stop = p + n;

	while (p < stop) {
		const char begin = *p;
		const char *name = p + (begin == '.' || begin == '#' || begin == '*');
		size_t len = 0;
		while (name + len < stop && is_name_byte(name[len]))
			len++;
		p = name + len;
		if (begin == '*')
			continue;
		if (begin == '#' ? e->id_len != len || memcmp(e->id, name, len) != 0
		    : begin == '.'
			? !rules_has_class(e->classes, e->classes_len, name, len)
			: e->name_len != len || strncasecmp(e->name, name, len) != 0)
			return false;
	}
	return true;
}

/* The steps of a rule that match here, a bit each; own, above: those of the parent. */
static unsigned rules_steps(const struct html_rule *rule, const struct html_element *e,
    unsigned own, unsigned above)
{
	unsigned found = 0;

	for (unsigned i = 0; i < rule->count; i++) {
		const unsigned before = rule->step[i].child ? own : above;
		if ((i == 0 || (before & 1U << (i - 1))) &&
		    rules_match(rule->text + rule->step[i].at, rule->step[i].len, e))
			found |= 1U << i;
	}
	return found;
}

/* The next of some elements ends the one before, unless one that holds both stands
 * between (HTML, 13.1.2.4). */
static void rules_end_before(struct html_rules *r, const char *name, size_t n)
{
	static const char *const ended[] = { "td", "th", "tr", "dd", "dt", "li", "p" };
	static const char *const holds[] = { "table", "blockquote", "div", "dl", "ol",
		"td", "th", "ul" };
	enum { CELLS = 3 }; /* of ended: only a table holds those */

	const bool cell = html_space_is_any(name, n, ended, CELLS);
	if (!html_space_is_any(name, n, ended, sizeof ended / sizeof ended[0]))
		return;
	for (size_t i = r->open; i > 0; i--) {
		const char *at = r->path[i - 1].name;
		if (html_space_is(name, n, at)) {
			r->open = i - 1;
			return;
		}
		if (html_space_is_any(
			at, strlen(at), holds, cell ? 1 : sizeof holds / sizeof holds[0]))
			return;
	}
}

bool html_rules_open(
    struct html_rules *r, const struct html_element *e, enum html_space *to)
{
	uint8_t own[HTML_RULES] = { 0 }, above[HTML_RULES] = { 0 };
	unsigned best = 0;
	bool found = false;

	if (r->count == 0 || e->name_len == 0)
		return false;
	if (r->beyond == 0)
		rules_end_before(r, e->name, e->name_len);
	for (size_t i = 0; i < r->count; i++) {
		const struct html_rule *rule = &r->at[i];
		const unsigned out = r->open ? r->path[r->open - 1].above[i] : 0;
		const unsigned parent =
		    r->open && !r->beyond ? r->path[r->open - 1].own[i] : 0;
		const unsigned steps = rules_steps(rule, e, parent, out);
		assert(rule->count > 0);
		own[i] = (uint8_t)steps;
		above[i] = (uint8_t)(steps | out);
		if (!(steps & 1U << (rule->count - 1)) || (found && rule->weight < best))
			continue;
		found = true;
		best = rule->weight;
		*to = rule->space;
	}
	if (!r->deep || html_space_no_end(e->name, e->name_len) ||
	    e->name_len >= HTML_SPACE_NAME)
		return found;
	if (r->open == HTML_RULES_DEPTH || r->beyond) {
		r->beyond++;
		return found;
	}
	memcpy(r->path[r->open].name, e->name, e->name_len);
	r->path[r->open].name[e->name_len] = '\0';
	memcpy(r->path[r->open].own, own, sizeof own);
	memcpy(r->path[r->open++].above, above, sizeof above);
	return found;
}

void html_rules_close(struct html_rules *r, const char *name, size_t n)
{
	if (r->beyond) {
		r->beyond--;
		return;
	}
	for (size_t i = r->open; i > 0; i--)
		if (html_space_is(name, n, r->path[i - 1].name)) {
			r->open = i - 1;
			return;
		}
}

/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/params.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/sink.h"
#include "format/mime/syntax/words.h"

/* "name*1*=value" */
struct param {
	const char *name, *value;
	size_t name_len, len;
	unsigned section; /* RFC 2231 3 */
	bool sections;    /* it has such a number */
	bool extended;    /* RFC 2231 4: in percent encoding */
	bool quoted;
};

static bool params_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *params_skip(const char *p)
{
	while (params_blank(*p))
		p++;
	return p;
}

/* "name", "name*", "name*1", "name*1*": the marks of RFC 2231 are taken off. */
static void params_marks(struct param *param)
{
	size_t n = param->name_len, digits = 0;

	if (n > 1 && param->name[n - 1] == '*') {
		param->extended = true;
		n--;
	}
	while (digits < n && isdigit((unsigned char)param->name[n - 1 - digits]))
		digits++;
	if (digits > 0 && digits < 6 && n > digits + 1 &&
	    param->name[n - digits - 1] == '*') {
		param->sections = true;
		param->section = (unsigned)strtoul(param->name + n - digits, NULL, 10);
		n -= digits + 1;
	} else if (!param->extended) {
		return;
	}
	param->name_len = n;
}

/*
 * A quoted string: behind its end. Only quotes and backslashes are quoted by a backslash:
 * a path of Windows has others. What follows in quotes again is the same value.
 */
static const char *params_quoted(struct params *all, const char *p, struct param *param)
{
	char *to = all->unquoted;

	param->value = to;
	param->quoted = true;
	while (*p == '"') {
		for (p++; *p && *p != '"'; p++) {
			if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
				p++;
			to[param->len++] = *p;
		}
		p += *p == '"';
		const char *next = params_skip(p);
		if (*next != '"')
			break;
		to[param->len++] = ' ';
		p = next;
	}
	all->unquoted += param->len;
	return p;
}

/* A value without quotes goes up to the next semicolon, with the blanks in it. */
static const char *params_bare(const char *p, struct param *param)
{
	const char *end = p + strcspn(p, ";");

	param->value = p;
	param->len = (size_t)(end - p);
	while (param->len > 0 && params_blank(p[param->len - 1]))
		param->len--;
	return end;
}

/* The parameter at *p, which moves behind it; false: what stands there is none. */
static bool params_next(struct params *all, const char **p)
{
	struct param *param = &all->list[all->count];
	const char *at = *p;
	size_t n = strcspn(at, "=; \t\r\n\"");

	*param = (struct param){ .name = at, .name_len = n };
	at = params_skip(at + n);
	if (n == 0 || *at != '=') {
		*p += n > 0 ? n : **p != '\0';
		return false;
	}
	params_marks(param);
	at = params_skip(at + 1);
	*p = *at == '"' ? params_quoted(all, at, param) : params_bare(at, param);
	return true;
}

static char params_lower(char c)
{
	return (char)tolower((unsigned char)c);
}

/* The word before the first semicolon: without blanks, comments and what follows them. */
static const char *params_first(struct arena *a, const char **p)
{
	const char *from = params_skip(*p);
	size_t n = strcspn(from, ";"), len = 0;
	char *to = arena_alloc(a, n + 1);

	*p = from + n;
	for (size_t i = 0; i < n && from[i] != '('; i++) {
		bool slash = len > 0 && to[len - 1] == '/';
		const char *next = params_skip(from + i);
		if (params_blank(from[i]) && !slash && *next != '/')
			break;
		if (!params_blank(from[i]))
			to[len++] = params_lower(from[i]);
	}
	return to;
}

struct params params_of(struct arena *a, const char *value)
{
	struct params all = { .arena = a };
	const char *p = value;
	size_t most = 1;

	for (const char *q = value; *q && most < LIMIT_PARAMETERS; q++)
		most += *q == '=';
	all.list = arena_array(a, most, sizeof *all.list);
	all.word = params_first(a, &p);
	all.unquoted = arena_alloc(a, strlen(p) + 1);
	while (*p && all.count < most) {
		p += strspn(p, "; \t\r\n");
		all.count += params_next(&all, &p);
	}
	all.more = *p != '\0';
	return all;
}

static bool params_is(const struct param *param, const char *name)
{
	return strlen(name) == param->name_len &&
	       strncasecmp(param->name, name, param->name_len) == 0;
}

const char *params_word(const struct params *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct param *param = &all->list[i];
		size_t n = 0;
		if (!params_is(param, name))
			continue;
		if (param->sections || param->extended)
			return params_text(all, name).s;
		while (
		    n < param->len && (param->quoted || !params_blank(param->value[n])))
			n++;
		return arena_copy(all->arena, param->value, n);
	}
	return NULL;
}

static int params_order(const void *one, const void *two)
{
	const struct param *const *a = one, *const *b = two;

	if ((*a)->section != (*b)->section)
		return (*a)->section < (*b)->section ? -1 : 1;
	return *a < *b ? -1 : *a > *b; /* of the same number as they stand */
}

/* "charset'language'" before the first section: its length, 0: there is none. */
static size_t params_charset(const struct param *first, const char **charset, size_t *len)
{
	const char *end = first->value + first->len;
	const char *one = memchr(first->value, '\'', first->len);
	const char *two = one ? memchr(one + 1, '\'', (size_t)(end - one - 1)) : NULL;

	if (!first->extended || !two)
		return 0;
	*charset = first->value;
	*len = (size_t)(one - first->value);
	return (size_t)(two - first->value) + 1;
}

static int params_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static void params_put(struct sink *to, const struct param *param, size_t from)
{
	const char *p = param->value;

	for (size_t i = from; i < param->len; i++) {
		char ch = p[i];
		if (param->extended && ch == '%' && param->len - i > 2 &&
		    isxdigit((unsigned char)p[i + 1]) &&
		    isxdigit((unsigned char)p[i + 2])) {
			ch = (char)(params_digit(p[i + 1]) * 16 + params_digit(p[i + 2]));
			i += 2;
		}
		sink_write(to, &ch, 1);
	}
}

/* RFC 2231: the sections, count of them, as one text. */
static struct text params_joined(struct arena *a, const struct param **list, size_t count)
{
	struct sink *to = sink_memory(a);
	const char *charset = NULL;
	size_t len = 0, from = params_charset(list[0], &charset, &len);
	bool extended = false;

	for (size_t i = 0; i < count; i++) {
		params_put(to, list[i], i == 0 ? from : 0);
		extended |= list[i]->extended;
	}
	struct span all = sink_bytes(to);
	if (len > 0)
		return words_in(a, arena_copy(a, charset, len), all);
	return extended ? text_guess(a, all.mem, (size_t)all.len)
			: words_decode(a, (const char *)all.mem, (size_t)all.len);
}

struct text params_text(const struct params *all, const char *name)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	const struct param **list = arena_array(all->arena, all->count + 1, sizeof *list);
	const struct param *plain = NULL, *whole = NULL;
	size_t count = 0;
	struct text t;

	for (size_t i = 0; i < all->count; i++) {
		const struct param *param = &all->list[i];
		if (!params_is(param, name))
			continue;
		if (param->sections)
			list[count++] = param;
		else if (param->extended)
			whole = whole ? whole : param;
		else
			plain = plain ? plain : param;
	}
	if (whole) {
		t = params_joined(all->arena, &whole, 1);
	} else if (count > 0) {
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
		qsort(list, count, sizeof *list, params_order);
		t = params_joined(all->arena, list, count);
	} else if (plain) {
		t = words_decode(all->arena, plain->value, plain->len);
	} else {
		return (struct text){ 0 };
	}
	return text_clean(all->arena, t);
}

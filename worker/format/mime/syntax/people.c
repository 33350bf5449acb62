/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/people.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/mime/syntax/words.h"

/* A text that grows, and is used again for the next entry. */
struct people_text {
	char *s;
	size_t len, capacity;
};

/* What is read of one entry, up to its comma. */
struct entry {
	struct people_text name;    /* words beside the address, without their quotes */
	struct people_text comment; /* what stands in parentheses */
	struct people_text word;    /* the last word: perhaps it goes on */
	struct people_text weak; /* an address that is a name when another one follows */
	struct text address;     /* in angle brackets; .s NULL: none yet */
	unsigned words;          /* in name */
	bool quoted;             /* one of them was in quotes or encoded */
	bool at;                 /* word has an "@" that is not in an encoded word */
	bool dot;                /* word was put together around a dot */
};

struct people_reader {
	struct arena *arena;
	const char *p, *end;
	struct people *to;
	size_t capacity;
	struct entry entry;
	struct text group;                  /* its name; .s NULL: in none */
	size_t group_people;                /* those before it */
	bool again;                         /* this is what was in quotes or encoded */
	bool no_quote, no_word, no_comment; /* none that ends lies ahead */
};

static void people_put(
    struct people_reader *r, struct people_text *t, const char *p, size_t n)
{
	if (n > t->capacity - t->len) {
		size_t capacity = 2 * t->capacity + n + 32;
		char *s = arena_alloc(r->arena, capacity);
		if (t->len)
			memcpy(s, t->s, t->len);
		t->s = s;
		t->capacity = capacity;
	}
	if (n)
		memcpy(t->s + t->len, p, n);
	t->len += n;
}

/* The same behind a blank, where there is something already. */
static void people_put_apart(
    struct people_reader *r, struct people_text *t, const char *p, size_t n)
{
	if (t->len > 0 && n > 0)
		people_put(r, t, " ", 1);
	people_put(r, t, p, n);
}

static bool people_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct text people_trimmed(const char *p, size_t n)
{
	while (n > 0 && people_blank(*p)) {
		p++;
		n--;
	}
	while (n > 0 && people_blank(p[n - 1]))
		n--;
	return (struct text){ .s = p, .len = n };
}

static bool people_has(struct text t, char c)
{
	return t.len > 0 && memchr(t.s, c, t.len);
}

static void people_add(struct people_reader *r, struct text name, struct text address)
{
	struct people *to = r->to;

	if (to->count >= LIMIT_RECIPIENTS) {
		to->more = true;
		return;
	}
	if (to->count == r->capacity) {
		size_t capacity = r->capacity ? 2 * r->capacity : 4;
		struct mailbox *more = arena_array(r->arena, capacity, sizeof *more);
		if (to->count)
			memcpy(more, to->list, to->count * sizeof *more);
		to->list = more;
		r->capacity = capacity;
	}
	to->list[to->count++] = (struct mailbox){ name, address };
}

/* --- addresses --- */

static bool people_begins(struct text t, const char *word)
{
	size_t n = strlen(word);

	return t.len >= n && strncasecmp(t.s, word, n) == 0;
}

static struct text people_behind(struct text t, size_t n)
{
	return people_trimmed(t.s + n, t.len - n);
}

/* Without the scheme of a URL or of Exchange, a route (RFC 5322 4.4), quotes around it.
 */
static struct text people_bare(struct text t)
{
	const char *colon;

	if (people_begins(t, "mailto:")) {
		t = people_behind(t, 7);
		const char *query = t.len ? memchr(t.s, '?', t.len) : NULL;
		t.len = query ? (size_t)(query - t.s) : t.len;
	} else if (people_begins(t, "smtp:")) {
		t = people_behind(t, 5);
	}
	if (t.len > 0 && t.s[0] == '@' && (colon = memchr(t.s, ':', t.len)))
		t = people_behind(t, (size_t)(colon - t.s) + 1);
	if (t.len > 2 && t.s[0] == '\'' && t.s[t.len - 1] == '\'')
		t = people_trimmed(t.s + 1, t.len - 2);
	return t;
}

/* An address as a text of its own: "a @ x" without its blanks (RFC 5322 4.4). */
static struct text people_address(struct people_reader *r, struct text t)
{
	char *to = arena_alloc(r->arena, t.len + 1);
	bool quoted = false;
	size_t len = 0;

	t = people_bare(t);
	for (size_t i = 0; i < t.len; i++) {
		quoted ^= t.s[i] == '"';
		if (quoted || !people_blank(t.s[i]))
			to[len++] = t.s[i];
	}
	return words_decode(r->arena, to, len);
}

static void people_end_entry(struct people_reader *r);

/* The last word is over: an address, or a part of the name. */
/* NOLINTNEXTLINE(misc-no-recursion): what was unpacked once is not unpacked again */
static void people_end_word(struct people_reader *r)
{
	struct entry *e = &r->entry;
	struct text word = { .s = e->word.s, .len = e->word.len };
	bool address = e->at && word.len > 1 && !e->address.s;

	e->word.len = 0;
	e->at = e->dot = false;
	if (word.len == 0)
		return;
	if (address) {
		if (e->weak.len > 0) /* one behind the other without a comma */
			people_end_entry(r);
		people_put(r, &e->weak, word.s, word.len);
		return;
	}
	people_put_apart(r, &e->name, word.s, word.len);
	e->words++;
}

/* --- entries --- */

/* The name in UTF-8, in one line; a comment is the name where there is no other. */
static struct text people_name(struct people_reader *r)
{
	struct entry *e = &r->entry;

	if (e->name.len > 0 && e->comment.len > 0) {
		people_put(r, &e->name, " (", 2);
		people_put(r, &e->name, e->comment.s, e->comment.len);
		people_put(r, &e->name, ")", 1);
	}
	const struct people_text *name = e->name.len > 0 ? &e->name : &e->comment;
	return text_clean(
	    r->arena, words_decode(r->arena, name->s ? name->s : "", name->len));
}

static void people_clear(struct entry *e)
{
	e->name.len = e->comment.len = e->word.len = e->weak.len = 0;
	e->address = (struct text){ 0 };
	e->words = 0;
	e->quoted = e->at = e->dot = false;
}

static void people_read(struct people_reader *r);

/* A text without an address in sight: perhaps all of it was in quotes or encoded. */
/* NOLINTNEXTLINE(misc-no-recursion): what was unpacked once is not unpacked again */
static void people_add_text(struct people_reader *r, struct text name, bool atom)
{
	struct people *to = r->to;

	if (name.len == 0)
		return;
	if (!r->again && people_has(name, '@')) {
		struct people_reader inner = { .arena = r->arena,
			.p = name.s,
			.end = name.s + name.len,
			.to = to,
			.capacity = r->capacity,
			.again = true };
		people_read(&inner);
		r->capacity = inner.capacity;
	} else if (atom) { /* a mailbox of this machine: "root" */
		people_add(r, (struct text){ .s = "" }, name);
	} else {
		to->text = to->texts++ ? to->text : name;
		people_add(r, name, (struct text){ .s = "" });
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void people_end_entry(struct people_reader *r)
{
	struct entry *e = &r->entry;
	struct text address = e->address;
	bool atom = e->words == 1 && !e->quoted && !e->address.s && e->comment.len == 0;

	if (!address.s && e->weak.len > 0)
		address = people_address(
		    r, (struct text){ .s = e->weak.s, .len = e->weak.len });
	struct text name = people_name(r);
	if (address.len > 0)
		people_add(r, name, address);
	else
		people_add_text(r, name, atom);
	people_clear(e);
}

/* What stands in angle brackets, or in others around an address. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void people_angle(struct people_reader *r, struct text in)
{
	struct entry *e = &r->entry;

	in = people_bare(people_trimmed(in.s, in.len));
	if (e->address.len > 0)
		people_end_entry(r);
	if (e->weak.len > 0) {
		people_put_apart(r, &e->name, e->weak.s, e->weak.len);
		e->weak.len = 0;
	}
	/* "Name <Name a@x>": what stands before the address, too, is a name. */
	const char *quote = in.len ? memchr(in.s, '"', in.len) : NULL;
	const char *at = in.len ? memrchr(in.s, '@', in.len) : NULL;
	size_t from = at && !quote && !people_has(in, '=') ? (size_t)(at - in.s) : 0;
	while (from > 0 && people_blank(in.s[from - 1]))
		from--;
	while (from > 0 && !people_blank(in.s[from - 1]))
		from--;
	people_put_apart(r, &e->name, in.s, from);
	e->address = people_address(r, people_behind(in, from));
	if (e->address.len == 0)
		e->address = (struct text){ .s = "" };
}

static void people_end_group(struct people_reader *r)
{
	if (!r->group.s)
		return;
	if (r->to->count == r->group_people && r->group.len > 0)
		people_add(r, r->group, (struct text){ .s = "" });
	else if (r->to->group.len == 0)
		r->to->group = r->group;
	r->group = (struct text){ 0 };
}

/* ":": what was read is the name of a group, unless it is the scheme of an address. */
static void people_begin_group(struct people_reader *r)
{
	struct text name = people_name(r);
	bool scheme = (name.len == 6 && people_begins(name, "mailto")) ||
		      (name.len == 4 && people_begins(name, "smtp"));

	people_clear(&r->entry);
	if (scheme || r->group.s) /* a group in a group is none (RFC 5322 3.4) */
		return;
	r->group = name;
	r->group_people = r->to->count;
}

/* --- the parts of an entry --- */

/* Behind the quoted string at p, NULL: it does not end. */
static const char *people_quote_end(struct people_reader *r, const char *p)
{
	for (p++; p < r->end && !r->no_quote; p++) {
		if (*p == '"')
			return p + 1;
		p += *p == '\\';
	}
	r->no_quote = true;
	return NULL;
}

/* Without the backslashes. */
static void people_put_unquoted(
    struct people_reader *r, struct people_text *to, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		i += p[i] == '\\' && i + 1 < n;
		people_put(r, to, p + i, 1);
	}
}

static void people_quoted(struct people_reader *r, const char *behind)
{
	struct entry *e = &r->entry;

	people_end_word(r);
	if (e->name.len > 0)
		people_put(r, &e->name, " ", 1);
	people_put_unquoted(r, &e->name, r->p + 1, (size_t)(behind - r->p) - 2);
	e->words++;
	e->quoted = true;
	r->p = behind;
}

/* At "(": a comment with those in it; false: it does not end. */
static bool people_comment(struct people_reader *r)
{
	const char *p = r->p;
	size_t depth = 0;

	for (; p < r->end && !r->no_comment; p++) {
		size_t word = *p == '=' ? words_length(p, r->end, &r->no_word) : 0;
		if (word > 0) { /* whatever stands in it */
			p += word - 1;
			continue;
		}
		depth += *p == '(';
		depth -= *p == ')';
		if (depth == 0)
			break;
		p += *p == '\\';
	}
	if (p >= r->end || r->no_comment) {
		r->no_comment = true;
		return false;
	}
	people_end_word(r);
	struct entry *e = &r->entry;
	if (e->comment.len > 0)
		people_put(r, &e->comment, " ", 1);
	people_put_unquoted(r, &e->comment, r->p + 1, (size_t)(p - r->p) - 1);
	r->p = p + 1;
	return true;
}

/* At "<": up to ">", or to what can only be behind it. */
static void people_angles(struct people_reader *r)
{
	const char *from = ++r->p, *behind;

	people_end_word(r);
	while (r->p < r->end && *r->p != '>') {
		bool route = from < r->end && *from == '@'; /* it has commas */
		if (*r->p == '<') {                         /* "<Name <a@x>>" */
			people_put_apart(r, &r->entry.name, from, (size_t)(r->p - from));
			from = r->p + 1;
		} else if ((*r->p == ',' || *r->p == ';') && !route) {
			break;
		} else if (*r->p == '"' && (behind = people_quote_end(r, r->p))) {
			r->p = behind;
			continue;
		}
		r->p++;
	}
	people_angle(r, (struct text){ .s = from, .len = (size_t)(r->p - from) });
	r->p += r->p < r->end && *r->p == '>';
}

/* At "[": "[SMTP:a@x]"; false: it is a part of a word. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static bool people_brackets(struct people_reader *r, bool apart)
{
	size_t n = (size_t)(r->end - r->p);
	n = n < 1024 ? n : 1024; /* addresses are short */
	const char *close = memchr(r->p, ']', n);
	struct entry *e = &r->entry;

	if (!close || (e->word.len > 0 && !apart) ||
	    !memchr(r->p, '@', (size_t)(close - r->p)))
		return false;
	people_end_word(r);
	if (e->weak.len > 0)
		people_end_entry(r);
	people_put(r, &e->weak, r->p + 1, (size_t)(close - r->p) - 1);
	r->p = close + 1;
	return true;
}

/* A word, or more of one: blanks around "@" do not end it, nor around dots behind it. */
static void people_word(struct people_reader *r, const char *p, size_t n, bool apart)
{
	struct entry *e = &r->entry;
	struct people_text *w = &e->word;
	bool dot = *p == '.' && e->at;
	bool joins =
	    w->len > 0 && (*p == '@' || w->s[w->len - 1] == '@' || dot || e->dot);

	if (apart && !joins)
		people_end_word(r);
	e->dot = dot && n == 1 && apart;
	people_put(r, w, p, n);
}

/* The same, and no encoded word. */
/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void people_plain_word(
    struct people_reader *r, const char *p, size_t n, bool apart)
{
	people_word(r, p, n, apart);
	r->entry.at |= memchr(p, '@', n) != NULL;
}

/* Up to the next character that means something. */
static void people_atom(struct people_reader *r, bool apart)
{
	static const char special[] = " \t\r\n,;:<>(\"[";
	const char *p = r->p, *behind;

	if (*p == '"' && (behind = people_quote_end(r, p)) && behind < r->end &&
	    *behind == '@') { /* "local part"@domain */
		p = behind;
	} else {
		p++;
		while (p < r->end && !(*p && text_among(special, *p)) &&
		       !(*p == '=' && p + 1 < r->end && p[1] == '?'))
			p++;
	}
	people_plain_word(r, r->p, (size_t)(p - r->p), apart);
	r->p = p;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static bool people_separator(struct people_reader *r)
{
	struct entry *e = &r->entry;
	bool address = e->address.s || e->weak.len > 0 || e->at;

	switch (*r->p) {
	case ',':
	case ';':
		people_end_word(r);
		people_end_entry(r);
		if (*r->p == ';')
			people_end_group(r);
		break;
	case ':':
		if (address)
			return false;
		people_end_word(r);
		people_begin_group(r);
		break;
	case '"':
		if (people_quote_end(r, r->p))
			return false;
		people_end_word(r); /* it does not end */
		break;
	case '>': /* one too many */
		people_end_word(r);
		break;
	default:
		return false;
	}
	r->p++;
	return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
static void people_read(struct people_reader *r)
{
	const char *behind;
	bool apart = true; /* blanks before it */
	size_t n;

	while (r->p < r->end) {
		char c = *r->p;
		if (people_blank(c)) {
			apart = true;
			r->p++;
			continue;
		}
		bool before = apart;
		apart = false;
		if (people_separator(r) || (c == '(' && people_comment(r)) ||
		    (c == '[' && people_brackets(r, before))) {
			apart = true;
		} else if (c == '<') {
			people_angles(r);
			apart = true;
		} else if (c == '"' && (behind = people_quote_end(r, r->p)) &&
			   (behind == r->end || *behind != '@')) {
			people_quoted(r, behind);
			apart = true;
		} else if (c == '=' &&
			   (n = words_length(r->p, r->end, &r->no_word)) > 0) {
			people_word(r, r->p, n, before);
			r->entry.quoted = true;
			r->p += n;
		} else {
			people_atom(r, before);
		}
	}
	people_end_word(r);
	people_end_entry(r);
	people_end_group(r);
}

struct people people_of(struct arena *a, const char *value, size_t n)
{
	struct people all = { 0 };
	struct people_reader r = { .arena = a, .p = value, .end = value + n, .to = &all };

	people_read(&r);
	return all;
}

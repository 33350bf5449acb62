/* SPDX-License-Identifier: ISC */
#include "files/name.h"

#include <assert.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

enum {
	CHARGE_MAX = 99,
	COUNTER_BITS = 20,
	/* "<id>.c99t99m99k99w." and ".ready": kept free whatever the charges are now, so
	   that a name is cut the same way for its whole life. */
	PREFIX_MAX = 16 + 1 + 12 + 1 + 1,
	MARK_MAX = 6,
	HELD_MAX = NAME_SIZE - 1 - PREFIX_MAX - MARK_MAX,
	EXTENSION_MAX = 32, /* a longer one is no extension */
};

static const char *const marks[] = {
	[MARK_NONE] = "", [MARK_READY] = ".ready", [MARK_DEAD] = ".dead"
};

uint64_t name_new_ids(uint64_t count)
{
	static uint64_t last;
	static uint32_t counter;

	/* A random start: two services on one volume, or a clock set back before a
	   restart, do not meet on the same id. */
	if (last == 0 && getrandom(&counter, sizeof counter, GRND_NONBLOCK) == -1)
		counter = 0;
	uint64_t id = (uint64_t)clock_wall_ms() << COUNTER_BITS |
		      (counter++ & ((1U << COUNTER_BITS) - 1));
	if (id <= last)
		id = last + 1;
	last = id + count - 1;
	return id;
}

uint64_t name_new_id(void)
{
	return name_new_ids(1);
}

static bool name_ends_with(const char *s, size_t n, const char *end)
{
	size_t k = strlen(end);
	return n >= k && memcmp(s + n - k, end, k) == 0;
}

/* The length, at most max, to which s (n bytes) is cut without splitting a UTF-8
 * sequence. What is not UTF-8 is cut anywhere. */
static size_t cut_at(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	for (size_t at = max; at > 0 && max - at < 4; at--)
		if (((unsigned char)s[at] & 0xc0) != 0x80)
			return at;
	return max;
}

/* How much of a name its active name holds. A name that itself ends like a mark
 * loses that end there, or it would be read as a mark. */
static size_t held_length(const char *name)
{
	size_t n = cut_at(name, strlen(name), HELD_MAX);

	for (bool again = true; again;) {
		again = false;
		for (enum mark m = MARK_READY; m <= MARK_DEAD; m++)
			if (name_ends_with(name, n, marks[m])) {
				n -= strlen(marks[m]);
				again = true;
			}
	}
	return n;
}

static unsigned name_capped(unsigned n)
{
	return n > CHARGE_MAX ? CHARGE_MAX : n;
}

void name_active(const struct claim *c, char to[NAME_SIZE], bool *cut)
{
	size_t n = held_length(c->name);
	/* A name of nothing but marks holds an underscore. */
	const char *held = n > 0 ? c->name : "_";

	*cut = n == 0 || n != strlen(c->name);
	int k = snprintf(to, NAME_SIZE, "%016" PRIx64 ".c%ut%um%uk%u%s.%.*s%s", c->id,
	    name_capped(c->charges.crash), name_capped(c->charges.timeout),
	    name_capped(c->charges.memory), name_capped(c->charges.kills),
	    c->charges.waits ? "w" : "", n > 0 ? (int)n : 1, held, marks[c->mark]);
	assert(k > 0 && k < NAME_SIZE);
}

bool name_read_id(const char *s, uint64_t *id)
{
	uint64_t v = 0;

	for (int i = 0; i < 16; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *d = s[i] != '\0' ? strchr(digits, s[i]) : NULL;
		if (!d)
			return false;
		v = v << 4 | (uint64_t)(d - digits);
	}
	*id = v;
	return v != 0;
}

/* "<letter><count>", one or two digits. */
static bool read_count(const char **s, char letter, unsigned *count)
{
	const char *p = *s;
	unsigned n = 0;
	int digits = 0;

	if (*p++ != letter)
		return false;
	for (; *p >= '0' && *p <= '9' && digits < 2; digits++)
		n = n * 10 + (unsigned)(*p++ - '0');
	*s = p;
	*count = n;
	return digits > 0;
}

bool name_parse(const char *file, struct claim *out)
{
	struct claim c = { .mark = MARK_NONE };
	char again[NAME_SIZE];
	bool cut;

	if (strlen(file) >= NAME_SIZE || !name_read_id(file, &c.id) || file[16] != '.')
		return false;
	const char *p = file + 17;
	if (!read_count(&p, 'c', &c.charges.crash) ||
	    !read_count(&p, 't', &c.charges.timeout) ||
	    !read_count(&p, 'm', &c.charges.memory) ||
	    !read_count(&p, 'k', &c.charges.kills))
		return false;
	c.charges.waits = *p == 'w';
	p += c.charges.waits;
	if (*p++ != '.')
		return false;
	size_t n = strlen(p);
	for (enum mark m = MARK_READY; m <= MARK_DEAD; m++)
		if (name_ends_with(p, n, marks[m])) {
			c.mark = m;
			n -= strlen(marks[m]);
			break;
		}
	c.name = strndup(p, n);
	if (!c.name)
		return false;
	/* Only what we would write is ours: no leading zeros, no second mark, no overlong
	   name. */
	name_active(&c, again, &cut);
	if (n == 0 || cut || strcmp(again, file) != 0) {
		free(c.name);
		return false;
	}
	out->id = c.id;
	out->charges = c.charges;
	out->mark = c.mark;
	out->name = c.name;
	return true;
}

void name_sidecar(uint64_t id, char to[NAME_SIZE])
{
	(void)snprintf(to, NAME_SIZE, "%016" PRIx64 ".name", id);
}

bool name_parse_sidecar(const char *file, uint64_t *id)
{
	return strlen(file) == 21 && name_read_id(file, id) &&
	       strcmp(file + 16, ".name") == 0;
}

/* Split a name: the stem's length is returned, *extension starts after the last dot
 * ("" for none). */
static size_t name_split(const char *name, const char **extension)
{
	size_t n = strlen(name);
	const char *dot = strrchr(name, '.');

	*extension = name + n;
	if (!dot || dot == name || n - (size_t)(dot - name) > EXTENSION_MAX)
		return n;
	*extension = dot + 1;
	return (size_t)(dot - name);
}

/* "<stem><tail>", the stem cut so that all fits. */
static void name_join(
    char to[NAME_SIZE], const char *stem, size_t stem_length, const char *tail)
{
	size_t n = cut_at(stem, stem_length, NAME_SIZE - 1 - strlen(tail));

	(void)snprintf(to, NAME_SIZE, "%.*s%s", (int)n, stem, tail);
}

void name_result(const struct claim *c, const char *extension, char to[NAME_SIZE])
{
	char tail[NAME_SIZE / 2];
	const char *old;
	size_t n = name_split(c->name, &old);

	(void)snprintf(tail, sizeof tail, ".%016" PRIx64 ".%s", c->id, extension);
	name_join(to, c->name, n, tail);
}

void name_original(const struct claim *c, char to[NAME_SIZE])
{
	char tail[NAME_SIZE / 2];
	const char *old;
	size_t n = name_split(c->name, &old);

	(void)snprintf(tail, sizeof tail, ".%016" PRIx64 ".unconverted%s%s", c->id,
	    *old != '\0' ? "." : "", old);
	name_join(to, c->name, n, tail);
}

void name_letter(const struct claim *c, char to[NAME_SIZE])
{
	const char *old;
	size_t stem = name_split(c->name, &old);
	size_t rest = strlen(c->name) - stem; /* ".eml" */
	size_t n = cut_at(c->name, stem, NAME_SIZE - 1 - 17 - rest);

	(void)snprintf(to, NAME_SIZE, "%016" PRIx64 ".%.*s%s", c->id, (int)n, c->name,
	    c->name + stem);
}

void name_numbered(const char *name, int try, char to[NAME_SIZE])
{
	char number[16] = "";
	const char *old;
	size_t stem = name_split(name, &old);

	if (try > 1)
		(void)snprintf(number, sizeof number, "-%d", try);
	size_t left = NAME_SIZE - 1 - strlen(number) - strlen(name + stem);
	size_t n = cut_at(name, stem, left);
	(void)snprintf(to, NAME_SIZE, "%.*s%s%s", (int)n, name, number, name + stem);
}

bool name_ignored(const char *file, const char *patterns)
{
	char one[NAME_SIZE];

	if (file[0] == '.')
		return true;
	for (size_t n; patterns && *patterns != '\0'; patterns += n) {
		patterns += strspn(patterns, " ");
		n = strcspn(patterns, " ");
		if (n == 0 || n >= sizeof one)
			continue;
		memcpy(one, patterns, n);
		one[n] = '\0';
		if (fnmatch(one, file, FNM_CASEFOLD | FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

void claim_free(struct claim *c)
{
	if (!c)
		return;
	free(c->sub);
	free(c->name);
	free(c);
}

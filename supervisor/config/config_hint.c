/* SPDX-License-Identifier: ISC */
#include "config/config_hint.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/config_keys.h"

enum { NAME_MAX_LENGTH = 48, NEAR = 3 };

static char same_case(char c)
{
	return (char)(c == '_' ? '.' : tolower((unsigned char)c));
}

static unsigned config_hint_least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;
	return m < c ? m : c;
}

/* How many letters must be put in, left out, replaced, or exchanged with their neighbour.
 */
static unsigned config_hint_distance(const char *a, const char *b)
{
	unsigned rows[3][NAME_MAX_LENGTH + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NAME_MAX_LENGTH || m > NAME_MAX_LENGTH)
		return NEAR + 1;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			char x = same_case(a[i - 1]), y = same_case(b[j - 1]);
			now[j] = config_hint_least(
			    above[j] + 1, now[j - 1] + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == same_case(b[j - 2]) &&
			    y == same_case(a[i - 2]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

/* The group of a key, "" for none. */
static const char *config_hint_group_of(
    const struct config_key *key, char to[NAME_MAX_LENGTH])
{
	const char *dot = strchr(key->name, '.');
	(void)snprintf(
	    to, NAME_MAX_LENGTH, "%.*s", dot ? (int)(dot - key->name) : 0, key->name);
	return to;
}

bool config_is_group(const char *name)
{
	char group[NAME_MAX_LENGTH];

	if (*name == '\0')
		return false;
	for (size_t i = 0; config_key_nth(i); i++)
		if (strcmp(config_hint_group_of(config_key_nth(i), group), name) == 0)
			return true;
	return false;
}

const char *config_hint(const char *text)
{
	static char found[NAME_MAX_LENGTH];
	unsigned best = NEAR + 1;
	char group[NAME_MAX_LENGTH];
	const struct config_key *key;

	/* A short word is near to everything. */
	unsigned bound = strlen(text) < 6 ? 1 : NEAR;
	for (size_t i = 0; (key = config_key_nth(i)); i++) {
		const char *dot = strchr(key->name, '.');
		const char *names[] = { key->name, config_hint_group_of(key, group),
			dot ? dot + 1 : "" };
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
			unsigned d =
			    *names[k] ? config_hint_distance(text, names[k]) : NEAR + 1;
			if (d > bound || d >= best)
				continue;
			best = d;
			/* Who wrote the last word of a key meant the whole key. */
			(void)snprintf(
			    found, sizeof found, "%s", k == 1 ? group : key->name);
		}
	}
	return best <= bound ? found : NULL;
}

/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "gateway/gateway.h"
#include "gateway/gateway_clerk.h"

/* Dead letters, and what makes dead letters of messages in hand: by `bulkhead dead`. */

/* An id as it may stand in a command: hexadecimal. It is one word in any case, never a
 * shell's; but it must not begin with a dash. */
static const char *letter_id(struct http_call *c)
{
	const char *id = http_segment(c, 0);

	if (id && strlen(id) == strspn(id, "0123456789abcdef"))
		return id;
	http_problem(c, 404, "Not Found", "an id is of hexadecimal digits", NULL);
	return NULL;
}

/* What may stand behind an option: a value never begins one. */
static size_t add_filter(struct http_call *c, const char *name, const char *option,
    const char **arguments, size_t n)
{
	const char *value = http_query(c, name);

	if (!value || !*value || *value == '-')
		return n;
	arguments[n++] = option;
	arguments[n++] = value;
	return n;
}

void gateway_dead_list(struct http_call *c)
{
	static const struct {
		const char *query, *option;
	} filters[] = { { "verdict", "--verdict" }, { "sender", "--sender" },
		{ "group", "--group" }, { "older", "--older" }, { "newer", "--newer" },
		{ "before", "--before" } };
	const char *arguments[GATEWAY_ARGUMENTS + 1] = { "list", "--json", "--limit" };
	const char *limit = http_query(c, "limit");
	size_t n = 3;

	arguments[n++] = limit && *limit && *limit != '-' ? limit : "100";
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
		n = add_filter(c, filters[i].query, filters[i].option, arguments, n);
	gateway_clerk(c, &(struct gateway_clerk){ CLERK_LETTERS, arguments, 0 });
}

void gateway_dead_groups(struct http_call *c)
{
	gateway_clerk(c, &(struct gateway_clerk){ CLERK_GROUPS,
			     (const char *const[]){ "groups", "--json", NULL }, 0 });
}

void gateway_dead_show(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		gateway_clerk(
		    c, &(struct gateway_clerk){ CLERK_ONE,
			   (const char *const[]){ "show", "--json", id, NULL }, 0 });
}

void gateway_dead_message(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		gateway_clerk(c, &(struct gateway_clerk){ CLERK_BYTES,
				     (const char *const[]){ "cat", id, NULL }, 0 });
}

/* The verb of the path; NULL: answered. */
static const char *asked_verb(
    struct http_call *c, const char *const *verbs, const char *what)
{
	const char *verb = http_segment(c, 1);

	for (size_t i = 0; verb && verbs[i]; i++)
		if (strcmp(verbs[i], verb) == 0)
			return verbs[i];
	http_problem(c, 404, "Not Found", what, NULL);
	return NULL;
}

void gateway_dead_change(struct http_call *c)
{
	static const char *const verbs[] = { "retry", "hold", "release", "return", NULL };
	const char *id = letter_id(c);
	const char *verb =
	    id ? asked_verb(c, verbs, "retry, hold, release or return") : NULL;

	if (verb)
		gateway_clerk(
		    c, &(struct gateway_clerk){ CLERK_ONE,
			   (const char *const[]){ verb, "--json", id, NULL }, 0 });
}

/* All of a group; what is held stays. */
void gateway_dead_group_change(struct http_call *c)
{
	static const char *const verbs[] = { "retry", "hold", "release", "return",
		"remove", NULL };
	const char *group = letter_id(c);
	const char *verb =
	    group ? asked_verb(c, verbs, "retry, hold, release, return or remove") : NULL;
	const char *arguments[] = { verb, "--json", "--group", group, NULL, NULL };

	if (verb && strcmp(verb, "remove") == 0)
		arguments[4] = "--yes";
	if (verb)
		gateway_clerk(c, &(struct gateway_clerk){ CLERK_LETTERS, arguments, 0 });
}

void gateway_dead_remove(struct http_call *c)
{
	const char *id = letter_id(c);

	if (id)
		gateway_clerk(
		    c, &(struct gateway_clerk){ CLERK_ONE,
			   (const char *const[]){ "remove", "--yes", "--json", id, NULL },
			   0 });
}

/* --- messages in hand --- */

/* A whole id; 0: answered. */
static uint64_t message_id(struct http_call *c, const char **id)
{
	*id = letter_id(c);
	uint64_t n = *id && strlen(*id) == 16 ? strtoull(*id, NULL, 16) : 0;

	if (*id && n == 0)
		http_problem(c, 404, "Not Found", "an id has 16 digits", NULL);
	return n;
}

void gateway_queue_change(struct http_call *c)
{
	static const char *const verbs[] = { "hold", "release", "remove", "return",
		NULL };
	const char *id;
	uint64_t n = message_id(c, &id);
	const char *verb =
	    n ? asked_verb(c, verbs, "hold, release, remove or return") : NULL;
	const char *arguments[] = { verb, "--json", id, NULL, NULL };

	if (!verb)
		return;
	if (strcmp(verb, "remove") == 0)
		arguments[3] = "--yes";
	/* What is released was held: it is a dead letter. */
	gateway_clerk(c, &(struct gateway_clerk){ CLERK_ONE, arguments,
			     strcmp(verb, "release") == 0 ? 0 : n });
}

void gateway_queue_message(struct http_call *c)
{
	const char *id;
	uint64_t n = message_id(c, &id);

	if (n)
		gateway_fetch(c, n);
}

/* SPDX-License-Identifier: ISC */
#include "gateway/gateway_wishes.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "door/door_attempt.h"

enum wish_kind { WISH_TARGET, WISH_NAME, WISH_TIME, WISH_SIZE, WISH_WORD };

#define SLOT(field) offsetof(struct gateway_wishes, field)
static const struct wish {
	const char *key;
	enum wish_kind kind;
	size_t slot;
	const char *word; /* the only one */
	bool query_only;  /* it changes the service: no form's business */
	const char *means;
} wishes[] = {
	{ "to", WISH_TARGET, SLOT(to), NULL, false, "the name of a target format" },
	{ "name", WISH_NAME, SLOT(name), NULL, false, "at most 255 bytes" },
	{ "time", WISH_TIME, SLOT(time_ms), NULL, false, "a time like 5s or 200ms" },
	{ "output", WISH_SIZE, SLOT(output), NULL, false, "a size like 10MiB" },
	{ "memory", WISH_SIZE, SLOT(memory), NULL, false, "a size like 128MiB" },
	{ "answer", WISH_WORD, SLOT(json), "json", false, "json" },
	{ "keep", WISH_WORD, SLOT(keep_dead), "dead", true, "dead, in the query" },
};
#undef SLOT

static bool wish_read(struct gateway_wishes *w, const struct wish *row, const char *value)
{
	char *slot = (char *)w + row->slot;
	uint64_t number = 0;
	bool ok = false, yes = true;

	switch (row->kind) {
	case WISH_TARGET:
		ok = strlen(value) < sizeof w->to && door_attempt_can(value);
		if (ok)
			memcpy(slot, value, strlen(value) + 1);
		break;
	case WISH_NAME:
		ok = strlen(value) < sizeof w->name;
		if (ok)
			memcpy(slot, value, strlen(value) + 1);
		break;
	case WISH_TIME:
	case WISH_SIZE:
		ok = units_parse(row->kind == WISH_TIME ? UNITS_TIME : UNITS_SIZE, value,
			 &number) &&
		     number > 0;
		memcpy(slot, &number, sizeof number);
		break;
	case WISH_WORD:
		ok = strcmp(value, row->word) == 0;
		memcpy(slot, &yes, sizeof yes);
		break;
	}
	return ok;
}

void gateway_wish(struct gateway_wishes *w, const char *key, const char *value, bool form)
{
	for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
		const struct wish *row = &wishes[i];
		if (strcmp(row->key, key) != 0)
			continue;
		if ((form && row->query_only) || !wish_read(w, row, value))
			(void)snprintf(w->wrong, sizeof w->wrong,
			    "`%s` is %s, not `%.80s`", key, row->means, value);
		return;
	}
	(void)snprintf(w->wrong, sizeof w->wrong,
	    "there is no parameter `%.40s`; there are to, name, time, output, memory, "
	    "answer and keep",
	    key);
}

void gateway_wish_whole(struct gateway_wishes *w)
{
	if (*w->key)
		gateway_wish(w, w->key, w->value, true);
	w->key[0] = w->value[0] = '\0';
	w->used = 0;
}

void gateway_wish_piece(
    struct gateway_wishes *w, const char *key, const char *bytes, uint64_t at, size_t n)
{
	if (at == 0) {
		gateway_wish_whole(w);
		(void)snprintf(w->key, sizeof w->key, "%s", *key ? key : "?");
	}
	if (n >= sizeof w->value - w->used) {
		(void)snprintf(
		    w->wrong, sizeof w->wrong, "the field `%.40s` is too long", key);
		return;
	}
	memcpy(w->value + w->used, bytes, n);
	w->used += n;
	w->value[w->used] = '\0';
}

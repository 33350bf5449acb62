/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/pages.h"

/* Single bytes: the character of each, PAGES_NONE: none (make_single.py). */
static const struct single {
	const char *name;
	uint16_t characters[256];
} singles[] = {
#include <single.inc>
};

const uint16_t *pages_single(const char *name)
{
	for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
		if (strcmp(singles[i].name, name) == 0)
			return singles[i].characters;
	return NULL;
}

/* SPDX-License-Identifier: ISC */
#include "base/call_name.h"

#include <asm/unistd.h>
#include <stddef.h>

static const struct {
	uint64_t number;
	const char *name;
} calls[] = {
#include <calls.inc> /* made from the line above's header, see CMakeLists.txt */
};

const char *call_name(uint64_t number)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

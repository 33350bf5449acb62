/* SPDX-License-Identifier: ISC */
#ifndef UNCONST_H
#define UNCONST_H

#include <string.h>

/* For libraries whose structs have no const though they only read: the same pointer. */
static inline void *unconst(const void *p)
{
	void *same;

	memcpy(&same, &p, sizeof same);
	return same;
}

#endif

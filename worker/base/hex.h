/* SPDX-License-Identifier: ISC */
#ifndef BASE_HEX_H
#define BASE_HEX_H

/* The value of a hexadecimal digit in either case; -1: it is none. */
static inline int hex_value(int ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

#endif

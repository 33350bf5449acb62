/* SPDX-License-Identifier: ISC */
#ifndef SEAL_H
#define SEAL_H

#include <stdint.h>

/*
 * Is an output final, once its converter said that it is done? Nobody may be able to
 * write it any more, and it must be as long as was said.
 */
enum seal {
	SEALED,
	SEAL_WRITER,     /* somebody can still write it */
	SEAL_UNREADABLE, /* errno: our trouble */
};

/* fd: the output, opened for reading only. Gives its bytes when SEALED. */
enum seal seal_look(int fd, uint64_t *size);

#endif

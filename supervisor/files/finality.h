/* SPDX-License-Identifier: ISC */
#ifndef FINALITY_H
#define FINALITY_H

#include <stdbool.h>
#include <stdint.h>

/* Is an output final, once its converter said that it is done? Only when nobody can
 * write it any more. */
enum finality {
	OUTPUT_FINAL,
	OUTPUT_WRITABLE,   /* somebody still has it open for writing */
	OUTPUT_UNREADABLE, /* errno: our trouble */
};

/* Exchanges our descriptor of the output, which may have been the last one for writing,
 * for one that only reads; -1 when that failed. Gives its bytes when OUTPUT_FINAL.
 * closing: as for lease_has_writer. */
enum finality finality_check(int *fd, uint64_t *size, bool closing);

#endif

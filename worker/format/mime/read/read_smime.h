/* SPDX-License-Identifier: ISC */
#ifndef MIME_READ_SMIME_H
#define MIME_READ_SMIME_H

#include <stdbool.h>

struct reading;

/*
 * A mail that is signed or encrypted as a whole: its class and its one attachment
 * (MS-OXOSMIME 2.1.3.1.1, 2.1.3.2.1), the mirror of smime.h. False: it is no such mail.
 */
bool read_smime(struct reading *);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef DOCTOR_PRIVATE_H
#define DOCTOR_PRIVATE_H

#include <jansson.h>
#include <stdbool.h>

#include "doctor/doctor.h"

/* The table, for cli_doctor.c, which prints it, and doctor_say.c, which adds rows. */
struct doctor {
	json_t *rows; /* NULL: each is printed as it comes */
	bool open;    /* one row is DOCTOR_OPEN */
};

#endif

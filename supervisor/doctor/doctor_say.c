/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_text.h"
#include "doctor/doctor_private.h"

static const char *const states[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_WARN] = "warn",
	[DOCTOR_OPEN] = "OPEN",
};

void doctor_say(struct doctor *d, enum doctor_state state, const char *about,
    const char *what, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) == -1)
		text = NULL;
	va_end(args);
	d->open = d->open || state == DOCTOR_OPEN;
	if (d->rows)
		(void)json_array_append_new(
		    d->rows, json_pack("{s:s, s:s, s:o, s:o}", "state", states[state],
				 "about", about, "what", json_text(what), "text",
				 json_text(text ? text : "")));
	else
		(void)printf(
		    "%-5s %-8s %-46s %s\n", states[state], about, what, text ? text : "");
	free(text);
}

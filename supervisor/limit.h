#ifndef LIMIT_H
#define LIMIT_H

#include "config.h"
#include "verdict.h"

enum { LIMIT_ROOM = 80 };

/* For people: the setting that a verdict came of, and its value: "limits.memory is
 * 64MiB".
 * "" for verdicts that no setting caused. */
void limit_text(const struct config *, enum verdict, char to[LIMIT_ROOM]);

#endif

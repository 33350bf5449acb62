/* SPDX-License-Identifier: ISC */
#ifndef MANIFEST_H
#define MANIFEST_H

/* The real files that BULKHEAD_CORPUS names, by the rows of its manifest.csv. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/span.h"
#include "samples.h"

struct manifest_row {
	const char *path, *expected; /* expected: paths with ";" between, may be empty */
};

struct manifest {
	const char *folder;
	struct manifest_row *rows;
	size_t count;
};

/* Cut a field off the line: as it is, or in quotes. */
static inline char *manifest_field(char **line)
{
	char *to = *line, *from = *line, *field = *line;
	bool quoted = *from == '"';

	for (from += quoted; *from && (quoted || *from != ','); from++) {
		if (quoted && *from == '"' && *++from != '"')
			break;
		*to++ = *from;
	}
	*line = *from ? from + 1 : from;
	*to = '\0';
	return field;
}

/* No rows, and a warning, when there is no corpus: a clone of the project is without it.
 */
static inline struct manifest manifest_read(struct arena *a, const char *beginning)
{
	const char *folder = getenv("BULKHEAD_CORPUS");
	struct manifest m = { .folder = folder ? folder : "" };
	struct span s = sample_load(a, arena_printf(a, "%s/manifest.csv", m.folder));

	if (!s.mem) {
		(void)fprintf(stderr,
		    "BULKHEAD_CORPUS has no manifest: real files were NOT read\n");
		return m;
	}
	char *text = arena_copy(a, s.mem, (size_t)s.len);
	m.rows = arena_array(a, (size_t)s.len / 8 + 1, sizeof *m.rows);
	for (char *line = text, *next; line && *line; line = next) {
		next = memchr(line, '\n', strlen(line));
		if (next)
			*next++ = '\0';
		char *field[7];
		for (int i = 0; i < 7; i++)
			field[i] = manifest_field(&line);
		if (strncmp(field[0], beginning, strlen(beginning)) == 0)
			m.rows[m.count++] = (struct manifest_row){ field[0], field[6] };
	}
	return m;
}

static inline struct span manifest_file(
    struct arena *a, const struct manifest *m, const char *path)
{
	return sample_load(a, arena_printf(a, "%s/%s", m->folder, path));
}

#endif

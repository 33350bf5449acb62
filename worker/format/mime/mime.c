/* SPDX-License-Identifier: ISC */
#include "format/mime/mime.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/giveup.h"
#include "format/mime/read/read.h"
#include "format/mime/syntax/probe.h"
#include "format/mime/write/splice.h"
#include "format/mime/write/undelivered.h"
#include "format/mime/write/write.h"

/*
 * GLib ends the process when it gets no memory, with its reason in words: "failed
 * to allocate 123 bytes". The worker gives up as it does for its own allocations.
 */
static GLogWriterOutput on_log(
    GLogLevelFlags level, const GLogField *fields, gsize count, gpointer arg)
{
	static const char failed[] = "failed to allocate ";
	const char *text = "";

	(void)arg;
	for (gsize i = 0; i < count; i++)
		if (strcmp(fields[i].key, "MESSAGE") == 0 && fields[i].length < 0)
			text = fields[i].value;
	const char *hit = strstr(text, failed);
	if ((level & G_LOG_LEVEL_ERROR) && hit)
		giveup_memory(strtoul(hit + strlen(failed), NULL, 10));
	if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
		(void)fprintf(stderr, "glib: %s\n", text);
	return G_LOG_WRITER_HANDLED;
}

/* Everything of GMime that could open a file is touched here: none is opened later. */
static bool init_mime(const char **missing)
{
	static bool done;

	(void)missing;
	if (done) /* GLib takes one log writer only */
		return true;
	done = true;
	g_log_set_writer_func(on_log, NULL, NULL);
	g_mime_init();
	g_free(g_mime_utils_header_decode_text(NULL, "=?iso-8859-1?Q?=E9?="));
	return true;
}

const struct format format_mime = {
	.row = &formats_rows[FORMATS_MIME],
	.init = init_mime,
	.probe = probe_mime,
	.read = read_mime,
	.write = write_mime,
	.rewrite = splice_mail,
	.report = undelivered_write,
};

/* SPDX-License-Identifier: ISC */
#include "format/mime/mime.h"

#include "format/mime/read/read.h"
#include "format/mime/syntax/probe.h"
#include "format/mime/write/splice.h"
#include "format/mime/write/undelivered.h"
#include "format/mime/write/write.h"

const struct format format_mime = {
	.row = &formats_rows[FORMATS_MIME],
	.probe = probe_mime,
	.read = read_mime,
	.write = write_mime,
	.rewrite = splice_mail,
	.report = undelivered_write,
};

/* SPDX-License-Identifier: ISC */
/* gzip (RFC 1952): one file, or several that are one behind the other. */
#include "format/archive/archive.h"

static bool gzip_each(struct convert *c, const struct store *s)
{
	struct archive_member m = { .in = s->in };

	if (!archive_inflated(c, s, &m, ARCHIVE_GZIP, NULL))
		return convert_refuse(c, "message", 0,
		    "a gzip file that holds nothing, or "
		    "too much for its size");
	return true;
}

const struct format format_gzip = {
	.row = &formats_rows[FORMATS_GZIP],
	.each = gzip_each,
};

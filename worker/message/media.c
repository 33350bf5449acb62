/* SPDX-License-Identifier: ISC */
#include "message/media.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

/* Of several rows for one extension or type the first counts. To add one: a row. */
static const struct media_row {
	const char *extension, *type;
} media_rows[] = {
	{ "bin", "application/octet-stream" },
	{ "bmp", "image/bmp" },
	{ "csv", "text/csv" },
	{ "doc", "application/msword" },
	{ "docx",
	    "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "eml", "message/rfc822" },
	{ "emf", "image/emf" },
	{ "gif", "image/gif" },
	{ "gz", "application/gzip" },
	{ "html", "text/html" },
	{ "htm", "text/html" },
	{ "ics", "text/calendar" },
	{ "jpg", "image/jpeg" },
	{ "jpeg", "image/jpeg" },
	{ "json", "application/json" },
	{ "mp3", "audio/mpeg" },
	{ "mp4", "video/mp4" },
	{ "odt", "application/vnd.oasis.opendocument.text" },
	{ "p7m", "application/pkcs7-mime" },
	{ "p7s", "application/pkcs7-signature" },
	{ "pdf", "application/pdf" },
	{ "png", "image/png" },
	{ "ppt", "application/vnd.ms-powerpoint" },
	{ "pptx",
	    "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
	{ "ps", "application/postscript" },
	{ "rtf", "application/rtf" },
	{ "svg", "image/svg+xml" },
	{ "tiff", "image/tiff" },
	{ "tif", "image/tiff" },
	{ "txt", "text/plain" },
	{ "vcf", "text/vcard" },
	{ "wav", "audio/wav" },
	{ "wmf", "image/wmf" },
	{ "xls", "application/vnd.ms-excel" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "xml", "application/xml" },
	{ "zip", "application/zip" },
	{ "asc", "application/pgp-signature" },
	{ "rtf", "text/rtf" },
	{ "txt", "message/delivery-status" },
	{ "txt", "message/disposition-notification" },
	{ "txt", "text/rfc822-headers" },
};

static const size_t media_row_count = sizeof media_rows / sizeof media_rows[0];

const char *media_type(const char *name, size_t len)
{
	const char *dot = len ? memrchr(name, '.', len) : NULL;
	size_t n = dot ? len - (size_t)(dot + 1 - name) : 0;

	for (size_t i = 0; n > 0 && i < media_row_count; i++) {
		const struct media_row *r = &media_rows[i];
		if (strncasecmp(r->extension, dot + 1, n) == 0 && !r->extension[n] &&
		    strncasecmp(r->type, "message/", 8) != 0)
			return r->type;
	}
	return "application/octet-stream";
}

const char *media_extension(struct arena *a, const char *type)
{
	for (size_t i = 0; type && i < media_row_count; i++)
		if (strcasecmp(media_rows[i].type, type) == 0)
			return arena_printf(a, ".%s", media_rows[i].extension);
	return NULL;
}

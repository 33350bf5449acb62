/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_smime.h"

#include <string.h>
#include <strings.h>

#include "base/sink.h"
#include "format/mime/read/read_attach.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/transfer.h"
#include "message/tags.h"

static struct text read_smime_text_of(const char *s)
{
	return (struct text){ .s = s, .len = strlen(s) };
}

static void read_smime_put(
    struct reading *r, const char *class, const char *type, struct span data)
{
	struct attachment *at = message_add_attachment(r->m);

	reading_text(r, &r->m->props, PidTagMessageClass, read_smime_text_of(class));
	if (!at)
		return;
	read_attach_common(r, at, read_smime_text_of("smime.p7m"), data);
	reading_text(r, &at->props, PidTagAttachMimeTag, read_smime_text_of(type));
}

/* The entity as it was signed, with the fields of its content. */
static void put_signed(struct reading *r)
{
	const struct entity *e = r->mail;
	struct sink *whole = convert_scratch(r->c);

	for (size_t i = 0; i < r->header.count; i++) {
		const struct read_field *f = &r->header.fields[i];
		int use = fields_use(f->name, f->name_len);
		if (use > 0 && (use & FIELDS_CONTENT))
			sink_write(whole, f->name, f->name_len + f->raw_len);
	}
	sink_text(whole, e->crlf ? "\r\n" : "\n");
	sink_span(
	    whole, span_sub(r->c->in, e->body, e->end - e->body), convert_alive, r->c);
	read_smime_put(
	    r, "IPM.Note.SMIME.MultipartSigned", "multipart/signed", sink_bytes(whole));
}

static bool is_cms(struct reading *r)
{
	const struct entity *e = r->mail;
	size_t n = e->name ? strlen(e->name) : 0;
	const char *kind = read_type_param(r->c->arena, &r->header, "smime-type");

	if (!e->type)
		return false;
	if (strcmp(e->type, "application/octet-stream") == 0)
		return n > 4 && strcasecmp(e->name + n - 4, ".p7m") == 0;
	/* Other kinds, such as certificates, are files. */
	return (strcmp(e->type, "application/pkcs7-mime") == 0 ||
		   strcmp(e->type, "application/x-pkcs7-mime") == 0) &&
	       (!kind || strcasecmp(kind, "signed-data") == 0 ||
		   strcasecmp(kind, "enveloped-data") == 0);
}

bool read_smime(struct reading *r)
{
	const struct entity *e = r->mail;

	if (e->boundary && e->parts > 0 && strcmp(e->type, "multipart/signed") == 0) {
		put_signed(r);
		return true;
	}
	if (!is_cms(r))
		return false;
	read_smime_put(r, "IPM.Note.SMIME", e->type,
	    transfer_decode(
		r->c, span_sub(r->c->in, e->body, e->end - e->body), e->encoding, NULL));
	return true;
}

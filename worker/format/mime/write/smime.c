/* SPDX-License-Identifier: ISC */
#include "format/mime/write/smime.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/text.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/write/attach.h"
#include "message/message.h"
#include "message/tags.h"

enum { LINE_MAX_BYTES = 998, CMS_HEAD = 64 };

static bool is_smime(const struct message *m)
{
	static const char smime[] = "IPM.Note.SMIME";
	const size_t n = sizeof smime - 1;
	struct text class = props_text(&m->props, PidTagMessageClass);

	return class.s && strncasecmp(class.s, smime, n) == 0 &&
	       (class.s[n] == '\0' || class.s[n] == '.');
}

/* Is its one attachment what was signed or encrypted? */
static bool smime_is_whole(const struct message *m)
{
	return is_smime(m) && m->attachment_count == 1 && !m->attachments[0].embedded &&
	       m->attachments[0].data.len > 0;
}

/* Could it end a multipart around the entity? Ours all hold "=_bulkhead_". */
static bool is_foreign(const struct out *o, const struct line *l)
{
	if (l->len < 3 || memcmp(l->text, "--", 2) != 0)
		return false;
	for (size_t i = 0; i < o->outer_count; i++) {
		size_t n = strlen(o->outer[i]);
		if (l->len - 2 >= n && memcmp(l->text + 2, o->outer[i], n) == 0)
			return true;
	}
	return memmem(l->text, l->len, "=_bulkhead_", 11);
}

/* Can it stand among the boundaries around it? */
static bool smime_fits(const struct out *o, struct span in)
{
	struct lines lines = lines_over(o->c->arena, in, 0);
	struct line l;

	while (lines_next(&lines, &l))
		if (is_foreign(o, &l))
			return false;
	return lines.pos == in.len;
}

const char *smime_needs_bytes(struct arena *a, struct span in)
{
	struct lines lines = lines_over(a, in, 0);
	bool high = false, binary = false;
	unsigned eol = 0;
	struct line l;

	while (lines_next(&lines, &l)) {
		eol = eol ? eol : l.eol;
		binary |= l.end - l.off > LINE_MAX_BYTES + l.eol ||
			  (l.eol != eol && l.eol != 0);
		for (size_t i = 0; i < l.len; i++) {
			high |= (unsigned char)l.text[i] > 0x7f;
			binary |= !l.text[i] || l.text[i] == '\r';
		}
	}
	return binary ? "binary" : high ? "8bit" : NULL;
}

const char *smime_more(const char *a, const char *b)
{
	return !a || (b && strcmp(b, "binary") == 0) ? b : a;
}

/* Could it stand in the header of a mail (RFC 5322 2.2)? */
static bool is_field_text(const struct line *l)
{
	for (size_t i = 0; i < l->len; i++)
		if (l->text[i] == '\0' || (unsigned char)l->text[i] > 0x7f)
			return false;
	return true;
}

/*
 * The header of an entity: where its body begins, 0 when it is none of multipart/signed,
 * or its fields hold bytes that no header may have.
 * to NULL: only look. Fields that do not describe the content are the message's own;
 * encoding: its transfer encoding is told anew.
 */
static uint64_t entity_header(
    struct out *o, struct span in, struct sink *to, const char *encoding)
{
	static const char signed_type[] = "multipart/signed";
	struct lines lines = lines_over(o->c->arena, in, 0);
	bool found = false, keep = false;
	struct line l;

	while (lines_next(&lines, &l) && l.len > 0) {
		if (*l.text != ' ' && *l.text != '\t') {
			size_t name = fields_name(l.text, l.len);
			int use = name ? fields_use(l.text, name) : -1;
			if (name == 0)
				return 0;
			keep = use > 0 && (use & FIELDS_CONTENT) &&
			       (!encoding || name != 25 || /* it is ours to say */
				   strncasecmp(l.text, "Content-Transfer-Encoding", 25) !=
				       0);
			if (name == 12 && strncasecmp(l.text, "Content-Type", 12) == 0)
				found = memmem(
				    l.text, l.len, signed_type, sizeof signed_type - 1);
		}
		if (keep && !is_field_text(&l))
			return 0;
		if (keep && to)
			sink_span(to, span_sub(in, l.off, l.end - l.off), NULL, NULL);
	}
	return found && lines.pos < in.len ? lines.pos : 0;
}

static bool write_signed(struct out *o, struct span entity)
{
	uint64_t body = entity_header(o, entity, NULL, NULL);
	char last[2] = "";

	if (body == 0 || !smime_fits(o, entity))
		return false;
	const char *encoding = smime_needs_bytes(o->c->arena, entity);
	(void)entity_header(o, entity, o->c->out, encoding);
	if (encoding)
		out_field(o, "Content-Transfer-Encoding", encoding);
	out_line(o, "");
	sink_span(o->c->out, span_sub(entity, body, entity.len - body), NULL, NULL);
	(void)span_read(entity, entity.len - 1, last, 1);
	if (*last != '\n')
		out_line(o, "");
	return true;
}

/* The type of CMS content (RFC 8551 3.2.2), by its object identifier near the start. */
static const char *smime_type(struct span cms)
{
	static const struct {
		char oid[12];
		const char *type;
	} types[] = {
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "signed-data" },
		{ "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", "enveloped-data" },
	};
	uint8_t head[CMS_HEAD];
	size_t n = span_read(cms, 0, head, sizeof head);

	for (size_t i = 0; n > 0 && head[0] == 0x30 && i < 2; i++)
		if (memmem(head, n, types[i].oid, 9))
			return types[i].type;
	return NULL;
}

static bool write_opaque(struct out *o, struct span cms)
{
	const char *type = smime_type(cms);

	if (!type)
		return false;
	out_printf(
	    o, "Content-Type: application/pkcs7-mime; smime-type=%s;%s", type, o->eol);
	out_printf(o, "\tname=\"smime.p7m\"%sContent-Transfer-Encoding: base64%s", o->eol,
	    o->eol);
	out_printf(o, "Content-Disposition: attachment;%s\tfilename=\"smime.p7m\"%s%s",
	    o->eol, o->eol, o->eol);
	out_base64(o, cms);
	return true;
}

const char *smime_needs(struct arena *a, const struct message *m)
{
	const char *needs = NULL;

	if (smime_is_whole(m) && !smime_type(m->attachments[0].data))
		return smime_needs_bytes(a, m->attachments[0].data);
	for (uint32_t i = 0; i < m->attachment_count; i++) /* of bounded depth */
		if (m->attachments[i].embedded)
			needs =
			    smime_more(needs, smime_needs(a, m->attachments[i].embedded));
	return needs;
}

bool smime_write(struct out *o, const struct message *m, const char *part)
{
	if (!smime_is_whole(m))
		return false;
	struct span data = m->attachments[0].data;
	if (!write_signed(o, data) && !write_opaque(o, data))
		return false;
	notes_add(&o->c->notes, NOTE_CHANGED, part, "PidTagMessageClass",
	    "%s: what was signed or encrypted is the whole body",
	    props_text(&m->props, PidTagMessageClass).s);
	return true;
}

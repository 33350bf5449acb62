/* SPDX-License-Identifier: ISC */
#include "format/export/export.h"

#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/sink.h"
#include "codec/lzfu.h"
#include "codec/rtf/rtf.h"
#include "message/message.h"
#include "message/tags.h"

enum { WINDOWS_1252 = 1252, UTF_8 = 65001 };

struct text export_text(
    struct arena *a, unsigned codepage, const struct prop *p, const struct prop_value *v)
{
	if (v->text.s || v->bytes.len == 0)
		return v->text;
	struct span raw = span_load(a, v->bytes);
	if (p->type == PT_UNICODE)
		return text_from_utf16(a, raw.mem, (size_t)raw.len);
	return text_from(a, codepage ? codepage : WINDOWS_1252, raw.mem, (size_t)raw.len);
}

/* A text property of the message without the terminators that some writers count. */
static struct text export_text_of(struct arena *a, const struct message *m, uint16_t id)
{
	const struct prop *p = props_get(&m->props, id);
	struct text t = { 0 };

	if (p && !p->multi && p->count == 1 &&
	    (p->type == PT_UNICODE || p->type == PT_STRING8))
		t = export_text(a, m->codepage, p, &p->values[0]);
	while (t.s && t.len > 0 && t.s[t.len - 1] == '\0')
		t.len--;
	return t.len > 0 ? t : (struct text){ 0 };
}

/* PidTagHtml: bytes in PidTagInternetCodepage (MS-OXBBODY 2.1.3.1), or a text. */
static struct text export_html_of(struct arena *a, const struct message *m)
{
	struct span raw = span_load(a, props_bytes(&m->props, PidTagHtml));
	unsigned page = (unsigned)props_number(&m->props, PidTagInternetCodepage, 0);

	if (raw.len == 0)
		return export_text_of(a, m, PidTagHtml);
	if (!text_known(page) && text_is_utf8(raw.mem, (size_t)raw.len))
		page = UTF_8;
	else if (!text_known(page))
		page = text_known(m->codepage) ? m->codepage : WINDOWS_1252;
	struct text t = text_from(a, page, raw.mem, (size_t)raw.len);
	while (t.len > 0 && t.s[t.len - 1] == '\0')
		t.len--;
	return t;
}

static struct text text_of_span(struct arena *a, struct span s)
{
	return (struct text){ arena_copy(a, s.mem, (size_t)s.len), (size_t)s.len, 0 };
}

struct export_bodies export_bodies(struct convert *c, const struct message *m)
{
	struct arena *a = c->arena;
	struct export_bodies b = { export_text_of(a, m, PidTagBody),
		export_html_of(a, m) };
	struct span raw = props_bytes(&m->props, PidTagRtfCompressed);
	struct rtf_want want = { .html = sink_memory(a), .text = sink_memory(a) };
	struct lzfu_result packed;
	struct rtf_body rtf;

	if ((b.plain.s && b.html.s) || raw.len == 0)
		return b;
	if (!lzfu_decode(a, raw, convert_scratch(c), &packed) ||
	    !rtf_read(a, packed.rtf, &want, &rtf)) {
		notes_add(&c->notes, NOTE_LOST, "message", "PidTagRtfCompressed",
		    "cannot be read (MS-OXRTFCP 2.1.3.1.1)");
		return b;
	}
	if (!b.plain.s && rtf.text.len > 0)
		b.plain = text_of_span(a, rtf.text);
	if (!b.html.s && rtf.kind == RTF_HTML)
		b.html = text_of_span(a, rtf.html);
	return b;
}

struct text export_subject(struct arena *a, const struct message *m)
{
	struct text whole = props_text(&m->props, PidTagSubject);
	struct text prefix = props_text(&m->props, PidTagSubjectPrefix);
	struct text rest = props_text(&m->props, PidTagNormalizedSubject);

	if (whole.s || !rest.s)
		return whole;
	char *s = arena_printf(a, "%s%s", prefix.s ? prefix.s : "", rest.s);
	return (struct text){ .s = s, .len = strlen(s) };
}

const char *export_name(struct arena *a, const struct attachment *at)
{
	static const uint16_t ids[] = { PidTagAttachLongFilename, PidTagAttachFilename,
		PidTagAttachTransportName, PidTagDisplayName };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		struct text t = props_text(&at->props, ids[i]);
		if (t.s && t.len > 0 && *t.s)
			return t.s;
	}
	struct text extension = props_text(&at->props, PidTagAttachExtension);
	if (!extension.s || *extension.s != '.')
		extension.s = at->embedded ? "" : ".bin";
	return arena_printf(a, "attachment-%u%s", at->number, extension.s);
}

void export_item(struct convert *c, const char *kind, const char *name, uint64_t from)
{
	if (c->tell_item)
		c->tell_item(c->arg, kind, name, sink_length(c->out) - from);
}

void export_base64(struct sink *to, struct span bytes)
{
	uint8_t in[3 * 1024];
	char out[4 * 1024];
	size_t n;

	for (uint64_t at = 0; (n = span_read(bytes, at, in, sizeof in)) > 0; at += n)
		sink_write(to, out, base64_encode(out, in, n));
}

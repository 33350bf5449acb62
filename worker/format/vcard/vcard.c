/* SPDX-License-Identifier: ISC */
#include "format/vcard/vcard.h"

#include <strings.h>

#include "base/arena.h"
#include "format/format.h"
#include "format/growth.h"
#include "message/named.h"

static bool vcard_is_class(const struct message *m, const char *class)
{
	struct text t = props_text(&m->props, PidTagMessageClass);
	size_t n = strlen(class);

	return t.s && strncasecmp(t.s, class, n) == 0 && (!t.s[n] || t.s[n] == '.');
}

static bool is_list(const struct message *m)
{
	return vcard_is_class(m, "IPM.DistList");
}

static bool is_card(const struct message *m)
{
	return vcard_is_class(m, "IPM.Contact") || is_list(m);
}

void vcard_put(struct vcard *v, const char *name, const char *type, struct text value)
{
	if (value.len == 0)
		return;
	content_line_begin(&v->l, name);
	if (type)
		content_line_param_raw(&v->l, "TYPE", type);
	content_line_text(&v->l, value);
	content_line_end(&v->l);
}

static void put_uid(struct vcard *v)
{
	struct span key =
	    span_load(v->a, span_sub(props_bytes(&v->m->props, PidTagSearchKey), 0, 64));
	char *to = arena_alloc(v->a, 2 * (size_t)key.len + 1);

	for (size_t i = 0; i < key.len; i++)
		(void)snprintf(to + 2 * i, 3, "%02x", key.mem[i]);
	vcard_put(v, "UID", NULL, (struct text){ .s = to, .len = 2 * (size_t)key.len });
}

static void put_revision(struct vcard *v)
{
	struct when changed = props_when(&v->m->props, PidTagLastModificationTime);
	char rev[40];
	size_t n = 0;

	if (!changed.valid)
		return;
	changed.ns = 0;
	when_iso8601(changed, rev, sizeof rev);
	/* RFC 6350 4.3.5: without the marks between. */
	for (size_t i = 0; rev[i]; i++)
		if (v->old || (rev[i] != '-' && rev[i] != ':'))
			rev[n++] = rev[i];
	content_line_say(&v->l, "REV", "%.*s", (int)n, rev);
}

void vcard_put_common(struct vcard *v, struct text name)
{
	vcard_put(v, "FN", NULL,
	    name.len > 0 ? name : (struct text){ .s = "Unknown", .len = 7 });
	put_uid(v);
	named_put_keywords(&v->l, &v->m->props);
	vcard_put(v, "NOTE", NULL, props_text(&v->m->props, PidTagBody));
	put_revision(v);
}

static bool write_card(struct convert *c, const struct message *m, bool old)
{
	struct vcard v = { .c = c,
		.a = c->arena,
		.m = m,
		.l = { .to = c->out, .fits = growth_fits_line, .arg = c },
		.old = old };
	struct text class = props_text(&m->props, PidTagMessageClass);

	if (!is_card(m))
		return convert_refuse(c, "message", 0,
		    "its class is %s: neither contact nor distribution list",
		    class.s ? class.s : "unknown");
	content_line_say(&v.l, "BEGIN", "VCARD");
	content_line_say(&v.l, "VERSION", "%s", old ? "3.0" : "4.0");
	content_line_say(&v.l, "PRODID", "-//Bulkhead//bulkhead//EN");
	if (is_list(m))
		vcard_write_list(&v);
	else
		vcard_write_contact(&v);
	content_line_say(&v.l, "END", "VCARD");
	return true;
}

static bool vcard_write(struct convert *c, const struct message *m)
{
	return write_card(c, m, false);
}

static bool vcard_write_old(struct convert *c, const struct message *m)
{
	return write_card(c, m, true);
}

/* The picture is in the card when it is the only one, and held. */
static void vcard_holds(struct arena *a, const struct message *m, uint8_t *held)
{
	(void)a;
	for (uint32_t i = 0; !is_list(m) && i < m->attachment_count; i++)
		if (vcard_is_photo(&m->attachments[i])) {
			held[i] = 1;
			return;
		}
}

/* Of the address set what is not written is made again from what is. */
static bool vcard_carries(const struct prop *p)
{
	return p->name && memcmp(p->name->set, props_set_address, 16) == 0 &&
	       !p->name->is_string;
}

static bool vcard_item(struct arena *a, const struct message *m, struct format_item *to)
{
	(void)a;
	if (!is_card(m))
		return false;
	to->type = "text/vcard";
	to->file = is_list(m) ? "list.vcf" : "contact.vcf";
	to->carries = vcard_carries;
	to->holds = vcard_holds;
	return true;
}

const struct format format_vcard = {
	.row = &formats_rows[FORMATS_VCARD],
	.write = vcard_write,
	.item = vcard_item,
};

const struct format format_vcard3 = {
	.row = &formats_rows[FORMATS_VCARD3],
	.write = vcard_write_old,
};

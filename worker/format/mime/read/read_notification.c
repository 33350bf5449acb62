/* SPDX-License-Identifier: ISC */
#include "format/mime/read/read_notification.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "format/mime/read/read_address.h"
#include "format/mime/read/reading.h"
#include "format/mime/syntax/transfer.h"
#include "message/tags.h"

/* The worst first; classes by MS-OXCMAIL 2.2.3.7.1.1. */
static const struct action {
	const char *name, *class;
} actions[] = {
	{ "failed", "REPORT.IPM.Note.NDR" },
	{ "delayed", "REPORT.IPM.Note.Delayed.DR" },
	{ "relayed", "REPORT.IPM.Note.Relayed.DR" },
	{ "expanded", "REPORT.IPM.Note.Expanded.DR" },
	{ "delivered", "REPORT.IPM.Note.DR" },
};
enum { ACTIONS = sizeof actions / sizeof actions[0] };

static void put_class(struct reading *r, const char *class)
{
	reading_text(r, &r->m->props, PidTagMessageClass,
	    (struct text){ .s = class, .len = strlen(class) });
}

/* What stands behind "rfc822;" or "dns;". */
static struct text behind_type(struct text t)
{
	const char *semicolon = t.len ? memchr(t.s, ';', t.len) : NULL;

	if (!semicolon)
		return t;
	semicolon++;
	semicolon += strspn(semicolon, " \t");
	return (struct text){ semicolon, strlen(semicolon), t.lossy };
}

/* The row of the group's action, ACTIONS: none. */
static size_t action_of(struct arena *a, const struct read_header *h)
{
	const char *raw = read_raw_of(a, h, "Action");
	size_t n = raw ? strcspn(raw, " (;") : 0, i = 0;

	while (i < ACTIONS && !(raw && strlen(actions[i].name) == n &&
				  strncasecmp(actions[i].name, raw, n) == 0))
		i++;
	return i;
}

/* The next group of fields: up to a blank line. */
static struct span next_group(struct span body, uint64_t *at)
{
	const char *p = (const char *)body.mem;
	uint64_t start = *at;

	while (start < body.len && p[start] && text_among("\r\n \t", p[start]))
		start++;
	for (uint64_t i = start; i < body.len; i++) {
		bool blank = p[i] == '\n' && i + 1 < body.len &&
			     (p[i + 1] == '\n' || p[i + 1] == '\r');
		if (!blank)
			continue;
		*at = i + 1;
		return span_sub(body, start, i + 1 - start);
	}
	*at = body.len;
	return span_sub(body, start, body.len - start);
}

/* "5.1.1" as 511: 2.2.3.7.1.3. */
static void put_status(struct reading *r, struct props *to, struct text status)
{
	int64_t code = 0;
	const char *p = status.len ? status.s : "";

	for (unsigned part = 0; part < 3; part++) {
		size_t digits = strspn(p, "0123456789");
		/* A subject or detail of several digits has no place. */
		code = code * 10 + (digits == 1 ? *p - '0' : 0);
		if (digits == 0 || (part == 0 && digits > 1) ||
		    (part < 2 && p[digits] != '.'))
			return;
		p += digits + 1;
	}
	reading_number(r, to, PidTagNonDeliveryReportStatusCode, PT_LONG, code);
}

/* MS-OXCMAIL 2.2.3.7.1 */
static void put_recipient(struct reading *r, const struct read_header *h)
{
	struct arena *a = r->c->arena;
	struct text final = behind_type(read_text_of(a, h, "Final-Recipient"));
	struct text info = read_text_of(a, h, "X-Supplementary-Info");

	if (final.len == 0)
		return;
	struct people p = read_people(r, "Final-Recipient", final.s);
	if (p.count == 0)
		return;
	struct recipient *to = message_add_recipient(r->m);
	if (!to)
		return;
	if (info.len == 0)
		info = behind_type(read_text_of(a, h, "Diagnostic-Code"));
	if (info.len == 0)
		info = read_text_of(a, h, "Status");
	read_put_person(r, &to->props, &person_recipient, &p.list[0]);
	reading_number(r, &to->props, PidTagRecipientType, PT_LONG, 1);
	put_status(r, &to->props, read_text_of(a, h, "Status"));
	reading_text(r, &to->props, PidTagSupplementaryInfo, info);
	reading_text(r, &to->props, PidTagRemoteMessageTransferAgent,
	    behind_type(read_text_of(a, h, "Remote-MTA")));
}

static void delivery_status(struct reading *r, struct span body)
{
	struct arena *a = r->c->arena;
	uint64_t at = 0;
	size_t worst = ACTIONS;

	struct read_header first = read_group(a, next_group(body, &at));
	reading_text(r, &r->m->props, PidTagReportingMessageTransferAgent,
	    behind_type(read_text_of(a, &first, "Reporting-MTA")));
	uint64_t start = at;
	while (at < body.len) {
		struct read_header h = read_group(a, next_group(body, &at));
		size_t action = action_of(a, &h);
		worst = action < worst ? action : worst;
	}
	for (at = start; worst < ACTIONS && at < body.len;) {
		struct read_header h = read_group(a, next_group(body, &at));
		if (action_of(a, &h) == worst)
			put_recipient(r, &h);
	}
	if (worst < ACTIONS)
		put_class(r, actions[worst].class);
}

/* MS-OXCMAIL 2.2.3.7.2 */
static void read_notification_disposition(struct reading *r, struct span body)
{
	struct read_header h = read_group(r->c->arena, body);
	const char *raw = read_raw_of(r->c->arena, &h, "Disposition");

	if (raw)
		put_class(r, strcasestr(raw, "displayed") ? "REPORT.IPM.Note.IPNRN"
							  : "REPORT.IPM.Note.IPNNRN");
}

void read_notification(struct reading *r, const struct entity *e)
{
	static const struct {
		const char *type;
		void (*read)(struct reading *, struct span body);
	} rows[] = {
		{ "message/delivery-status", delivery_status },
		{ "message/global-delivery-status", delivery_status },
		{ "message/disposition-notification", read_notification_disposition },
		{ "message/global-disposition-notification",
		    read_notification_disposition },
	};

	if (e->parent != r->mail || !r->mail->type ||
	    strcmp(r->mail->type, "multipart/report") != 0 || !e->type ||
	    e->end - e->body > LIMIT_HEADER)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(e->type, rows[i].type) == 0) {
			struct span body = transfer_decode(r->c,
			    span_sub(r->c->in, e->body, e->end - e->body), e->encoding,
			    NULL);
			rows[i].read(r, span_load(r->c->arena, body));
		}
}

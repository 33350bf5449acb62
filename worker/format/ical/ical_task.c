/* SPDX-License-Identifier: ISC */
/* VTODO and VJOURNAL (RFC 5545 3.6.2, 3.6.3); tasks by [MS-OXOTASK], journal entries by
 * [MS-OXOJRNL]. */
#include "base/arena.h"
#include "format/format.h"
#include "format/ical/ical.h"
#include "message/named.h"

/* PidLidTaskStatus ([MS-OXOTASK] 2.2.2.2.2); waiting and deferred are both not begun. */
static const char *const statuses[] = { "NEEDS-ACTION", "IN-PROCESS", "COMPLETED",
	"NEEDS-ACTION", "NEEDS-ACTION" };
enum { WAITING = 3, DEFERRED = 4 };

/* Dates without a time, by whose clock is not said: as they are. */
static void put_date(struct ical *ic, const char *name, struct when when)
{
	char text[ICAL_TIME], full[40];

	if (!when.valid)
		return;
	(void)snprintf(full, sizeof full, "%s;VALUE=DATE", name);
	ical_spell(text, when.unix_s, true);
	content_line_say(&ic->l, full, "%s", text);
}

static void put_reminder(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	struct when at = named_when(p, props_set_common, PidLidReminderTime);
	char text[ICAL_TIME];

	if (!at.valid || named_number(p, props_set_common, PidLidReminderSet, 0) == 0)
		return;
	ical_spell(text, at.unix_s, false);
	content_line_say(&ic->l, "BEGIN", "VALARM");
	content_line_say(&ic->l, "ACTION", "DISPLAY");
	content_line_say(&ic->l, "DESCRIPTION", "REMINDER");
	content_line_say(&ic->l, "TRIGGER;VALUE=DATE-TIME", "%sZ", text);
	content_line_say(&ic->l, "END", "VALARM");
}

static void put_effort(struct ical *ic, const char *name, uint32_t lid)
{
	int64_t minutes = named_number(&ic->m->props, props_set_task, lid, 0);

	if (minutes > 0)
		content_line_say(&ic->l, name, "PT%lldM", (long long)minutes);
}

static void put_names(struct ical *ic, const char *name, uint32_t lid)
{
	const struct prop *p = props_get_named(&ic->m->props, props_set_common, lid);

	for (uint32_t i = 0;
	     p && i < p->count && (p->type == PT_UNICODE || p->type == PT_STRING8); i++)
		content_line_put(&ic->l, name, text_clean(ic->a, p->values[i].text));
}

void ical_write_task(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	int64_t status = named_number(p, props_set_task, PidLidTaskStatus, 0);
	bool complete = named_number(p, props_set_task, PidLidTaskComplete, 0) != 0;
	double done = named_real(p, props_set_task, PidLidPercentComplete, 0);
	struct when start = named_when(p, props_set_task, PidLidTaskStartDate);

	content_line_say(&ic->l, "BEGIN", "VTODO");
	ical_put_common(ic, ic->m);
	if (!start.valid && ic->recurring) /* a rule needs a beginning */
		start = (struct when){ .unix_s = ical_minutes(ic->recur.start_date),
			.valid = true };
	put_date(ic, "DTSTART", start);
	put_date(ic, "DUE", named_when(p, props_set_task, PidLidTaskDueDate));
	ical_put_rule(ic);
	if (status >= 0 && status <= DEFERRED)
		content_line_say(&ic->l, "STATUS", "%s", statuses[complete ? 2 : status]);
	if (status == WAITING || status == DEFERRED)
		content_line_say(&ic->l, "X-MICROSOFT-TASK-STATUS", "%s",
		    status == WAITING ? "WAITING" : "DEFERRED");
	if (done >= 0 && done <= 1)
		content_line_say(
		    &ic->l, "PERCENT-COMPLETE", "%d", (int)(done * 100 + 0.5));
	struct when finished = named_when(p, props_set_task, PidLidTaskDateCompleted);
	if (complete || status == 2)
		ical_put_utc(ic, "COMPLETED", finished);
	content_line_put(&ic->l, "X-MICROSOFT-TASK-OWNER",
	    text_clean(ic->a, named_text(p, props_set_task, PidLidTaskOwner)));
	put_effort(ic, "X-MICROSOFT-TASK-ACTUALEFFORT", PidLidTaskActualEffort);
	put_effort(ic, "X-MICROSOFT-TASK-ESTIMATEDEFFORT", PidLidTaskEstimatedEffort);
	put_names(ic, "CONTACT", PidLidContacts);
	put_names(ic, "X-MICROSOFT-TASK-COMPANY", PidLidCompanies);
	put_reminder(ic);
	content_line_say(&ic->l, "END", "VTODO");
}

void ical_write_journal(struct ical *ic)
{
	const struct props *p = &ic->m->props;
	int64_t minutes = named_number(p, props_set_log, PidLidLogDuration, -1);

	content_line_say(&ic->l, "BEGIN", "VJOURNAL");
	ical_put_common(ic, ic->m);
	ical_put_utc(ic, "DTSTART", named_when(p, props_set_log, PidLidLogStart));
	ical_put_utc(
	    ic, "X-MICROSOFT-JOURNAL-END", named_when(p, props_set_log, PidLidLogEnd));
	if (minutes >= 0)
		content_line_say(&ic->l, "X-MICROSOFT-JOURNAL-DURATION", "PT%lldM",
		    (long long)minutes);
	content_line_put(&ic->l, "X-MICROSOFT-JOURNAL-TYPE",
	    text_clean(ic->a, named_text(p, props_set_log, PidLidLogType)));
	put_names(ic, "CONTACT", PidLidContacts);
	put_names(ic, "X-MICROSOFT-JOURNAL-COMPANY", PidLidCompanies);
	content_line_say(&ic->l, "END", "VJOURNAL");
}

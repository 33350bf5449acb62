/* SPDX-License-Identifier: ISC */
#include "format/mime/write/account.h"

#include "base/arena.h"
#include "message/message.h"
#include "message/tags.h"

static bool account_is_settled(enum fate fate, bool planned)
{
	return fate == FATE_WRITTEN || fate == FATE_SHOWN_ALREADY || fate == FATE_NOTED ||
	       (planned && fate == FATE_OPEN);
}

/* A text, or bytes, that hold something. */
static bool account_has(const struct message *m, uint16_t id)
{
	const struct prop *p = props_get(&m->props, id);

	if (!p || p->count != 1 || p->multi)
		return false;
	if (p->type == PT_UNICODE || p->type == PT_STRING8)
		return p->values[0].text.s
			   ? *p->values[0].text.s != '\0'
			   : p->values[0].bytes.len > 4 || p->values[0].bytes.mem == NULL;
	return p->type == PT_BINARY && !span_is_below(p->values[0].bytes, 0);
}

static const char *account_find(
    struct arena *a, const struct account *is, const struct message *m, bool planned)
{
	bool rtf = account_is_settled(is->rtf, planned);

	if (account_has(m, PidTagHtml) && !account_is_settled(is->html, planned))
		return "PidTagHtml";
	if (account_has(m, PidTagBody) && !account_is_settled(is->plain, planned))
		return "PidTagBody";
	/* What RTF says stands in the bodies that were made of it. */
	if (account_has(m, PidTagRtfCompressed) && !rtf &&
	    !account_is_settled(is->html, planned) &&
	    !account_is_settled(is->plain, planned))
		return "PidTagRtfCompressed";
	for (uint32_t i = 0; i < m->attachment_count; i++)
		if (!account_is_settled(is->files[i], planned))
			return arena_printf(a, "attachment %u", i + 1);
	return NULL;
}

const char *account_hole(
    struct arena *a, const struct account *is, const struct message *m)
{
	return account_find(a, is, m, false);
}

const char *account_unplanned(
    struct arena *a, const struct account *is, const struct message *m)
{
	return account_find(a, is, m, true);
}

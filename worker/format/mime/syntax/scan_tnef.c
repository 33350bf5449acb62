/* SPDX-License-Identifier: ISC */
/* Which parts of a mail are TNEF, and whether it is that mail's. */
#include <string.h>
#include <strings.h>

#include "format/mime/syntax/scan.h"
#include "message/message.h"
#include "message/tags.h"

static const char *const tnef_types[] = { "application/ms-tnef",
	"application/vnd.ms-tnef", "application/x-tnef" };
static const char *const tnef_names[] = { "winmail.dat", "win.dat" };

bool scan_may_be_tnef(const struct entity *e)
{
	if (!e->type || e->boundary || strncmp(e->type, "application/", 12) != 0)
		return false;
	for (size_t i = 0; i < sizeof tnef_types / sizeof tnef_types[0]; i++)
		if (strcmp(e->type, tnef_types[i]) == 0)
			return true;
	if (!e->name)
		return false;
	for (size_t i = 0; i < sizeof tnef_names / sizeof tnef_names[0]; i++)
		if (strcasecmp(e->name, tnef_names[i]) == 0)
			return true;
	size_t n = strlen(e->name);
	return n > 5 && strcasecmp(e->name + n - 5, ".tnef") == 0;
}

bool scan_is_stale(
    const struct convert *c, const struct entity *e, const struct message *m)
{
	struct span key =
	    span_load(c->arena, props_bytes(&m->props, PidTagTnefCorrelationKey));
	const char *want = e->host->correlator;

	while (key.len > 0 && key.mem[key.len - 1] == '\0')
		key.len--;
	if (!want || !*want || key.len == 0)
		return false;
	return strlen(want) != key.len ||
	       strncasecmp(want, (const char *)key.mem, key.len) != 0;
}

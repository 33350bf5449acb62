/* SPDX-License-Identifier: ISC */
#include "message/facts.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "message/tags.h"

static const char *facts_sender(struct arena *a, facts_text_fn *text, void *arg)
{
	static const struct {
		uint16_t name, smtp, email;
	} people[] = {
		{ PidTagSenderName, PidTagSenderSmtpAddress, PidTagSenderEmailAddress },
		{ PidTagSentRepresentingName, PidTagSentRepresentingSmtpAddress,
		    PidTagSentRepresentingEmailAddress },
	};

	for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
		const char *name = text(arg, people[i].name);
		const char *address = text(arg, people[i].smtp);
		if (!address)
			address = text(arg, people[i].email);
		if (name && address && strcmp(name, address) != 0)
			return arena_printf(a, "%s <%s>", name, address);
		if (name || address)
			return address ? address : name;
	}
	return NULL;
}

struct facts facts_of(
    struct arena *a, const char *format, facts_text_fn *text, void *arg, struct when date)
{
	const char *class = text(arg, PidTagMessageClass);

	return (struct facts){
		.format = format,
		.sender = facts_sender(a, text, arg),
		.subject = text(arg, PidTagSubject),
		.message_id = text(arg, PidTagInternetMessageId),
		.message_class = class,
		/* MS-OXOMSG 2.2.2.1: a class that begins so is a report on another
		 * message. */
		.automatic = class && strncasecmp(class, "report.", 7) == 0,
		.date = date.valid ? date.unix_s : 0,
	};
}

/* SPDX-License-Identifier: ISC */
#include "dead/dead_return.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "proto/channel.h"

/* Of what a letter's report says, and of a reason: so much of each goes to the worker. */
enum { TEXTS = 9, TEXT_SIZE = 800, OWN_SIZE = DEAD_ADDRESS_SIZE + 16 };
_Static_assert(TEXTS *TEXT_SIZE + 3 * DEAD_ADDRESS_SIZE + 128 < CHANNEL_ORDER_MAX,
    "a notice fits an order");

/* Reason codes of Microsoft Mail's non-delivery reports and their texts, for the verdicts
 * of verdict.c; and the enhanced status code (RFC 3463 section 3.7, 3.4, 3.5) of each. */
static const struct reason {
	const char *code, *text, *status;
} reasons[] = {
	{ "001", "unable to deliver", "5.6.5" },
	{ "005", "retry count exceeded", "5.4.7" },
	{ "009", "maximum size exceeded", "5.3.4" },
	{ "012", "corrupt message cannot be delivered", "5.6.0" },
	{ "029", "could not be parsed", "5.6.0" },
};

static const struct reason *dead_return_reason_of(const struct dead_letter *l)
{
	const char *code = dead_said(l, NULL, "ndr_code");

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (strcmp(reasons[i].code, code) == 0)
			return &reasons[i];
	return &reasons[0];
}

/* ---- addresses ---- */

/* Letters and digits of ASCII, whatever the locale. */
static bool dead_return_is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Words of plain characters and others, joined by single dots. */
static bool is_dotted(const char *s, size_t n, const char *others, size_t word_max)
{
	size_t word = 0;

	for (size_t i = 0; i < n; i++) {
		bool dot = s[i] == '.';
		bool other = s[i] != '\0' && strchr(others, s[i]);
		if (dot ? word == 0 : !dead_return_is_plain(s[i]) && !other)
			return false;
		word = dot ? 0 : word + 1;
		if (word > word_max)
			return false;
	}
	return word > 0;
}

/* A dot-atom (RFC 5322 section 3.2.3) and a domain of letters, digits and hyphens, within
 * the lengths of RFC 5321 section 4.5.3.1. Quoted local parts, address literals and
 * UTF-8 are left out: nothing that passes can be anything but an address. */
static bool is_address(const char *s, size_t n)
{
	const char *at = memrchr(s, '@', n);
	size_t local = at ? (size_t)(at - s) : 0;

	return at && n < DEAD_ADDRESS_SIZE && local <= 64 &&
	       is_dotted(s, local, "!#$%&'*+-/=?^_`{|}~", 64) &&
	       is_dotted(at + 1, n - local - 1, "-", 63);
}

bool dead_address(const char *sender, char to[DEAD_ADDRESS_SIZE])
{
	const char *open = strchr(sender, '<');
	size_t n;

	if (open) {
		const char *end = sender + strlen(sender) - 1;
		sender = open + 1;
		if (*end != '>' || strchr(sender, '<'))
			return false;
		n = (size_t)(end - sender);
	} else {
		n = strlen(sender);
	}
	if (n >= 5 && strncasecmp(sender, "smtp:", 5) == 0) {
		sender += 5;
		n -= 5;
	}
	if (!is_address(sender, n))
		return false;
	memcpy(to, sender, n);
	to[n] = '\0';
	return true;
}

/* RFC 3834 section 2: who is told of a report by a report would report on that. */
static bool is_nobody(const struct dead_letter *l, const char *to)
{
	static const char daemon[] = "mailer-daemon@";

	return json_is_true(json_object_get(l->report, "automatic")) ||
	       strncasecmp(to, daemon, sizeof daemon - 1) == 0;
}

/* ---- the report ---- */

/* For a header as it is. */
static bool is_message_id(const char *s)
{
	size_t n = strlen(s);

	if (n < 5 || n > 250 || s[0] != '<' || s[n - 1] != '>')
		return false;
	for (size_t i = 1; i < n - 1; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '<' || s[i] == '>')
			return false;
	return strchr(s, '@') != NULL;
}

/* What was found in a report, for a worker: an order has room for so much. */
static char *dead_return_said(
    const struct dead_letter *l, const char *key, char to[TEXT_SIZE])
{
	(void)snprintf(to, TEXT_SIZE, "%s", dead_said(l, NULL, key));
	return to;
}

/* The parts of a report that are of the letter; the rest is the caller's. */
static void dead_return_fill(
    Bulkhead__Notice *n, const struct dead_letter *l, char text[][TEXT_SIZE])
{
	n->id = l->id;
	n->written = clock_wall_ms() / 1000;
	n->arrived = (int64_t)(l->id >> 20) / 1000;
	n->tried = l->ended_ms / 1000;
	n->sender = dead_return_said(l, "sender", text[0]);
	n->subject = dead_return_said(l, "subject", text[1]);
	n->text = dead_return_said(l, "text", text[2]);
	n->message_id = dead_return_said(l, "message_id", text[3]);
	if (!is_message_id(n->message_id))
		*n->message_id = '\0';
	(void)snprintf(text[4], TEXT_SIZE, "%s", l->name);
	n->file = text[4];
	(void)snprintf(text[5], TEXT_SIZE, "%s", dead_verdict(l));
	n->verdict = text[5];
	const struct reason *r = dead_return_reason_of(l);
	const char *const fixed[] = { r->code, r->text, r->status };
	char **const of[] = { &n->code, &n->reason, &n->status };
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		(void)snprintf(text[6 + i], TEXT_SIZE, "%s", fixed[i]);
		*of[i] = text[6 + i];
	}
}

/* -1: no file. */
static int open_original(const struct dead_letter *l)
{
	struct stat st;

	if (!S_ISREG(l->st.st_mode))
		return -1;
	int fd = openat(l->folder, l->file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
			    st.st_size != l->st.st_size)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* From whom: an address given, or the postmaster of this host. False: that is none. */
static bool dead_return_sender(const char *from, char own[OWN_SIZE], const char **host)
{
	char name[DEAD_ADDRESS_SIZE];

	if (from) {
		if (!dead_address(from, own))
			return false;
	} else {
		if (gethostname(name, sizeof name - 1) == -1)
			name[0] = '\0';
		name[sizeof name - 1] = '\0';
		(void)snprintf(own, OWN_SIZE, "postmaster@%s",
		    is_dotted(name, strlen(name), "-", 63) ? name : "localhost");
	}
	*host = strrchr(own, '@') + 1;
	return true;
}

/* Written by a worker, then put into outgoing. */
static bool dead_return_send(const struct dead_store *s, const struct dead_letter *l,
    struct dead_scribe *scribe, Bulkhead__Notice *n, bool keep, struct dead_done *d)
{
	int original = open_original(l), written = -1;

	n->whole = original != -1 && l->st.st_size <= DEAD_ATTACH_MAX;
	bool ok = dead_scribe_write(scribe, original, n, &written, &d->trouble) &&
		  dead_deliver_notice(s, l, keep || !n->whole, written, d);
	if (original != -1)
		(void)close(original);
	if (written != -1)
		(void)close(written);
	return ok;
}

bool dead_return(const struct dead_store *s, const struct dead_letter *l,
    struct dead_scribe *scribe, const char *from, bool keep, struct dead_done *d)
{
	char to[DEAD_ADDRESS_SIZE], own[OWN_SIZE];
	char text[TEXTS][TEXT_SIZE], host[DEAD_ADDRESS_SIZE];
	const char *of;
	Bulkhead__Notice n;

	if (l->mark != DEAD_NO_MARK) {
		(void)snprintf(d->sub, sizeof d->sub, "%s", l->sub);
		return dead_finish(s, l, d);
	}
	if (!dead_address(dead_said(l, NULL, "sender"), to)) {
		d->trouble = "its report names no sender that mail can be sent to";
		return false;
	}
	if (is_nobody(l, to)) {
		d->trouble = "it was written by a program or to a list: such get no "
			     "report, or mail would go in circles";
		return false;
	}
	if (!dead_return_sender(from, own, &of)) {
		d->trouble = "--from is no address";
		return false;
	}
	(void)snprintf(host, sizeof host, "%s", of);
	bulkhead__notice__init(&n);
	n.to = to;
	n.from = own;
	n.host = host;
	dead_return_fill(&n, l, text);
	return dead_return_send(s, l, scribe, &n, keep, d);
}

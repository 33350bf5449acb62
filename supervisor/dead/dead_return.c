/* SPDX-License-Identifier: ISC */
#include "dead/dead_return.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "base/verdict.h"

enum { SUBJECT_MAX = 200 }; /* bytes of it that go along */

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

struct notice {
	const struct dead_letter *letter;
	const struct reason *reason;
	const char *to, *from, *host;
	int original; /* -1: it does not go along */
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

/* ---- the text ---- */

static void dead_return_put_date(FILE *f, time_t when)
{
	struct tm tm;
	char text[64];

	if (!gmtime_r(&when, &tm))
		return;
	(void)strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	(void)fputs(text, f);
}

/* Text as one line of printable ASCII. */
static void put_ascii(FILE *f, const char *text, size_t limit)
{
	for (size_t i = 0; text[i] && i < limit; i++)
		(void)fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', f);
}

/* RFC 2047 encoded words of at most 75 characters, each of whole UTF-8 characters. */
static void dead_return_put_words(FILE *f, const char *text, size_t limit)
{
	enum { WORD = 45 };
	size_t n = strnlen(text, limit);

	for (bool first = true; n > 0; first = false) {
		struct base64 b = { .to = f };
		size_t used = 0;
		uint32_t code;
		size_t k;
		while (used < n && (k = utf8_char(text + used, n - used, &code)) > 0 &&
		       used + k <= WORD)
			used += k;
		if (used == 0) /* cut by the limit */
			return;
		(void)fputs(first ? "=?utf-8?B?" : "\r\n =?utf-8?B?", f);
		base64_put(&b, text, used);
		base64_end(&b);
		(void)fputs("?=", f);
		text += used;
		n -= used;
	}
}

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

static void dead_return_put_header(FILE *f, const struct notice *n, time_t now)
{
	const struct dead_letter *l = n->letter;
	const char *id = dead_said(l, NULL, "message_id");

	(void)fprintf(
	    f, "From: Mail Delivery System <%s>\r\nTo: <%s>\r\nDate: ", n->from, n->to);
	dead_return_put_date(f, now);
	(void)fputs("\r\nSubject: ", f);
	dead_return_put_words(f, "Undeliverable: ", 15);
	if (*dead_said(l, NULL, "subject")) {
		(void)fputs("\r\n ", f);
		dead_return_put_words(f, dead_said(l, NULL, "subject"), SUBJECT_MAX);
	}
	(void)fprintf(
	    f, "\r\nMessage-ID: <%016" PRIx64 ".undelivered@%s>\r\n", l->id, n->host);
	if (is_message_id(id))
		(void)fprintf(f, "In-Reply-To: %s\r\nReferences: %s\r\n", id, id);
	/* RFC 3834 section 5: nobody shall answer it. */
	(void)fprintf(f,
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    " boundary=\"=_%016" PRIx64 "\"\r\n"
	    "\r\n"
	    "This is a non-delivery report in MIME format.\r\n",
	    l->id);
}

static void put_row(FILE *f, const char *key, const char *text)
{
	(void)fprintf(f, "  %-11s", key);
	utf8_put(f, *text ? text : "(not known)", 400, UTF8_ESCAPE_ODD);
	(void)fputs("\r\n", f);
}

/* For people. Base64, so that no text of the message can end a part or a line. */
static bool put_people(FILE *to, const struct notice *n)
{
	const struct dead_letter *l = n->letter;
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return false;
	(void)fputs("Your message could not be delivered, because it could not be "
		    "converted.\r\n\r\n",
	    f);
	put_row(f, "From:", dead_said(l, NULL, "sender"));
	put_row(f, "Subject:", dead_said(l, NULL, "subject"));
	put_row(f, "Message ID:", dead_said(l, NULL, "message_id"));
	put_row(f, "File:", l->name);
	(void)fprintf(
	    f, "  %-11s[%s] %s\r\n\r\n", "Reason:", n->reason->code, n->reason->text);
	utf8_put(f, dead_said(l, NULL, "text"), 400, UTF8_ESCAPE_ODD);
	(void)fputs(n->original != -1
			? "\r\nThe message is attached as it came.\r\n"
			: "\r\nThe message is too large to be attached.\r\n",
	    f);
	bool ok = fclose(f) == 0;
	struct base64 b = { .to = to };
	if (ok)
		base64_put(&b, text, size);
	base64_end(&b);
	free(text);
	return ok;
}

/* RFC 3464 sections 2.2 and 2.3. The recipients stand in the message, which is not
 * opened here: types that begin with x- are for such (section 2.1.2). */
static void put_status(FILE *f, const struct notice *n, time_t now)
{
	(void)fprintf(f, "Reporting-MTA: dns; %s\r\nArrival-Date: ", n->host);
	dead_return_put_date(f, (time_t)(n->letter->id >> 20) / 1000);
	(void)fprintf(f,
	    "\r\n\r\n"
	    "Final-Recipient: x-unknown; all recipients of the message\r\n"
	    "Action: failed\r\n"
	    "Status: %s\r\n"
	    "Diagnostic-Code: x-msmail; [%s] %s (",
	    n->reason->status, n->reason->code, n->reason->text);
	put_ascii(f, dead_verdict(n->letter), 40);
	(void)fputs(")\r\nLast-Attempt-Date: ", f);
	dead_return_put_date(f, (time_t)(n->letter->ended_ms / 1000));
	(void)fputs("\r\n", f);
	(void)now;
}

/* RFC 2231 section 4: a name of any bytes as a parameter. */
static void put_name(FILE *f, const char *name)
{
	int piece = 0, column = 0;

	for (; *name; name++) {
		if (column == 0)
			(void)fprintf(f, ";\r\n filename*%d*=%s", piece,
			    piece == 0 ? "utf-8''" : "");
		if (dead_return_is_plain(*name) || *name == '.' || *name == '-' ||
		    *name == '_')
			(void)fputc(*name, f);
		else
			(void)fprintf(f, "%%%02X", (unsigned)(uint8_t)*name);
		if (++column == 18) {
			column = 0;
			piece++;
		}
	}
}

static bool put_original(FILE *f, const struct notice *n)
{
	struct base64 b = { .to = f, .lines = true };
	char buffer[65536];
	ssize_t k;
	size_t sum = 0;

	(void)fputs("Content-Type: application/octet-stream\r\n"
		    "Content-Transfer-Encoding: base64\r\n"
		    "Content-Disposition: attachment",
	    f);
	put_name(f, n->letter->name);
	(void)fputs("\r\n\r\n", f);
	while ((k = read(n->original, buffer, sizeof buffer)) != 0) {
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return false;
		base64_put(&b, buffer, (size_t)k);
		sum += (size_t)k;
	}
	base64_end(&b);
	/* What is not whole must not be the only copy. */
	errno = EAGAIN;
	return sum == (size_t)n->letter->st.st_size;
}

/* RFC 6522 section 4: as much of the header as is known. */
static void put_known_header(FILE *f, const struct notice *n)
{
	const char *subject = dead_said(n->letter, NULL, "subject");
	const char *id = dead_said(n->letter, NULL, "message_id");

	(void)fprintf(
	    f, "Content-Type: text/rfc822-headers\r\n\r\nFrom: <%s>\r\n", n->to);
	if (*subject) {
		(void)fputs("Subject: ", f);
		dead_return_put_words(f, subject, SUBJECT_MAX);
		(void)fputs("\r\n", f);
	}
	if (is_message_id(id))
		(void)fprintf(f, "Message-ID: %s\r\n", id);
}

static bool write_notice(void *arg, FILE *f)
{
	const struct notice *n = arg;
	time_t now = time(NULL);
	char line[64];

	(void)snprintf(line, sizeof line, "\r\n--=_%016" PRIx64, n->letter->id);
	dead_return_put_header(f, n, now);
	(void)fprintf(f,
	    "%s\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    line);
	if (!put_people(f, n))
		return false;
	(void)fprintf(f, "%s\r\nContent-Type: message/delivery-status\r\n\r\n", line);
	put_status(f, n, now);
	(void)fprintf(f, "%s\r\n", line);
	if (n->original == -1)
		put_known_header(f, n);
	else if (!put_original(f, n))
		return false;
	(void)fprintf(f, "%s--\r\n", line);
	return true;
}

/* -1: too large, or no file. */
static int open_original(const struct dead_letter *l)
{
	struct stat st;

	if (!S_ISREG(l->st.st_mode) || l->st.st_size > DEAD_ATTACH_MAX)
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

bool dead_return(const struct dead_store *s, const struct dead_letter *l,
    const char *from, bool keep, struct dead_done *d)
{
	char to[DEAD_ADDRESS_SIZE], sender[DEAD_ADDRESS_SIZE], host[DEAD_ADDRESS_SIZE];
	char own[DEAD_ADDRESS_SIZE + 16];
	struct notice n = { .letter = l, .reason = dead_return_reason_of(l), .to = to };

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
	if (gethostname(host, sizeof host - 1) == -1)
		host[0] = '\0';
	host[sizeof host - 1] = '\0';
	if (!is_dotted(host, strlen(host), "-", 63))
		(void)snprintf(host, sizeof host, "localhost");
	(void)snprintf(own, sizeof own, "postmaster@%s", host);
	n.from = own;
	n.host = host;
	if (from) {
		if (!dead_address(from, sender)) {
			d->trouble = "--from is no address";
			return false;
		}
		n.from = sender;
		n.host = strrchr(sender, '@') + 1;
	}
	n.original = open_original(l);
	bool ok =
	    dead_deliver_notice(s, l, keep || n.original == -1, write_notice, &n, d);
	if (n.original != -1)
		(void)close(n.original);
	return ok;
}

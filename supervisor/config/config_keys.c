/* SPDX-License-Identifier: ISC */
#include "config/config_keys.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"
#include "proto/formats.h"

/* A key's type and the field it fills; compiles only when the two agree: null is a null
 * pointer to what the field must be. */
#define SLOT(null, field) \
	(offsetof(struct config, field) + \
	    0 * sizeof((null) == &((struct config *)0)->field))
#define NUMBER(field) SLOT((uint64_t *)0, field)
#define COUNT(field) KEY_COUNT, NUMBER(field)
#define SIZE(field) KEY_SIZE, NUMBER(field)
#define TIME(field) KEY_TIME, NUMBER(field)
#define MODE(field) KEY_MODE, NUMBER(field)
#define PERCENT(field) KEY_PERCENT, NUMBER(field)
#define TEXT(field) KEY_TEXT, SLOT((char **)0, field)
#define WORD(null, field) KEY_WORD, SLOT(null, field)

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define PIB (UINT64_C(1) << 50)

#define NOW true    /* a reload takes it over */
#define LATER false /* the next start does */

/* In the order of their enums in config.h. */
static const char *const formats[] = { "json", "text", NULL };
static const char *const levels[] = { "error", "warning", "info", "debug", NULL };
static const char *const http_serves[] = { "false", "true", NULL };
static const char *const reports[] = { "none", "lossy", "all", NULL };
static const char *const dkims[] = { "convert", "keep", NULL };
static const char *const stacks[] = { "false", "true", NULL };
static const char *const stores[] = { "refuse", "items", NULL };
static const char *const failures[] = { "dead", "passthrough", "both", NULL };
static const char *const sandboxes[] = { "auto", "require", "prefer", "off", NULL };
static const char *const freshness[] = { "worker", "message", NULL };

/* To add a key, add a field in config.h and a row here; the order is that of
 * config_print, keys of a group stand together. Charges have two digits in a message's
 * name, so no count of retries reaches 99. */
static const struct config_key keys[] = {
	{ "spool", LATER, TEXT(spool), "./spool", 0, 0, NULL, NULL,
	    "folder that holds the other folders" },

	{ "folders.incoming", LATER, TEXT(folders.incoming), NULL, 0, 0, NULL, NULL,
	    "messages to convert; null: <spool>/incoming" },
	{ "folders.outgoing", LATER, TEXT(folders.outgoing), NULL, 0, 0, NULL, NULL,
	    "results; null: <spool>/outgoing" },
	{ "folders.dead", LATER, TEXT(folders.dead), NULL, 0, 0, NULL, NULL,
	    "dead letters with their reports; null: <spool>/dead" },
	{ "folders.reports", LATER, TEXT(folders.reports), NULL, 0, 0, NULL, NULL,
	    "notes about converted messages; null: <spool>/reports" },

	{ "files.umask", LATER, MODE(files.umask), "0077", 0, 077, NULL, NULL,
	    "permission bits that no file or folder gets" },
	{ "files.folder_mode", LATER, MODE(files.folder_mode), "0700", 0700, 03777, NULL,
	    NULL, "mode of folders that the service makes" },
	{ "files.mode", LATER, MODE(files.mode), "0600", 0400, 0666, NULL, NULL,
	    "mode of results" },
	{ "files.owner", LATER, TEXT(files.owner), NULL, 0, 0, NULL, NULL,
	    "owner of results, a name or a number; null: the service's own" },
	{ "files.group", LATER, TEXT(files.group), NULL, 0, 0, NULL, NULL,
	    "group of results and folders, a name or a number; null: as it falls" },

	{ "intake.scan", NOW, TIME(intake.scan), "5s", 10, DAY, NULL, NULL,
	    "time between full scans of incoming" },
	{ "intake.ignore", LATER, TEXT(intake.ignore),
	    "*.tmp *.temp *.part *.partial *.filepart *.crdownload *.opdownload "
	    "*.download *.upload *.uploading *.aria2 *.!sync *.!ut *.!qb "
	    "*.crswap *.writing *.inprogress *.swp *.swx *~ ~* #*# Thumbs.db ehthumbs.db "
	    "desktop.ini",
	    0, 0, NULL, NULL,
	    "names that are left alone, whatever their case; spaces between them" },
	{ "intake.settle", NOW, KEY_REST, NUMBER(intake.settle), "auto", 0, HOUR, "auto",
	    NULL,
	    "time that a file must rest before it is taken; auto: 300ms where the kernel "
	    "tells who writes it, else 2s" },
	{ "intake.min_free", NOW, SIZE(intake.min_free), "64MiB", 0, PIB, NULL, NULL,
	    "free space below which no message is taken" },
	{ "intake.min_inodes", NOW, COUNT(intake.min_inodes), "1000", 0, 1000000000000,
	    NULL, NULL, "free inodes below which no message is taken" },

	{ "workers", NOW, COUNT(workers), "auto", 1, CONFIG_WORKERS_MAX, "auto", NULL,
	    "converter processes; auto: one for each CPU that may be used, and half as "
	    "many more, at least two" },
	{ "spares", NOW, COUNT(spares), "1", 0, 64, NULL, NULL,
	    "ready workers kept beyond that, to step in at once" },

	{ "fresh", NOW, WORD((enum fresh *)0, fresh), "worker", 0, 0, NULL, freshness,
	    "what gets a process of its own: a worker with message after message, or "
	    "each "
	    "message" },
	{ "sandbox", NOW, WORD((enum sandbox *)0, sandbox), "auto", 0, 0, NULL, sandboxes,
	    "what to do when a layer of the sandbox is missing" },

	{ "worker.program", NOW, TEXT(worker.program), NULL, 0, 0, NULL, NULL,
	    "the worker; null: beside bulkhead, else the installed one" },

	{ "convert.to", LATER, TEXT(convert.to), "mime", 0, 0, NULL, formats_targets,
	    "format of the results" },
	{ "convert.dkim", NOW, WORD((enum dkim *)0, convert.dkim), "convert", 0, 0, NULL,
	    dkims,
	    "a mail whose DKIM signature the conversion breaks: convert or keep it" },

	{ "limits.time", NOW, TIME(limits.time), "2m", 10, 7 * DAY, NULL, NULL,
	    "time for one message in all" },
	{ "limits.time_per_mib", NOW, TIME(limits.time_per_mib), "1s", 0, HOUR, NULL,
	    NULL, "more time in all for each MiB of the message" },
	{ "limits.silence", NOW, TIME(limits.silence), "30s", 10, 7 * DAY, NULL, NULL,
	    "time that a worker may say nothing" },
	{ "limits.cpu", NOW, TIME(limits.cpu), "1m", SECOND, 7 * DAY, NULL, NULL,
	    "processor time for one message" },
	{ "limits.sync", NOW, TIME(limits.sync), "5m", 10, 7 * DAY, NULL, NULL,
	    "time that the disk may take for one result" },
	{ "limits.memory", NOW, SIZE(limits.memory), "512MiB", 16 * MIB, TIB, NULL, NULL,
	    "memory of one worker" },
	{ "limits.output", NOW, SIZE(limits.output), "4GiB", KIB, PIB, NULL, NULL,
	    "size of one result, and of its scratch file" },
	{ "limits.growth", NOW, COUNT(limits.growth), "20", 2, 1000, NULL, NULL,
	    "how many times its size may be made of a message, beside the floor" },
	{ "limits.growth_floor", NOW, SIZE(limits.growth_floor), "16MiB", 64 * KIB, PIB,
	    NULL, NULL, "what may be made of the smallest message" },
	{ "limits.input", NOW, SIZE(limits.input), "any", 0, PIB, "any", NULL,
	    "size above which a message is refused" },
	{ "limits.start", NOW, TIME(limits.start), "30s", 10, HOUR, NULL, NULL,
	    "time from a worker's start to its being ready" },
	{ "limits.frame", NOW, TIME(limits.frame), "5s", 10, HOUR, NULL, NULL,
	    "time for the rest of a report that was begun" },
	{ "limits.stop", NOW, TIME(limits.stop), "8s", 0, HOUR, NULL, NULL,
	    "time to finish what is in hand when asked to stop" },

	{ "retry.crash", NOW, COUNT(retry.crash), "1", 0, 98, NULL, NULL,
	    "retries after a crash" },
	{ "retry.timeout", NOW, COUNT(retry.timeout), "1", 0, 98, NULL, NULL,
	    "retries after a timeout" },
	{ "retry.memory", NOW, COUNT(retry.memory), "1", 0, 98, NULL, NULL,
	    "retries after running out of memory or room for the output" },
	{ "retry.kills", NOW, COUNT(retry.kills), "3", 1, 98, NULL, NULL,
	    "deaths of the whole service while the message ran alone" },
	{ "retry.delay", NOW, TIME(retry.delay), "50ms", 0, HOUR, NULL, NULL,
	    "pause before a retry" },

	{ "breaker.window", NOW, COUNT(breaker.window), "50", 0, 1000, "off", NULL,
	    "last messages of which too many must have crashed for intake to stop" },
	{ "breaker.share", NOW, PERCENT(breaker.share), "50%", 0, 99, NULL, NULL,
	    "share of them that may crash" },

	{ "recycle.messages", NOW, COUNT(recycle.messages), "10000", 0, 1000000000,
	    "never", NULL, "messages after which a worker is replaced" },
	{ "recycle.age", NOW, TIME(recycle.age), "1h", 0, 365 * DAY, "never", NULL,
	    "age at which a worker is replaced" },
	{ "recycle.memory", NOW, SIZE(recycle.memory), "256MiB", 0, TIB, "never", NULL,
	    "resident memory at which a worker is replaced" },
	{ "recycle.jitter", NOW, PERCENT(recycle.jitter), "10%", 0, 100, NULL, NULL,
	    "spread of the three, so that workers are not replaced together" },

	{ "log.format", NOW, WORD((enum log_format *)0, log.format), "json", 0, 0, NULL,
	    formats, "form of the log on standard error" },
	{ "log.level", NOW, WORD((enum log_level *)0, log.level), "info", 0, 0, NULL,
	    levels, "least important events that are logged" },
	{ "log.burst", NOW, COUNT(log.burst), "200", 0, 1000000000, "off", NULL,
	    "equal events in a second after which only a summary is logged" },

	{ "dead.stderr", NOW, SIZE(dead.stderr_bytes), "8KiB", 0, MIB, NULL, NULL,
	    "bytes of a worker's standard error kept in a dead letter's "
	    "report" },
	{ "dead.stack", NOW, WORD((enum stack *)0, dead.stack), "false", 0, 0, NULL,
	    stacks,
	    "registers and stack of a dead worker kept in the report; they hold mail" },
	{ "dead.keep_age", NOW, TIME(dead.keep_age), "forever", SECOND, 3650 * DAY,
	    "forever", NULL,
	    "age at which a dead letter is removed, but never a group's last" },
	{ "dead.keep_bytes", NOW, SIZE(dead.keep_bytes), "all", KIB, PIB, "all", NULL,
	    "size of all dead letters above which the oldest are removed" },
	{ "dead.scan", NOW, TIME(dead.scan), "1h", 10, 30 * DAY, NULL, NULL,
	    "time between looks at the dead letters for that" },

	{ "http.serve", LATER, WORD((enum http_serve *)0, http.serve), "true", 0, 0, NULL,
	    http_serves, "speak HTTP on <spool>/http.sock, for this user only" },
	{ "http.listen", LATER, TEXT(http.listen), NULL, 0, 0, NULL, NULL,
	    "also on this address and port, such as 127.0.0.1:8025; null: no TCP" },
	{ "http.token_file", LATER, TEXT(http.token_file), NULL, 0, 0, NULL, NULL,
	    "file whose first line is the token for HTTP over TCP; null: none" },
	{ "http.hosts", LATER, TEXT(http.hosts), NULL, 0, 0, NULL, NULL,
	    "names by which it is asked over TCP, beside localhost; null: none" },
	{ "http.body", LATER, SIZE(http.body), "1GiB", KIB, PIB, NULL, NULL,
	    "largest message that is taken over HTTP" },
	{ "http.connections", LATER, COUNT(http.connections), "128", 1, 10000, NULL, NULL,
	    "HTTP connections at once" },
	{ "http.rate", LATER, COUNT(http.rate), "100", 0, 1000000, "any", NULL,
	    "HTTP requests a second from one address over TCP" },
	{ "http.wait", LATER, TIME(http.wait), "25s", 10, HOUR, NULL, NULL,
	    "time after which a conversion over HTTP becomes a job that is asked for" },

	{ "reports", NOW, WORD((enum reports *)0, reports), "lossy", 0, 0, NULL, reports,
	    "converted messages whose notes are kept in the folder reports" },
	{ "stores", NOW, WORD((enum take_stores *)0, stores), "items", 0, 0, NULL, stores,
	    "what becomes of a mailbox, an Outlook store or an archive in incoming" },
	{ "on_failure", NOW, WORD((enum on_failure *)0, on_failure), "dead", 0, 0, NULL,
	    failures, "where a message goes that cannot be converted" },
};

_Static_assert(sizeof keys / sizeof keys[0] <= CONFIG_KEYS_MAX, "config.h: sources");
_Static_assert(sizeof(enum log_format) == sizeof(unsigned) &&
		   sizeof(enum log_level) == sizeof(unsigned) &&
		   sizeof(enum reports) == sizeof(unsigned) &&
		   sizeof(enum dkim) == sizeof(unsigned) &&
		   sizeof(enum sandbox) == sizeof(unsigned) &&
		   sizeof(enum fresh) == sizeof(unsigned) &&
		   sizeof(enum stack) == sizeof(unsigned) &&
		   sizeof(enum http_serve) == sizeof(unsigned) &&
		   sizeof(enum take_stores) == sizeof(unsigned) &&
		   sizeof(enum on_failure) == sizeof(unsigned),
    "a word is kept as an unsigned");

/* Numbers: how they are written, and an example for people. */
static const struct {
	enum units units;
	const char *such;
} numbers[] = {
	[KEY_COUNT] = { UNITS_COUNT, "a whole number" },
	[KEY_SIZE] = { UNITS_SIZE, "a size such as 64KiB, 512MiB or 4GiB" },
	[KEY_TIME] = { UNITS_TIME, "a time such as 50ms, 30s or 1h" },
	[KEY_REST] = { UNITS_TIME, "a time such as 50ms, 30s or 1h" },
	[KEY_MODE] = { UNITS_MODE, "an octal mode such as 0750" },
	[KEY_PERCENT] = { UNITS_PERCENT, "a share such as 10%" },
};

const struct config_key *config_key_nth(size_t index)
{
	return index < sizeof keys / sizeof keys[0] ? &keys[index] : NULL;
}

static void *slot_of(const struct config_key *key, struct config *c)
{
	return (char *)c + key->slot;
}

static const void *config_keys_value_of(
    const struct config_key *key, const struct config *c)
{
	return (const char *)c + key->slot;
}

static uint64_t config_keys_number_of(
    const struct config_key *key, const struct config *c)
{
	return *(const uint64_t *)config_keys_value_of(key, c);
}

static unsigned word_of(const struct config_key *key, const struct config *c)
{
	return *(const unsigned *)config_keys_value_of(key, c);
}

static const char *config_keys_text_of(
    const struct config_key *key, const struct config *c)
{
	return *(const char *const *)config_keys_value_of(key, c);
}

static bool is_one_of(const char *const *choices, const char *text, unsigned *index)
{
	for (unsigned i = 0; choices[i]; i++)
		if (strcmp(choices[i], text) == 0) {
			*index = i;
			return true;
		}
	return false;
}

/* Text that can be a path, a line of the log and a line of YAML. */
static bool fit_text(const char *text)
{
	size_t left = strlen(text), n = 0;

	if (left == 0 || left >= PATH_MAX)
		return false;
	for (uint32_t code = 0; left > 0; text += n, left -= n) {
		n = utf8_char(text, left, &code);
		if (n == 0 || !utf8_printable(code))
			return false;
	}
	return true;
}

static bool set_text(const struct config_key *key, struct config *c, const char *text)
{
	unsigned index = 0;
	char *copy = NULL;

	if (!text && key->fallback) {
		errno = EINVAL;
		return false;
	}
	if (text && (!fit_text(text) ||
			(key->choices && !is_one_of(key->choices, text, &index)))) {
		errno = EINVAL;
		return false;
	}
	if (text && !(copy = strdup(text)))
		return false;
	char **slot = slot_of(key, c);
	free(*slot);
	*slot = copy;
	return true;
}

static uint64_t word_number(const struct config_key *key)
{
	return key->type == KEY_REST ? CONFIG_SETTLE_AUTO : 0;
}

static bool in_range(const struct config_key *key, uint64_t n)
{
	if (key->type == KEY_MODE)
		return (n & key->min) == key->min && (n & ~key->max) == 0;
	return n >= key->min && n <= key->max;
}

bool config_key_set(const struct config_key *key, struct config *c, const char *text)
{
	uint64_t n = 0;
	unsigned index = 0;

	if (key->type == KEY_TEXT)
		return set_text(key, c, text);
	errno = EINVAL;
	if (!text)
		return false;
	if (key->type == KEY_WORD) {
		if (!is_one_of(key->choices, text, &index))
			return false;
		*(unsigned *)slot_of(key, c) = index;
		return true;
	}
	if (key->zero && strcmp(key->zero, text) == 0)
		n = word_number(key);
	else if (!units_parse(numbers[key->type].units, text, &n) || !in_range(key, n))
		return false;
	*(uint64_t *)slot_of(key, c) = n;
	return true;
}

void config_key_allowed(const struct config_key *key, FILE *to)
{
	char min[UNITS_TEXT], max[UNITS_TEXT];

	if (key->choices) {
		for (unsigned i = 0; key->choices[i]; i++)
			(void)fprintf(to, "%s%s",
			    i == 0                ? ""
			    : key->choices[i + 1] ? ", "
						  : " or ",
			    key->choices[i]);
		return;
	}
	if (key->type == KEY_TEXT) {
		(void)fputs("printable UTF-8 text of 1 to 4095 bytes", to);
		return;
	}
	units_format(numbers[key->type].units, key->min, min);
	units_format(numbers[key->type].units, key->max, max);
	(void)fputs(numbers[key->type].such, to);
	if (key->type != KEY_MODE)
		(void)fprintf(to, ", from %s to %s", min, max);
	else if (key->min > 0)
		(void)fprintf(to, ", at least %s and within %s", min, max);
	else
		(void)fprintf(to, ", within %s", max);
	if (key->zero)
		(void)fprintf(to, ", or %s", key->zero);
}

const char *config_key_get(const struct config_key *key, const struct config *c)
{
	static char number[UNITS_TEXT];

	if (key->type == KEY_TEXT)
		return config_keys_text_of(key, c);
	if (key->type == KEY_WORD)
		return key->choices[word_of(key, c)];
	uint64_t n = config_keys_number_of(key, c);
	if (n == word_number(key) && key->zero)
		return key->zero;
	units_format(numbers[key->type].units, n, number);
	return number;
}

bool config_key_equal(
    const struct config_key *key, const struct config *a, const struct config *b)
{
	if (key->type == KEY_TEXT) {
		const char *s = config_keys_text_of(key, a),
			   *t = config_keys_text_of(key, b);
		return s && t ? strcmp(s, t) == 0 : s == t;
	}
	if (key->type == KEY_WORD)
		return word_of(key, a) == word_of(key, b);
	return config_keys_number_of(key, a) == config_keys_number_of(key, b);
}

void config_key_swap(const struct config_key *key, struct config *a, struct config *b)
{
	size_t n = key->type == KEY_TEXT   ? sizeof(char *)
		   : key->type == KEY_WORD ? sizeof(unsigned)
					   : sizeof(uint64_t);
	unsigned char kept[sizeof(uint64_t)];

	memcpy(kept, slot_of(key, a), n);
	memcpy(slot_of(key, a), slot_of(key, b), n);
	memcpy(slot_of(key, b), kept, n);
}

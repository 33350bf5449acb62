/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attempt/document.h"
#include "base/fnv.h"
#include "convert/convert_private.h"
#include "files/copy.h"
#include "files/naming.h"

/*
 * --dead: what failed lies in two folders there, messages/ and reports/, at the place of
 * its input. Reports carry their input's origin: so that of another input of the same
 * place stays, and what was mended since is forgotten.
 */

static const char messages[] = "messages", reports[] = "reports";

/* Of a report, which is no result. */
static struct origin aside_origin(const struct input *i)
{
	struct origin origin = i->origin;

	if (origin.place == 0) /* of a store's item */
		origin.place = fnv_text(FNV_BASIS, i->path);
	(void)snprintf(origin.target, sizeof origin.target, "dead");
	return origin;
}

static char *aside_sub(const struct input *i, const char *kind)
{
	char *sub = NULL;

	return asprintf(&sub, "%s%s%s", kind, *i->claim.sub ? "/" : "", i->claim.sub) ==
		       -1
		   ? NULL
		   : sub;
}

/* The name of its number's message, or report. */
static void aside_name(
    const struct input *i, unsigned number, const char *extension, char to[NAME_SIZE])
{
	char name[NAME_SIZE];

	naming_result(i->claim.name, "", name);
	if (number > 1)
		naming_number(name, number, to);
	else
		(void)snprintf(to, NAME_SIZE, "%s", name);
	(void)snprintf(name, sizeof name, "%s", to);
	naming_result(name, extension, to);
}

/* The number under which this input lies there. found false: it does not seem to lie
 * there, and this number is free for it. */
static unsigned aside_number(const struct input *i, const char *sub, bool *found)
{
	enum { MOST = 10000 };
	const struct origin ours = aside_origin(i);
	char name[NAME_SIZE];
	struct origin is;
	struct stat st;
	unsigned n = 1;

	*found = false;
	for (; n < MOST; n++) {
		aside_name(i, n, ".json", name);
		int folder = results_look(i->run->aside, sub, name, &st);
		if (folder == -1)
			break;
		int fd = openat(folder, name,
		    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
		enum origin_told told = fd == -1 ? ORIGIN_NONE : origin_read(fd, &is);
		if (fd != -1)
			(void)close(fd);
		*found = (told == ORIGIN_KEPT || told == ORIGIN_CHANGED) &&
			 origin_same_input(&is, &ours);
		if (*found || told == ORIGIN_UNKNOWN)
			break;
	}
	return n;
}

/* text NULL: the message. */
static bool aside_put(
    struct input *i, const char *sub, const char *name, const char *text, size_t n)
{
	struct run *r = i->run;
	struct result result = { .fd = -1 };
	const struct origin origin = aside_origin(i);
	uint64_t offset = 0, bytes = (uint64_t)i->st.st_size;
	int fd = i->fd;
	bool ok = false;

	if (!text && i->item && !store_bytes(i, &fd, &offset, &bytes))
		return true; /* it has no bytes of its own: the report must do */
	if (result_begin(r->aside, &result)) {
		ok = text ? copy_put(result.fd, text, n)
			  : copy_range(fd, offset, bytes, result.fd);
		ok = ok &&
		     (r->options->sync == CONVERT_SYNC_NONE || fsync(result.fd) == 0);
		if (ok)
			(void)origin_mark(result.fd, &origin);
		ok = ok && result_publish(&result, sub, name, true,
			       r->options->sync == CONVERT_SYNC_EACH);
	}
	int saved = errno;
	result_end(&result);
	errno = saved;
	return ok;
}

void aside_bury(struct input *i)
{
	struct claim claim = i->claim;
	const struct document_of about = { &claim, (uint64_t)i->st.st_size, &i->outcome,
		i->run->config, NULL };
	char *of_message = aside_sub(i, messages), *of_report = aside_sub(i, reports);
	char name[NAME_SIZE];
	bool found, ok = false;
	size_t n = 0;

	claim.id = 0; /* a number of this run only */
	char *text = document_letter(&about, &n);
	if (text && of_message && of_report) {
		unsigned number = aside_number(i, of_report, &found);
		/* The report first: whoever finds the message finds its reason. */
		aside_name(i, number, ".json", name);
		ok = aside_put(i, of_report, name, text, n);
		aside_name(i, number, "", name);
		ok = ok && aside_put(i, of_message, name, NULL, 0);
	}
	if (!ok)
		tell_trouble(i->run, i->path, "cannot be put aside", strerror(errno));
	free(text);
	free(of_message);
	free(of_report);
}

static bool aside_remove(struct input *i, const char *sub, const char *name)
{
	struct stat st;
	int folder = results_look(i->run->aside, sub, name, &st);

	return folder == -1 || !S_ISREG(st.st_mode) || unlinkat(folder, name, 0) == 0;
}

void aside_forget(struct input *i)
{
	char *of_message = aside_sub(i, messages), *of_report = aside_sub(i, reports);
	char name[NAME_SIZE];
	bool found, ok = of_message && of_report;

	if (ok) {
		unsigned number = aside_number(i, of_report, &found);
		/* The message first: a message without a reason would be a riddle. */
		aside_name(i, number, "", name);
		ok = !found || aside_remove(i, of_message, name);
		aside_name(i, number, ".json", name);
		ok = ok && (!found || aside_remove(i, of_report, name));
	}
	if (!ok)
		tell_trouble(i->run, i->path, "its dead letter cannot be removed",
		    strerror(errno));
	free(of_message);
	free(of_report);
}

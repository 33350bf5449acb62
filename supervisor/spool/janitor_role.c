/* SPDX-License-Identifier: ISC */
#include "spool/janitor.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "files/folder.h"
#include "spool/janitor_wire.h"

/* The folder under scan. */
static struct {
	DIR *dir;
	char sub[JANITOR_SUB_MAX + 1];
	struct dirent *kept; /* read, but the last answer was full */
} scan;

/* Any failure here ends the process: the supervisor starts another. */
static void janitor_role_reply(const struct janitor_answer *a, size_t text)
{
	const size_t n = offsetof(struct janitor_answer, text) + text;

	while (send(JANITOR_SOCKET, a, n, MSG_NOSIGNAL) == -1)
		if (errno != EINTR)
			_exit(EXIT_FAILURE);
}

/* While there is work, something is said every ALIVE_MS. */
static void janitor_role_tell(uint64_t done, uint64_t of)
{
	enum { ALIVE_MS = 500 };
	static struct janitor_answer a = { .kind = JANITOR_ALIVE };
	static uint64_t last;
	uint64_t now = clock_ms();

	if (now - last < ALIVE_MS)
		return;
	last = now;
	a.done = done;
	a.of = of;
	janitor_role_reply(&a, 0);
}

/* Of a large copy: half of the time is left to others who use the disk, the memory and
 * the processors. Small mail takes no longer beside it than on a machine half as fast. */
static void porter_tell(uint64_t done, uint64_t of)
{
	enum { REST_MS = 200 }; /* at most: a disk that hangs has had its rest */
	static uint64_t rested;
	uint64_t now = clock_ms(), took = now - rested;

	janitor_role_tell(done, of);
	if (rested > 0 && took > 0) {
		uint64_t ms = took < REST_MS ? took : REST_MS;
		(void)nanosleep(
		    &(struct timespec){ .tv_nsec = (long)(ms * 1000000) }, NULL);
	}
	rested = clock_ms();
}

/* Is it a chore, whole, as the supervisor writes it? left: bytes from its beginning on.
 */
static bool janitor_role_is_chore(const struct janitor_chore *c, size_t left)
{
	const size_t head = offsetof(struct janitor_chore, text);

	return left >= head && c->size <= left &&
	       c->size % _Alignof(struct janitor_chore) == 0 &&
	       c->sub <= JANITOR_SUB_MAX && c->name < NAME_SIZE &&
	       c->size >= head + c->sub + 1U + c->name + 1U && c->text[c->sub] == '\0' &&
	       c->text[c->sub + 1U + c->name] == '\0';
}

/* Wait for chores; they stay until the next call. Returns how many; 0: there is no
 * supervisor any more. */
static size_t janitor_role_receive(struct janitor_chore *chores[JANITOR_BATCH])
{
	static _Alignas(struct janitor_chore) char packet[JANITOR_PACKET];
	size_t count = 0;
	ssize_t n;

	do
		n = recv(JANITOR_SOCKET, packet, sizeof packet, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		_exit(EXIT_FAILURE);
	for (size_t at = 0; at < (size_t)n; at += chores[count++]->size) {
		chores[count] = (void *)(packet + at);
		assert(count < JANITOR_BATCH &&
		       janitor_role_is_chore(chores[count], (size_t)n - at));
	}
	return count;
}

static bool open_scan(const char *sub)
{
	if (scan.dir)
		(void)closedir(scan.dir);
	scan.dir = NULL;
	scan.kept = NULL;
	scan.dir = folder_list(JANITOR_INCOMING, sub);
	if (!scan.dir)
		return false;
	(void)snprintf(scan.sub, sizeof scan.sub, "%.*s", JANITOR_SUB_MAX, sub);
	return true;
}

static bool janitor_role_is_folder(const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(dirfd(scan.dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* Fill an answer with the next names; returns the bytes of text used. */
static size_t read_names(struct janitor_answer *a)
{
	size_t used = 0;

	while (a->count < JANITOR_NAMES) {
		errno = 0;
		struct dirent *e = scan.kept ? scan.kept : readdir(scan.dir);
		scan.kept = NULL;
		if (!e) {
			a->error = errno;
			a->end = true;
			break;
		}
		if (name_ignored(e->d_name, NULL))
			continue;
		size_t n = strlen(e->d_name) + 1;
		if (n + 1 > sizeof a->text - used) {
			scan.kept = e;
			break;
		}
		a->text[used++] = janitor_role_is_folder(e) ? 'd' : 'f';
		memcpy(a->text + used, e->d_name, n);
		used += n;
		a->count++;
	}
	return used;
}

static void scan_some(const struct janitor_chore *c)
{
	static struct janitor_answer a;
	size_t used = 0;

	memset(&a, 0, offsetof(struct janitor_answer, text));
	a.kind = JANITOR_SCAN;
	a.sequence = c->sequence;
	/* Asked to go on, but we are new: from the beginning. Names offered twice do no
	   harm, names never offered would. */
	bool going_on = !c->restart && scan.dir && strcmp(scan.sub, c->text) == 0;
	if (going_on || open_scan(c->text)) {
		used = read_names(&a);
	} else {
		a.error = errno;
		a.end = true;
	}
	if (a.end && scan.dir) {
		(void)closedir(scan.dir);
		scan.dir = NULL;
	}
	janitor_role_reply(&a, used);
}

/* Nothing is to be said of it. */
static bool is_plainly_settled(const struct settlement *s)
{
	return s->error == 0 && !s->where;
}

/* All of these in one answer. */
static void tell_settled(
    struct janitor_chore *const *chores, const struct settlement *work, size_t count)
{
	struct janitor_answer a;
	size_t used = 0;

	memset(&a, 0, offsetof(struct janitor_answer, text));
	a.kind = JANITOR_SETTLE;
	for (size_t i = 0; i < count; i++)
		if (is_plainly_settled(&work[i])) {
			memcpy(a.text + used, &chores[i]->sequence,
			    sizeof chores[i]->sequence);
			used += sizeof chores[i]->sequence;
			a.count++;
		}
	if (a.count > 0)
		janitor_role_reply(&a, used);
}

static void settle_some(
    const struct places *p, struct janitor_chore *const *chores, size_t count)
{
	struct claim claims[JANITOR_BATCH];
	struct settlement work[JANITOR_BATCH];
	struct janitor_answer a;

	for (size_t i = 0; i < count; i++) {
		struct janitor_chore *c = chores[i];
		claims[i] = (struct claim){ .id = c->id,
			.charges = c->charges,
			.unmade = c->unmade,
			.sub = c->text,
			.name = c->text + c->sub + 1 };
		work[i] = (struct settlement){ .claim = &claims[i], .plan = c->plan };
	}
	settle(p, work, count);
	tell_settled(chores, work, count);
	for (size_t i = 0; i < count; i++) {
		if (is_plainly_settled(&work[i]))
			continue;
		memset(&a, 0, offsetof(struct janitor_answer, text));
		a.kind = JANITOR_SETTLE;
		a.sequence = chores[i]->sequence;
		a.error = work[i].error;
		(void)snprintf(
		    a.where, sizeof a.where, "%s", work[i].where ? work[i].where : "");
		janitor_role_reply(&a, 0);
	}
}

/* One round: wait for chores, list folders at once, settle the rest together. */
static bool janitor_role_serve(const struct places *p)
{
	struct janitor_chore *chores[JANITOR_BATCH];
	const size_t count = janitor_role_receive(chores);
	size_t settled = 0;

	for (size_t i = 0; i < count; i++) {
		if (chores[i]->kind == JANITOR_SCAN)
			scan_some(chores[i]);
		else
			chores[settled++] = chores[i];
	}
	if (settled > 0)
		settle_some(p, chores, settled);
	return count > 0;
}

/* Die with the supervisor. */
static bool tie_to_parent(long parent)
{
	program_ignore_signals();
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == (pid_t)parent;
}

/* To copy whatever takes long, behind all others who use the disk. */
static void become_porter(struct places *p)
{
	/* ioprio_set(2): the lowest level of the best-effort class, of this process. */
	enum {
		WHO_PROCESS = 1,
		CLASS_BEST_EFFORT = 2,
		CLASS_SHIFT = 13,
		LOWEST = 7,
		NICEST = 19
	};

	p->copy_most = UINT64_MAX;
	p->tell = porter_tell;
	(void)setpriority(PRIO_PROCESS, 0, NICEST);
	(void)syscall(
	    SYS_ioprio_set, WHO_PROCESS, 0, CLASS_BEST_EFFORT << CLASS_SHIFT | LOWEST);
}

int janitor_main(int argc, char **argv)
{
	struct places p = { .active = JANITOR_ACTIVE,
		.outgoing = JANITOR_OUTGOING,
		.dead = JANITOR_DEAD,
		.reports = JANITOR_REPORTS,
		.copy_most = JANITOR_COPY_MOST,
		.tell = janitor_role_tell };
	char *end = NULL;

	if (argc != JANITOR_ARGS ||
	    strtol(argv[JANITOR_ARG_VERSION], &end, 10) != JANITOR_VERSION || *end ||
	    fcntl(JANITOR_SOCKET, F_GETFD) == -1) {
		(void)fputs("janitor: started by the supervisor only\n", stderr);
		return EXIT_FAILURE;
	}
	if (!tie_to_parent(strtol(argv[JANITOR_ARG_PARENT], NULL, 10)))
		return EXIT_FAILURE;
	if (strcmp(argv[JANITOR_ARG_VERB], PORTER_VERB) == 0)
		become_porter(&p);
	p.folder_mode = (unsigned)strtoul(argv[JANITOR_ARG_FOLDER_MODE], NULL, 8);
	p.dead_is_near = strcmp(argv[JANITOR_ARG_DEAD_IS_NEAR], "1") == 0;
	p.results.mode = (unsigned)strtoul(argv[JANITOR_ARG_MODE], NULL, 8);
	p.results.owner = (uid_t)strtoul(argv[JANITOR_ARG_OWNER], NULL, 10);
	p.results.group = (gid_t)strtoul(argv[JANITOR_ARG_GROUP], NULL, 10);
	p.extension = argv[JANITOR_ARG_EXTENSION];
	p.outgoing_path = argv[JANITOR_ARG_OUTGOING];
	p.dead_path = argv[JANITOR_ARG_DEAD];
	p.reports_path = argv[JANITOR_ARG_REPORTS];
	for (int i = 0; i < STAGES; i++)
		p.tmp[i] = JANITOR_TMP + i;
	while (janitor_role_serve(&p))
		;
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: ISC */
/* What bulkhead filter makes of a service's answers: a real socket, and a service that
 * says what the row has. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door/door_wire.h"
#include "filter/filter.h"

static char ground[] = "/tmp/bulkhead-filter-XXXXXX";
static int folder, listening;
static struct config *config;

static void set_up(void)
{
	char *none[] = { NULL };

	(void)signal(SIGPIPE, SIG_IGN);
	cr_assert(mkdtemp(ground));
	folder = open(ground, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	config = config_load(NULL, none, NULL, 0, stderr);
	listening = folder == -1 ? -1 : door_listen(folder, 0600);
	cr_assert(config && listening != -1);
}

static void tear_down(void)
{
	(void)unlinkat(folder, DOOR_SOCKET, 0);
	(void)close(folder);
	(void)rmdir(ground);
	config_free(config);
}

TestSuite(filter, .init = set_up, .fini = tear_down, .timeout = 300);

enum file { NO_FILE, READ_ONLY, WRITABLE };

struct said {
	const char *about;
	Bulkhead__Door__Ended__How how;
	const char *verdict;
	uint64_t id;
	enum file file;
	const char *text; /* in the file */
	uint64_t bytes;   /* as it says */
	bool begun;       /* Begun comes before */
	bool raw;         /* text is sent as it is */
	bool answered;    /* what filter_ask is to return */
	enum verdict is;
};

static int file_of(const struct said *s)
{
	char path[64];
	int fd = memfd_create("file", MFD_CLOEXEC), again;

	if (fd == -1 || write(fd, s->text, strlen(s->text)) != (ssize_t)strlen(s->text))
		_exit(3);
	if (s->file == WRITABLE)
		return fd;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	return again;
}

/* The service: one client, its request, the answer of the row. */
static void serve(const struct said *s)
{
	Bulkhead__Door__Answer a = BULKHEAD__DOOR__ANSWER__INIT;
	Bulkhead__Door__Begun begun = BULKHEAD__DOOR__BEGUN__INIT;
	Bulkhead__Door__Ended ended = BULKHEAD__DOOR__ENDED__INIT;
	Bulkhead__Door__Request *r = NULL;
	int fds[DOOR_FILES], client;

	(void)fcntl(listening, F_SETFL, 0);
	client = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (client == -1 || door_receive_request(client, &r, fds) != 1 ||
	    r->kind_case != BULKHEAD__DOOR__REQUEST__KIND_CONVERT || fds[0] == -1)
		_exit(1);
	if (s->begun) {
		a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_BEGUN;
		a.begun = &begun;
		if (!door_send_answer(client, &a, NULL, 0))
			_exit(2);
	}
	if (s->raw)
		_exit(send(client, s->text, strlen(s->text), 0) == -1);
	if (!s->verdict)
		_exit(0);
	a.kind_case = BULKHEAD__DOOR__ANSWER__KIND_ENDED;
	a.ended = &ended;
	ended.how = s->how;
	ended.id = s->id;
	ended.verdict = (char *)s->verdict;
	ended.reason = (char *)"why";
	ended.bytes = s->bytes;
	ended.lost = 7;
	int fd = s->file == NO_FILE ? -1 : file_of(s);
	_exit(!door_send_answer(client, &a, &fd, fd != -1));
}

static bool answer(const struct said *s, struct filter_outcome *o)
{
	int input = memfd_create("input", MFD_CLOEXEC), status;
	const struct filter_message m = {
		.config = config, .spool = folder, .input = input, .bytes = 1
	};
	pid_t service = fork();

	cr_assert(service != -1 && input != -1);
	if (service == 0)
		serve(s);
	bool answered = filter_ask(&m, o);
	(void)close(input);
	cr_assert_eq(waitpid(service, &status, 0), service);
	cr_expect(
	    WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: %d", s->about, status);
	return answered;
}

#define GOOD BULKHEAD__DOOR__ENDED__HOW__GOOD
#define BAD BULKHEAD__DOOR__ENDED__HOW__BAD
#define LATE BULKHEAD__DOOR__ENDED__HOW__LATE
#define MINE BULKHEAD__DOOR__ENDED__HOW__TROUBLE

static const struct said rows[] = {
	{ "converted", GOOD, "done", 1, READ_ONLY, "mail", .bytes = 4, .answered = true,
	    .is = VERDICT_DONE },
	{ "begun, then converted", GOOD, "done", 1, READ_ONLY, "mail", .bytes = 4,
	    .begun = true, .answered = true, .is = VERDICT_DONE },
	{ "crashed, with its report", BAD, "crashed", 1, READ_ONLY, "{}", .bytes = 2,
	    .answered = true, .is = VERDICT_CRASHED },
	{ "refused, with its report", BAD, "refused", 1, READ_ONLY, "{}", .bytes = 2,
	    .answered = true, .is = VERDICT_REFUSED },
	{ "no worker in time", LATE, "infrastructure", 1, NO_FILE, "", .bytes = 0,
	    .answered = true, .is = VERDICT_INFRASTRUCTURE },
	{ "the service's trouble", MINE, "infrastructure", 1, NO_FILE, "", .bytes = 0 },
	{ "good without a result", GOOD, "done", 1, NO_FILE, "", .bytes = 4 },
	{ "a result of another length", GOOD, "done", 1, READ_ONLY, "mail", .bytes = 5 },
	{ "a result that can be written", GOOD, "done", 1, WRITABLE, "mail", .bytes = 4 },
	{ "good, but crashed", GOOD, "crashed", 1, READ_ONLY, "mail", .bytes = 4 },
	{ "bad, but done", BAD, "done", 1, READ_ONLY, "{}", .bytes = 2 },
	{ "bad for our own reason", BAD, "infrastructure", 1, READ_ONLY, "{}",
	    .bytes = 2 },
	{ "bad without a report", BAD, "crashed", 1, NO_FILE, "", .bytes = 2 },
	{ "a report of no bytes", BAD, "crashed", 1, READ_ONLY, "", .bytes = 0 },
	{ "a report that is too long", BAD, "crashed", 1, READ_ONLY, "{}",
	    .bytes = 2 << 20 },
	{ "a report that is cut", BAD, "crashed", 1, READ_ONLY, "{}", .bytes = 3 },
	{ "no such verdict", GOOD, "splendid", 1, READ_ONLY, "mail", .bytes = 4 },
	{ "without an id", GOOD, "done", 0, READ_ONLY, "mail", .bytes = 4 },
	{ "gone without a word", .text = "" },
	{ "gone after it began", .text = "", .begun = true },
	{ "bytes that are no answer", .text = "\xff\xff\xff\xff", .raw = true },
};

Test(filter, believes_what_makes_sense)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct said *s = &rows[i];
		struct filter_outcome o = { .result = -1 };
		cr_expect_eq(answer(s, &o), s->answered, "%s", s->about);
		if (!s->answered) {
			cr_expect(o.result == -1 && !o.report, "%s", s->about);
			continue;
		}
		cr_expect_eq(o.verdict, s->is, "%s", s->about);
		cr_expect_eq(o.result != -1, s->how == GOOD, "%s", s->about);
		cr_expect_eq(o.report != NULL, s->how == BAD, "%s", s->about);
		cr_expect_str_eq(o.why, "why", "%s", s->about);
		cr_expect_eq(o.note[2], 7, "%s", s->about);
		filter_outcome_clear(&o);
		cr_expect(o.result == -1 && !o.report, "%s", s->about);
	}
}

Test(filter, without_a_service_it_says_so)
{
	struct filter_outcome o = { .result = -1 };
	struct filter_message m = { .config = config, .spool = -1, .input = -1 };

	cr_expect_not(filter_ask(&m, &o), "no spool");
	m.spool = folder;
	(void)close(listening);
	cr_expect_not(filter_ask(&m, &o), "nobody listens");
	cr_expect_eq(o.result, -1);
}

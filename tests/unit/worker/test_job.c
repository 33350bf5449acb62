/* SPDX-License-Identifier: ISC */
#include "worker.h"

#include <sys/prctl.h>

#define PLAIN \
	"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: hi\r\n" \
	"Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n" \
	"Content-Type: text/plain\r\n\r\nnothing to convert\r\n"

Test(job, ready_comes_first_and_end_of_orders_retires)
{
	struct worker w = start((const char *[]){ built(WORKER), NULL });
	Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_READY);

	cr_expect_eq(r->ready->protocol, CHANNEL_PROTOCOL);
	cr_expect_eq(strncmp(r->ready->build, BULKHEAD_VERSION " ", 6), 0);
	cr_expect_eq(
	    strlen(r->ready->build), sizeof BULKHEAD_VERSION + 40, "%s", r->ready->build);
	cr_expect_eq(w.box->magic, BLACKBOX_MAGIC);
	cr_expect_eq(w.box->size, sizeof *w.box);
	cr_expect_eq(w.box->job, 0);
	cr_assert_gt(w.box->module_count, 2);
	cr_expect_str_eq(w.box->modules[0].name, "bulkhead-worker");
	bulkhead__answer__free_unpacked(r, NULL);
	retire(&w);
}

static int run_plainly(const char *const arguments[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)close_range(3, ~0U, 0);
		(void)dup2(open("/dev/null", O_RDWR), 1);
		(void)dup2(1, 2);
		(void)execv(arguments[0], (char **)(uintptr_t)arguments);
		_exit(98);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

Test(job, only_the_supervisor_starts_it)
{
	int status = run_plainly((const char *[]){ built(WORKER), NULL });
	cr_expect_eq(WEXITSTATUS(status), CHANNEL_EXIT_SETUP);
	status = run_plainly((const char *[]){ built(WORKER), "--version", NULL });
	cr_expect_eq(WEXITSTATUS(status), 0);
}

static const char *const wrong_arguments[] = { "memory", "memory=", "memory=x",
	"memory=1x", "memory=-1", "memory= 1", "memory=99999999999999999999", "x=1", "" };

Test(job, wrong_arguments_are_named)
{
	for (size_t i = 0; i < sizeof wrong_arguments / sizeof wrong_arguments[0]; i++) {
		struct worker w =
		    start((const char *[]){ built(WORKER), wrong_arguments[i], NULL });
		EXPECT_EXIT(&w, CHANNEL_EXIT_SETUP);
	}
}

Test(job, another_parent_means_it_died)
{
	struct worker w = start((const char *[]){ built(WORKER), "parent=1", NULL });
	EXPECT_EXIT(&w, CHANNEL_EXIT_SETUP);
}

Test(job, mime_without_tnef_passes_through)
{
	struct worker w = start_ready(WORKER, NULL);

	for (int i = 0; i < 3; i++) {
		char back[sizeof PLAIN] = "";
		give(&w, PLAIN, strlen(PLAIN), "mime", i == 2);
		Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_FACTS);
		cr_expect_str_eq(r->facts->format, "mime");
		cr_expect_str_eq(r->facts->subject, "hi");
		cr_expect_str_eq(r->facts->message_id, "<1@example.org>");
		cr_expect_not_null(strstr(r->facts->sender, "ann@example.org"));
		bulkhead__answer__free_unpacked(r, NULL);
		if (i == 2)
			expect(&w, BULKHEAD__ANSWER__KIND_SYNCING);
		r = expect_answer(&w, BULKHEAD__ANSWER__KIND_DONE);
		cr_expect_eq(r->done->outcome, BULKHEAD__DONE__OUTCOME__PASSED);
		cr_expect_eq(r->done->output, strlen(PLAIN));
		bulkhead__answer__free_unpacked(r, NULL);
		/* Nobody can write it any more. */
		int fd = open(w.output, O_RDONLY | O_CLOEXEC);
		cr_expect_eq(fcntl(fd, F_SETLEASE, F_RDLCK), 0, "%s", strerror(errno));
		cr_expect_eq(read(fd, back, sizeof back), strlen(PLAIN));
		cr_expect_str_eq(back, PLAIN);
		(void)close(fd);
		cr_expect_eq(w.box->job, 0);
	}
	retire(&w);
}

/* The supervisor gives it to the same worker again. */
Test(job, leaves_nothing_in_its_scratch_file)
{
	static const char head[] = "From: ann@example.org\r\nContent-Type: "
				   "application/octet-stream; name=a.bin\r\n"
				   "Content-Transfer-Encoding: base64\r\n\r\n";
	enum { LINES = 60000, LINE = 78 };
	struct worker w = start_ready(WORKER, NULL);
	char *mail = malloc(sizeof head + (size_t)LINES * LINE);
	struct stat st;

	cr_assert_not_null(mail);
	size_t n = (size_t)(stpcpy(mail, head) - mail);
	for (int i = 0; i < LINES; i++) {
		memset(mail + n, 'A' + i % 26, LINE - 2);
		memcpy(mail + n + LINE - 2, "\r\n", 2);
		n += LINE;
	}
	give(&w, mail, n, "json", false);
	expect(&w, BULKHEAD__ANSWER__KIND_FACTS);
	expect(&w, BULKHEAD__ANSWER__KIND_DONE);
	cr_assert_eq(fstat(w.scratch, &st), 0);
	cr_expect_eq(st.st_size, 0);
	cr_expect_eq(st.st_blocks, 0);
	cr_expect(
	    st.st_mtim.tv_sec != w.made.tv_sec || st.st_mtim.tv_nsec != w.made.tv_nsec,
	    "it was used");
	free(mail);
	retire(&w);
}

static void expect_refused(struct worker *w, const char *why)
{
	Bulkhead__Answer *r = expect_answer(w, BULKHEAD__ANSWER__KIND_REFUSED);
	cr_expect_not_null(strstr(r->refused->reason, why), "%s", r->refused->reason);
	cr_expect_str_eq(r->refused->part, "message");
	bulkhead__answer__free_unpacked(r, NULL);
}

Test(job, what_nobody_knows_is_refused_by_its_first_bytes)
{
	struct worker w = start_ready(WORKER, NULL);

	give(&w, "", 0, "mime", false);
	expect_refused(&w, "empty");
	give(&w, "\0\1\2\xff no", 7, "mime", false);
	expect_refused(&w, "00 01 02 ff 20 6e 6f");
	give(&w, PLAIN, strlen(PLAIN), "clay", false);
	expect_refused(&w, "clay");
	retire(&w);
}

/* What breaks the channel ends the worker: there is nobody to tell. */
static void give_raw(const void *packet, size_t n, size_t descriptors)
{
	struct worker w = start_ready(WORKER, NULL);
	int fd[] = { 0, 0, 0, 0 };

	send_packet(&w, packet, n, fd, descriptors);
	EXPECT_EXIT(&w, CHANNEL_EXIT_CHANNEL);
}

Test(job, orders_that_make_no_sense)
{
	uint8_t good[CHANNEL_ORDER_MAX], bad[2 * CHANNEL_ORDER_MAX] = { 0 };
	Bulkhead__Order order = BULKHEAD__ORDER__INIT;
	static char to[] = "mime", none[] = "";

	order.job = 1;
	order.to = to;
	size_t n = bulkhead__order__pack(&order, good);
	give_raw(good, n, 0);
	give_raw(good, n, 2);
	give_raw(good, n, 4);
	give_raw(good, n - 1, 3);
	give_raw(bad, sizeof bad, 3);
	give_raw(bad, 8, 3);
	order.job = 0;
	give_raw(good, bulkhead__order__pack(&order, good), 3);
	order.job = 1;
	order.to = none;
	give_raw(good, bulkhead__order__pack(&order, good), 3);
}

Test(job, nobody_reads_its_answers)
{
	struct worker w = start_ready(WORKER, NULL);
	int keep = dup(w.errors);

	(void)close(w.answers);
	w.answers = keep;
	give_text(&w, "");
	EXPECT_EXIT(&w, CHANNEL_EXIT_CHANNEL);
}

/* Controls and bad bytes never leave the worker, whatever the message holds. */
Test(job, texts_are_clean_and_cut)
{
	static char message[8000];
	struct worker w = start_ready(WORKER, NULL);
	int n = snprintf(message, sizeof message,
	    "From: \x1b[31m\xff\xc2\x85<a@b>\r\nSubject: =?utf-8?B?AAECCg==?= \x07 ");

	memset(message + n, 'x', 5000);
	(void)strcpy(message + n + 5000,
	    "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx\r\n");
	give_text(&w, message);
	Bulkhead__Answer *r = expect_answer(&w, BULKHEAD__ANSWER__KIND_FACTS);
	cr_expect(r->facts->truncated);
	const char *texts[] = { r->facts->sender, r->facts->subject };
	for (int i = 0; i < 2; i++)
		for (const char *p = texts[i]; *p; p++)
			cr_assert((unsigned char)*p >= ' ' && *p != 0x7f, "text %d: %02x",
			    i, (unsigned char)*p);
	cr_expect_gt(strlen(r->facts->subject), 1000);
	cr_expect_lt(strlen(r->facts->subject), 2048);
	bulkhead__answer__free_unpacked(r, NULL);
	expect(&w, BULKHEAD__ANSWER__KIND_DONE);
	retire(&w);
}

Test(job, dies_with_its_parent)
{
	int ids[2];
	pid_t worker = 0;

	(void)built(CHAOS); /* asserted here, not in the fork */
	cr_assert_eq(pipe(ids), 0);
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t parent = fork();
	if (parent == 0) {
		struct worker w = start_ready(CHAOS, NULL);
		give_text(&w, "BULKHEAD-CHAOS: hang\n");
		(void)unlink(w.output);
		(void)!write(ids[1], &w.pid, sizeof w.pid);
		/* The worker's descriptors stay open here: only the signal can end it. */
		if (fcntl(w.orders, F_DUPFD, 100) == -1)
			_exit(1);
		_exit(0);
	}
	(void)close(ids[1]);
	cr_assert_eq(read(ids[0], &worker, sizeof worker), sizeof worker);
	int status;
	cr_assert_eq(waitpid(parent, &status, 0), parent);
	cr_assert_eq(waitpid(worker, &status, 0), worker);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%x", status);
}

static bool calls(const char *line, const char *const names[], size_t count)
{
	const char *call = line + strspn(line, "0123456789 ");

	for (size_t i = 0; i < count; i++)
		if (strncmp(call, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Whatever opens something does it before Ready: the line that the sandbox stands on. */
Test(job, opens_nothing_after_ready)
{
	static const char *const forbidden[] = { "open", "creat(", "socket(", "connect(",
		"clone", "fork(", "vfork(", "execve", "stat(\"", "access(", "readlink" };
#ifdef BULKHEAD_SANITIZE
	cr_skip_test("SKIPPED: a sanitizer opens and clones for itself");
#endif
	char trace[] = "/tmp/bulkhead-trace-XXXXXX", line[1024];
	int fd = mkstemp(trace);
	unsigned said = 0, checked = 0;

	cr_assert_neq(fd, -1);
	(void)close(fd);
	struct worker w = start((const char *[]){ "strace", "-f", "-o", trace, "-e",
	    "trace=%file,%network,%process,write", built(WORKER), NULL });
	if (!wait_readable(w.answers) || read(w.answers, line, 1) != 1) {
		(void)unlink(trace);
		(void)end_of(&w);
		cr_skip_test("SKIPPED: strace is missing or may not trace here");
	}
	(void)!read(w.answers, line, sizeof line); /* the rest of Ready */
	give(&w, PLAIN, strlen(PLAIN), "mime", true);
	expect(&w, BULKHEAD__ANSWER__KIND_FACTS);
	expect(&w, BULKHEAD__ANSWER__KIND_SYNCING);
	expect(&w, BULKHEAD__ANSWER__KIND_DONE);
	retire(&w);
	FILE *f = fopen(trace, "r");
	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f)) {
		said += calls(line, (const char *const[]){ "write(4," }, 1);
		if (said == 0)
			continue;
		checked++;
		cr_expect(!calls(line, forbidden, sizeof forbidden / sizeof forbidden[0]),
		    "after Ready: %s", line);
	}
	(void)fclose(f);
	(void)unlink(trace);
	cr_expect_geq(said, 4);
	cr_expect_geq(checked, 4);
}

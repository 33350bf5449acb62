/* SPDX-License-Identifier: ISC */
/* The service's side of its door: a real socket in a real spool, an engine, and workers
 * that do what a message's text names (stub_worker.c). */
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include "../worker/kernel.h"
#include "config/roles.h"
#include "door/door.h"
#include "door/door_server.h"
#include "door/door_wire.h"
#include "engine_ground.h"
#include "spool/spool.h"
#include "spool_ground.h"

/* The test's own program is the keeper's: it is started as "/proc/self/exe keeper ...".
 */
static __attribute__((constructor)) void be_a_keeper(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], KEEPER_VERB) == 0)
		_exit(keeper_main(argc - 1, argv + 1));
}

static struct ground g;
static struct engine engine;
static struct door *door;
static unsigned commands, buried;

static Bulkhead__Door__State *on_look(void *arg, const Bulkhead__Door__Look *wanted)
{
	Bulkhead__Door__State *s = malloc(sizeof *s);

	(void)arg;
	cr_assert(s);
	bulkhead__door__state__init(s);
	s->pid = wanted->queue ? 2 : 1;
	return s;
}

static bool on_command(
    void *arg, Bulkhead__Door__Command__What what, uint64_t number, char said[DOOR_SAID])
{
	(void)arg;
	commands++;
	(void)snprintf(said, DOOR_SAID, "%d %d", (int)what, (int)number);
	return what != BULKHEAD__DOOR__COMMAND__WHAT__NOTHING;
}

static void on_buried(void *arg, const struct claim *claim, const struct outcome *o)
{
	(void)arg;
	cr_expect(claim->id != 0 && !verdict_row(o->verdict)->good);
	buried++;
}

static void set_up(void)
{
	static const struct door_answers answers = {
		.look = on_look, .command = on_command, .buried = on_buried
	};

	(void)signal(SIGPIPE, SIG_IGN);
	ground_new(&g, "");
	engine_new(&engine);
	engine_open(&engine);
	log_quiet();
	commands = buried = 0;
	door = door_new(&(struct door_with){ .base = engine.base,
	    .config = engine.config,
	    .spool = g.spool,
	    .attempts = engine.attempts,
	    .reaper = engine.reaper,
	    .answers = &answers });
	cr_assert(door);
}

static void tear_down(void)
{
	attempts_free(engine.attempts);
	engine.attempts = NULL;
	door_free(door);
	engine_free(&engine);
	ground_free(&g);
}

TestSuite(door, .init = set_up, .fini = tear_down, .timeout = 300);

static int call(void)
{
	int socket = door_connect_now(spool_root(g.spool));

	cr_assert_neq(socket, -1);
	return socket;
}

static bool is_readable(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* The kind of its next answer; NOT_SET: it hung up. Files are in fds. */
static Bulkhead__Door__Answer *answer_of(int socket, int fds[DOOR_FILES])
{
	Bulkhead__Door__Answer *a = NULL;

	ENGINE_UNTIL(&engine, is_readable(socket));
	return door_receive_answer(socket, &a, fds) == 1 ? a : NULL;
}

static int kind_of(int socket, int fds[DOOR_FILES])
{
	Bulkhead__Door__Answer *a = answer_of(socket, fds);
	int kind = a ? (int)a->kind_case : 0;

	if (a)
		bulkhead__door__answer__free_unpacked(a, NULL);
	return kind;
}

static int message(const char *text)
{
	char path[64];
	int fd = memfd_create("message", MFD_CLOEXEC), again;

	cr_assert(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_neq(again, -1);
	(void)close(fd);
	return again;
}

static bool ask(int socket, Bulkhead__Door__Request__KindCase kind, void *body, int fd)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;

	r.kind_case = kind;
	r.convert = body; /* the members of a oneof share their place */
	return door_send_request(socket, &r, fd);
}

static bool ask_convert(int socket, const char *target, int fd)
{
	Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;

	order.to = (char *)target;
	return ask(socket, BULKHEAD__DOOR__REQUEST__KIND_CONVERT, &order, fd);
}

/* Begun, then Ended in this way; its file, which the caller closes. */
static int ends(int socket, Bulkhead__Door__Ended__How how)
{
	int fds[DOOR_FILES];

	cr_expect_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_BEGUN);
	Bulkhead__Door__Answer *a = answer_of(socket, fds);
	while (a && a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_BEGUN) { /* again */
		bulkhead__door__answer__free_unpacked(a, NULL);
		a = answer_of(socket, fds);
	}
	cr_assert(a && a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_ENDED);
	cr_expect_eq(a->ended->how, how, "%s: %s", a->ended->verdict, a->ended->reason);
	bulkhead__door__answer__free_unpacked(a, NULL);
	return fds[0];
}

Test(door, a_message_comes_back_converted)
{
	int socket = call(), input = message("write");

	cr_assert(ask_convert(socket, "", input));
	int result = ends(socket, BULKHEAD__DOOR__ENDED__HOW__GOOD);
	cr_expect_gt(lseek(result, 0, SEEK_END), 0);
	ENGINE_UNTIL(&engine, is_readable(socket)); /* its one request is over */
	int fds[DOOR_FILES];
	cr_expect_eq(kind_of(socket, fds), 0);
	(void)close(result);
	(void)close(input);
	(void)close(socket);
}

Test(door, a_crash_comes_back_as_a_report)
{
	int socket = call(), input = message("crash");
	char text[16] = "";

	cr_assert(ask_convert(socket, "", input));
	int report = ends(socket, BULKHEAD__DOOR__ENDED__HOW__BAD);
	cr_expect_gt(pread(report, text, sizeof text - 1, 0), 0);
	cr_expect_eq(text[0], '{');
	(void)close(report);
	(void)close(input);
	(void)close(socket);
}

/* What is asked for beside the message; the answer of its end, which the caller frees. */
static Bulkhead__Door__Answer *ends_of(
    const char *deed, Bulkhead__Door__Convert *order, int fds[DOOR_FILES])
{
	int socket = call(), input = message(deed);
	Bulkhead__Door__Answer *a;

	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_CONVERT, order, input));
	while ((a = answer_of(socket, fds)) &&
	       a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_BEGUN)
		bulkhead__door__answer__free_unpacked(a, NULL);
	cr_assert(a && a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_ENDED);
	(void)close(input);
	(void)close(socket);
	return a;
}

static void end_of(Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
{
	bulkhead__door__answer__free_unpacked(a, NULL);
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
}

/* Where it was asked for, what failed lies among the dead letters when that is told. */
Test(door, a_dead_letter_is_kept_where_it_is_asked_for)
{
	static const struct {
		const char *deed, *name, *letter; /* after its id; NULL: none */
		bool keep;
	} t[] = { { "crash", "a.eml", ".a.eml", true },
		{ "refused", "../../etc/passwd", ".passwd", true },
		{ "refused", "", ".stdin.eml", true }, { "crash", "a.eml", NULL, false },
		{ "write", "a.eml", NULL, true } };
	const int dead = spool_places(g.spool)->dead;
	unsigned kept = 0;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;
		int fds[DOOR_FILES];
		char text[32] = "", report[32];
		order.name = (char *)t[i].name;
		order.keep_dead = t[i].keep;
		Bulkhead__Door__Answer *a = ends_of(t[i].deed, &order, fds);
		const char *letter = a->ended->letter;
		kept += t[i].letter != NULL;
		cr_expect_str_eq(*letter ? letter + 16 : "",
		    t[i].letter ? t[i].letter : "", "%s %s", t[i].deed, letter);
		cr_expect_eq(ground_count(dead, "."), 2 * kept);
		if (*letter) {
			int fd = openat(dead, letter, O_RDONLY | O_CLOEXEC);
			cr_expect_gt(read(fd, text, sizeof text - 1), 0);
			cr_expect_str_eq(text, t[i].deed);
			(void)close(fd);
			(void)snprintf(report, sizeof report, "%.16s.json", letter);
			cr_expect(ground_has(dead, report));
		}
		end_of(a, fds);
	}
	cr_expect_eq(buried, kept);
}

/* More at once than may be written at once, and some that go meanwhile. */
Test(door, many_dead_letters_are_kept)
{
	enum { MANY = 24, GO = 4 };
	Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;
	int sockets[MANY], input = message("refused");

	order.keep_dead = true;
	for (int i = 0; i < MANY; i++) {
		sockets[i] = call();
		cr_assert(ask(
		    sockets[i], BULKHEAD__DOOR__REQUEST__KIND_CONVERT, &order, input));
	}
	for (int i = MANY - GO; i < MANY; i++)
		(void)close(sockets[i]);
	for (int i = 0; i < MANY - GO; i++) {
		(void)close(ends(sockets[i], BULKHEAD__DOOR__ENDED__HOW__BAD));
		(void)close(sockets[i]);
	}
	ENGINE_UNTIL(&engine, door->count == 0);
	cr_expect_geq(buried, MANY - GO);
	cr_expect_eq(ground_count(spool_places(g.spool)->dead, "."), 2 * buried);
	(void)close(input);
}

/* A folder that cannot be written to: it is told that none is kept, and the rest as ever.
 */
Test(door, a_letter_that_cannot_be_kept_is_not_told_of)
{
	Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;
	int fds[DOOR_FILES];
	char *dead = ground_path("%s/dead", g.config.spool);

	order.keep_dead = true;
	cr_assert_eq(rmdir(dead), 0);
	free(dead);
	Bulkhead__Door__Answer *a = ends_of("refused", &order, fds);
	cr_expect_eq(a->ended->how, BULKHEAD__DOOR__ENDED__HOW__BAD);
	cr_expect_str_eq(a->ended->letter, "");
	cr_expect_neq(fds[0], -1, "the report");
	cr_expect_eq(buried, 0);
	end_of(a, fds);
}

/* Limits of a client's own hold for its message alone, and can only be lower. */
Test(door, a_client_s_limits)
{
	static const struct {
		const char *deed, *verdict;
		uint64_t time_ms, output, memory;
	} t[] = { { "hang", "timed-out-total", 200, 0, 0 },
		{ "fill", "output-limit", 0, 4096, 0 },
		{ "greedy", "out-of-memory", 0, 0, 32 << 20 },
		{ "greedy", "done", 0, 0, 0 }, { "greedy", "done", 0, 0, UINT64_MAX },
		{ "write", "done", UINT64_MAX, UINT64_MAX, UINT64_MAX } };
	/* Neither the sanitizers' workers nor an emulator's have such a limit. */
#ifdef BULKHEAD_SANITIZE
	const bool limits_memory = false;
#else
	const bool limits_memory = kernel_filters();
#endif

	engine.config->retry.timeout = engine.config->retry.memory = 0;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;
		Bulkhead__Door__Limits limits = BULKHEAD__DOOR__LIMITS__INIT;
		int fds[DOOR_FILES];
		limits.time_ms = t[i].time_ms;
		limits.output = t[i].output;
		limits.memory = t[i].memory;
		order.limits = &limits;
		Bulkhead__Door__Answer *a = ends_of(t[i].deed, &order, fds);
		if (limits_memory || strcmp(t[i].verdict, "out-of-memory") != 0)
			cr_expect_str_eq(a->ended->verdict, t[i].verdict, "%zu: %s %s", i,
			    t[i].deed, a->ended->reason);
		end_of(a, fds);
	}
}

/* With notes the report comes though the configuration asks for none. */
Test(door, notes_come_when_they_are_wanted)
{
	Bulkhead__Door__Convert order = BULKHEAD__DOOR__CONVERT__INIT;
	int fds[DOOR_FILES];

	engine.config->reports = REPORTS_NONE;
	for (int wanted = 0; wanted < 2; wanted++) {
		order.notes = wanted;
		Bulkhead__Door__Answer *a = ends_of("write", &order, fds);
		cr_expect_eq(a->ended->report_bytes > 0, wanted);
		cr_expect_eq(fds[1] != -1, wanted);
		end_of(a, fds);
	}
}

Test(door, an_upload_is_converted)
{
	Bulkhead__Door__Upload upload = BULKHEAD__DOOR__UPLOAD__INIT;
	int socket = call(), fds[DOOR_FILES];

	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_UPLOAD, &upload, -1));
	cr_assert_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_OPENED);
	cr_assert(fds[0] != -1 && fds[1] != -1);
	cr_assert_eq(write(fds[0], "write", 5), 5);
	cr_expect_eq(write(fds[1], "x", 1), -1, "what is read cannot be written");
	(void)close(fds[0]);
	(void)close(fds[1]);
	cr_assert(ask_convert(socket, "", -1));
	(void)close(ends(socket, BULKHEAD__DOOR__ENDED__HOW__GOOD));
	(void)close(socket);
}

Test(door, an_upload_allows_nothing_else)
{
	Bulkhead__Door__Upload upload = BULKHEAD__DOOR__UPLOAD__INIT;
	Bulkhead__Door__Look look = BULKHEAD__DOOR__LOOK__INIT;
	int socket = call(), fds[DOOR_FILES];

	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_UPLOAD, &upload, -1));
	cr_assert_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_OPENED);
	(void)close(fds[0]);
	(void)close(fds[1]);
	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_LOOK, &look, -1));
	cr_expect_eq(kind_of(socket, fds), 0);
	(void)close(socket);
}

/* A slow one is waited for as long as something comes; a silent one is let go. */
Test(door, an_upload_that_stops_is_let_go)
{
	Bulkhead__Door__Upload upload = BULKHEAD__DOOR__UPLOAD__INIT;
	int socket, fds[DOOR_FILES];
	const struct door_client *c;
	char byte;

	door->upload_silent_ms = 200;
	socket = call();
	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_UPLOAD, &upload, -1));
	cr_assert_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_OPENED);
	c = TAILQ_FIRST(&door->clients);
	for (unsigned looks = 1; looks <= 5; looks++) {
		cr_assert_eq(write(fds[0], "x", 1), 1);
		ENGINE_UNTIL(&engine, c->looks == looks);
		cr_expect_eq(c->uploaded, looks);
		cr_assert_not(is_readable(socket));
	}
	ENGINE_UNTIL(&engine, is_readable(socket));
	cr_expect_eq(recv(socket, &byte, 1, 0), 0, "let go");
	cr_expect_eq(door_in_state(door, DOOR_UPLOADING), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(socket);
}

/* A byte now and then keeps no place for ever. */
Test(door, an_upload_has_an_end)
{
	Bulkhead__Door__Upload upload = BULKHEAD__DOOR__UPLOAD__INIT;
	int socket, fds[DOOR_FILES];
	const struct door_client *c;

	door->upload_silent_ms = 200;
	door->upload_looks = 5;
	socket = call();
	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_UPLOAD, &upload, -1));
	cr_assert_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_OPENED);
	c = TAILQ_FIRST(&door->clients);
	for (unsigned looks = 1; looks < 5; looks++) {
		cr_assert_eq(write(fds[0], "x", 1), 1);
		ENGINE_UNTIL(&engine, door->count == 0 || c->looks == looks);
		cr_assert_eq(door->count, 1);
	}
	cr_assert_eq(write(fds[0], "x", 1), 1);
	ENGINE_UNTIL(&engine, door->count == 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(socket);
}

Test(door, what_cannot_be_converted_is_said)
{
	int whole = message("write"), writable = memfd_create("w", MFD_CLOEXEC), pipes[2];
	cr_assert_eq(pipe(pipes), 0);
	const struct {
		const char *to;
		int fd;
	} t[] = { { "", -1 }, { "", writable }, { "", pipes[0] }, { "nothing", whole } };

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int socket = call(), fds[DOOR_FILES];
		cr_assert(ask_convert(socket, t[i].to, t[i].fd));
		cr_expect_eq(
		    kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_TROUBLE, "%zu", i);
		cr_expect_eq(kind_of(socket, fds), 0, "%zu", i);
		(void)close(socket);
	}
	(void)close(whole);
	(void)close(writable);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

Test(door, questions_and_commands_are_answered)
{
	Bulkhead__Door__Look look = BULKHEAD__DOOR__LOOK__INIT;
	Bulkhead__Door__Command command = BULKHEAD__DOOR__COMMAND__INIT;
	int socket = call(), fds[DOOR_FILES];
	uint8_t bytes[256];

	look.queue = true;
	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_LOOK, &look, -1));
	cr_assert_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_LOOKED);
	ssize_t n = pread(fds[0], bytes, sizeof bytes, 0);
	Bulkhead__Door__State *s = bulkhead__door__state__unpack(NULL, (size_t)n, bytes);
	cr_assert(s);
	cr_expect_eq(s->pid, 2);
	bulkhead__door__state__free_unpacked(s, NULL);
	(void)close(fds[0]);
	(void)close(socket);
	for (int i = 0; i < 2; i++) {
		command.what = i ? BULKHEAD__DOOR__COMMAND__WHAT__PAUSE
				 : BULKHEAD__DOOR__COMMAND__WHAT__NOTHING;
		socket = call();
		cr_assert(
		    ask(socket, BULKHEAD__DOOR__REQUEST__KIND_COMMAND, &command, -1));
		cr_expect_eq(
		    kind_of(socket, fds), i ? BULKHEAD__DOOR__ANSWER__KIND_DONE
					    : BULKHEAD__DOOR__ANSWER__KIND_TROUBLE);
		(void)close(socket);
	}
	cr_expect_eq(commands, 2);
}

/* Bytes that are no request, another version, a kind that is not known. */
Test(door, nonsense_is_hung_up_on)
{
	int fds[DOOR_FILES], socket = call();

	cr_assert_eq(send(socket, "\xff\xff\xff", 3, 0), 3);
	cr_expect_eq(kind_of(socket, fds), 0);
	(void)close(socket);
	static const uint8_t other[] = { 8, 99 }; /* version 99 */
	socket = call();
	cr_assert_eq(send(socket, other, sizeof other, 0), sizeof other);
	cr_expect_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_TROUBLE);
	cr_expect_eq(kind_of(socket, fds), 0);
	(void)close(socket);
	static const uint8_t unknown[] = { 8, DOOR_VERSION };
	socket = call();
	cr_assert_eq(send(socket, unknown, sizeof unknown, 0), sizeof unknown);
	cr_expect_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_TROUBLE);
	(void)close(socket);
}

/* A message that nobody waits for any more is given up: one that waits at once, one in
 * hand with its worker, which would go on for nobody. */
Test(door, who_hangs_up_gives_up)
{
	enum { CALLERS = 6 };
	int sockets[CALLERS], input = message("gate");

	for (int i = 0; i < CALLERS; i++) {
		sockets[i] = call();
		cr_assert(ask_convert(sockets[i], "", input));
	}
	ENGINE_UNTIL(&engine, attempts_count(engine.attempts, ATTEMPT_RUNNING) > 0 &&
				  attempts_in_hand(engine.attempts) == CALLERS);
	for (int i = 0; i < CALLERS; i++)
		(void)close(sockets[i]);
	/* The gate stays shut: no worker comes to an end by itself. */
	ENGINE_UNTIL(&engine, attempts_in_hand(engine.attempts) == 0);
	(void)close(input);
}

/* Messages are refused, questions are not. */
Test(door, a_drain_takes_no_messages)
{
	Bulkhead__Door__Look look = BULKHEAD__DOOR__LOOK__INIT;
	int socket = call(), input = message("write"), fds[DOOR_FILES];

	door_drain(door);
	cr_assert(ask_convert(socket, "", input));
	cr_expect_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_TROUBLE);
	(void)close(socket);
	socket = call();
	cr_assert(ask(socket, BULKHEAD__DOOR__REQUEST__KIND_LOOK, &look, -1));
	cr_expect_eq(kind_of(socket, fds), BULKHEAD__DOOR__ANSWER__KIND_LOOKED);
	(void)close(fds[0]);
	(void)close(socket);
	(void)close(input);
}

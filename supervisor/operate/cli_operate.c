/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/json_text.h"
#include "config/cli_options.h"
#include "config/config.h"
#include "config/roles.h"
#include "door/door_call.h"
#include "door/render.h"
#include "operate/queue_verb.h"
#include "operate/screen.h"

/* The verbs that ask a running service, through its door. */
enum { NO_SERVICE = 3, STATE_MAX = 16 << 20, TURN_MS = 1000, COLUMNS = 80 };

static int operate_complain(const struct cli_options *o, const char *why)
{
	(void)fprintf(stderr, "bulkhead %s: %s\n", cli_verb_name(o->verb), why);
	return NO_SERVICE;
}

/* NULL: *why. */
static Bulkhead__Door__State *operate_look(int spool, char why[256])
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Look look = BULKHEAD__DOOR__LOOK__INIT;
	Bulkhead__Door__State *s = NULL;
	int fds[DOOR_FILES];

	look.queue = true;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_LOOK;
	r.look = &look;
	Bulkhead__Door__Answer *a =
	    door_ask_once(spool, &r, BULKHEAD__DOOR__ANSWER__KIND_LOOKED, fds, why);
	if (!a)
		return NULL;
	uint64_t n = a->looked->bytes;
	uint8_t *bytes = n <= STATE_MAX ? malloc(n + 1) : NULL;
	if (bytes && fds[0] != -1 && pread(fds[0], bytes, n, 0) == (ssize_t)n)
		s = bulkhead__door__state__unpack(NULL, n, bytes);
	if (!s)
		(void)snprintf(why, 256, "the service's answer makes no sense");
	free(bytes);
	for (int i = 0; i < DOOR_FILES; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	bulkhead__door__answer__free_unpacked(a, NULL);
	return s;
}

static int operate_columns(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col
									 : COLUMNS;
}

static int operate_done(void)
{
	return fflush(stdout) == 0 ? ROLE_FINE : ROLE_FAILED;
}

static bool operate_print_json(enum cli_verb verb, const Bulkhead__Door__State *s)
{
	json_t *o = verb == CLI_STATUS    ? render_status(s)
		    : verb == CLI_WORKERS ? render_workers(s)
					  : render_queue(s);

	return json_print(o, JSON_TEXT_DOCUMENT, stdout);
}

/* `queue show ID...`: only these. False: one is not in hand. */
static bool operate_pick(const struct cli_options *o, Bulkhead__Door__State *s)
{
	size_t kept = 0;

	if (o->verb != CLI_QUEUE || o->operand_count < 2)
		return true;
	for (size_t i = 0; i < s->n_messages; i++) {
		bool wanted = false;
		for (size_t k = 1; k < o->operand_count; k++)
			wanted |=
			    strtoull(o->operands[k], NULL, 16) == s->messages[i]->id;
		if (wanted)
			s->messages[kept++] = s->messages[i];
		else
			bulkhead__door__message__free_unpacked(s->messages[i], NULL);
	}
	s->n_messages = s->messages_all = kept;
	return kept == o->operand_count - 1;
}

static int operate_show(const struct cli_options *o, int spool)
{
	char why[256];
	Bulkhead__Door__State *s = operate_look(spool, why);
	int exit;

	if (!s)
		return operate_complain(o, why);
	if (!operate_pick(o, s)) {
		(void)operate_complain(o, "no such message is in hand");
		bulkhead__door__state__free_unpacked(s, NULL);
		return ROLE_FAILED;
	}
	if (o->json)
		(void)operate_print_json(o->verb, s);
	else if (o->verb == CLI_STATUS)
		screen_status(stdout, s, operate_columns());
	else if (o->verb == CLI_WORKERS)
		screen_workers(stdout, s, operate_columns());
	else
		screen_queue(stdout, s, operate_columns());
	exit = operate_done();
	if (exit == ROLE_FINE && o->verb == CLI_STATUS && !s->ready)
		exit = ROLE_FAILED;
	bulkhead__door__state__free_unpacked(s, NULL);
	return exit;
}

/* --- top --- */

static volatile sig_atomic_t operate_over;

static void operate_stop(int number)
{
	(void)number;
	operate_over = 1;
}

/* A key was pressed: q ends it. */
static void operate_wait_key(bool keys)
{
	struct pollfd p = { .fd = keys ? STDIN_FILENO : -1, .events = POLLIN };
	char key = 0;

	if (poll(&p, 1, TURN_MS) > 0 &&
	    (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q'))
		operate_over = 1;
}

/* One turn of top. */
static int operate_draw(const struct cli_options *o, const Bulkhead__Door__State *s)
{
	if (o->json)
		(void)json_print(render_live(s), JSON_TEXT_LINE, stdout);
	else {
		(void)fputs("\033[H\033[J", stdout);
		screen_status(stdout, s, operate_columns());
		(void)putchar('\n');
		screen_workers(stdout, s, operate_columns());
	}
	return operate_done();
}

static int operate_top(const struct cli_options *o, int spool)
{
	struct termios before, raw;
	bool keys = tcgetattr(STDIN_FILENO, &before) == 0;
	struct sigaction stop = { .sa_handler = operate_stop };
	int exit = ROLE_FINE;
	char why[256];

	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGTERM, &stop, NULL);
	if (keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	while (!operate_over && exit == ROLE_FINE) {
		Bulkhead__Door__State *s = operate_look(spool, why);
		if (!s) {
			exit = operate_complain(o, why);
			break;
		}
		exit = operate_draw(o, s);
		bulkhead__door__state__free_unpacked(s, NULL);
		if (exit == ROLE_FINE)
			operate_wait_key(keys);
	}
	if (keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
	return exit;
}

/* --- events --- */

static int operate_events(const struct cli_options *o, int spool)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Follow follow = BULKHEAD__DOOR__FOLLOW__INIT;
	Bulkhead__Door__Answer *a;
	int fds[DOOR_FILES], socket = door_connect(spool, TURN_MS), exit = ROLE_FINE;

	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_FOLLOW;
	r.follow = &follow;
	if (socket == -1 || !door_send_request(socket, &r, -1))
		exit = operate_complain(o, "no service runs on this spool");
	while (exit == ROLE_FINE && door_receive_answer(socket, &a, fds) == 1) {
		if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_EVENT &&
		    a->event->line && (puts(a->event->line) < 0 || fflush(stdout) != 0))
			exit = ROLE_FAILED;
		if (a->kind_case == BULKHEAD__DOOR__ANSWER__KIND_TROUBLE)
			exit = operate_complain(o, a->trouble->text);
		bulkhead__door__answer__free_unpacked(a, NULL);
	}
	if (socket != -1)
		(void)close(socket);
	return exit;
}

/* --- commands --- */

static bool operate_number(const struct cli_options *o, uint64_t *n)
{
	const char *text = o->operands[0];
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && errno == 0)
		return true;
	(void)fprintf(stderr, "bulkhead %s: %s: a number is needed\n",
	    cli_verb_name(o->verb), text);
	return false;
}

/* What became of it: text is the service's answer, or why it gave none. */
static bool operate_tell(const struct cli_options *o, bool done, const char *text)
{
	if (!o->json)
		return !done || puts(text) >= 0;
	json_t *answer = json_pack("{s:i, s:s, s:b, s:o}", "version", 1, "command",
	    cli_verb_name(o->verb), "done", done, "text", json_text(text));

	return json_print(answer, JSON_TEXT_LINE, stdout);
}

static int operate_command(
    const struct cli_options *o, int spool, Bulkhead__Door__Command__What what)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Command order = BULKHEAD__DOOR__COMMAND__INIT;
	char why[256];
	int fds[DOOR_FILES];

	order.what = what;
	if (o->operand_count > 0 && !operate_number(o, &order.number))
		return ROLE_USAGE;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_COMMAND;
	r.command = &order;
	Bulkhead__Door__Answer *a =
	    door_ask_once(spool, &r, BULKHEAD__DOOR__ANSWER__KIND_DONE, fds, why);
	bool told = operate_tell(o, a != NULL, a ? a->done->text : why);

	if (!a) {
		(void)operate_complain(o, why);
		(void)operate_done();
		return ROLE_FAILED;
	}
	bulkhead__door__answer__free_unpacked(a, NULL);
	return told ? operate_done() : ROLE_FAILED;
}

static int operate_run(const struct cli_options *o, int spool)
{
	static const struct {
		enum cli_verb verb;
		Bulkhead__Door__Command__What what;
	} commands[] = { { CLI_PAUSE, BULKHEAD__DOOR__COMMAND__WHAT__PAUSE },
		{ CLI_RESUME, BULKHEAD__DOOR__COMMAND__WHAT__RESUME },
		{ CLI_SCALE, BULKHEAD__DOOR__COMMAND__WHAT__SCALE },
		{ CLI_KILL, BULKHEAD__DOOR__COMMAND__WHAT__KILL },
		{ CLI_RELOAD, BULKHEAD__DOOR__COMMAND__WHAT__RELOAD },
		{ CLI_DRAIN, BULKHEAD__DOOR__COMMAND__WHAT__DRAIN } };

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (commands[i].verb == o->verb)
			return operate_command(o, spool, commands[i].what);
	if (o->verb == CLI_QUEUE && o->operand_count > 1 &&
	    strcmp(o->operands[0], "show") != 0)
		return queue_verb(o, spool);
	if (o->verb == CLI_TOP)
		return operate_top(o, spool);
	if (o->verb == CLI_EVENTS)
		return operate_events(o, spool);
	return operate_show(o, spool);
}

int operate_main(int argc, char **argv)
{
	struct cli_options o;
	int exit = cli_options_read(&o, argc, argv);

	if (exit != -1)
		return exit;
	struct config *c = config_load(o.file, environ, o.flags, o.flag_count, stderr);
	if (!c) {
		cli_options_clear(&o);
		return ROLE_USAGE;
	}
	int spool = open(c->spool, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (spool == -1) {
		(void)fprintf(stderr, "bulkhead %s: %s: %s\n", cli_verb_name(o.verb),
		    c->spool, strerror(errno));
		exit = NO_SERVICE;
	} else {
		exit = operate_run(&o, spool);
		(void)close(spool);
	}
	config_free(c);
	cli_options_clear(&o);
	return exit;
}

/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/timer.h"
#include "config/roles.h"
#include "gateway/gateway.h"
#include "gateway/gateway_jail.h"
#include "gateway/gateway_jobs.h"
#include "gateway/gateway_wire.h"

/* The gateway's program, from its start to its end: what it was given, the jail, the
 * loop. */
enum { TOKEN_MAX = 4096, DRAIN_MS = 10 * 1000, END_MS = 1000, CHECK_MS = 20 };

static int gateway_complain(const char *what, int error)
{
	(void)fprintf(stderr, GATEWAY_PROGRAM ": %s%s%s\n", what, error ? ": " : "",
	    error ? strerror(error) : "");
	return ROLE_FAILED;
}

/* The first line of the file; NULL: there is none. */
static char *gateway_token(void)
{
	static char token[TOKEN_MAX];
	ssize_t n = read(GATEWAY_TOKEN, token, sizeof token - 1);

	(void)close(GATEWAY_TOKEN);
	if (n <= 0)
		return NULL;
	token[n] = '\0';
	token[strcspn(token, "\r\n")] = '\0';
	return *token ? token : NULL;
}

/* Started by the service, of the same build? */
static bool gateway_is_meant(int argc, char *const argv[])
{
	if (argc != GATEWAY_WORDS_END)
		(void)gateway_complain("is started by bulkhead serve only", 0);
	else if (strcmp(argv[GATEWAY_VERSION], BULKHEAD_VERSION) != 0)
		(void)gateway_complain("is " BULKHEAD_VERSION
				       ", the service is of another build: restart it",
		    0);
	else
		return true;
	return false;
}

struct gateway_end {
	struct gateway *gateway;
	struct event *term, *life, *alive, *check, *deadline;
};

static void gateway_leave(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_end *e = arg;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(e->gateway->base);
}

static void gateway_check(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_end *e = arg;

	if (http_calls(e->gateway->http) == 0 &&
	    gateway_jobs_running(e->gateway->jobs) == 0)
		gateway_leave(fd, what, arg);
	else
		timer_start(e->check, CHECK_MS);
}

/* No new connections; what is on its way gets its answer, in that time. */
static void gateway_wind_up(struct gateway_end *e, uint64_t ms)
{
	http_drain(e->gateway->http);
	timer_start(e->deadline, ms);
	gateway_check(-1, 0, e);
}

static void gateway_on_term(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	gateway_wind_up(arg, DRAIN_MS);
}

/* One that could not be said is missed by nobody: the next one is. */
static void gateway_on_alive(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_end *e = arg;

	(void)fd;
	(void)what;
	(void)send(GATEWAY_LIFE, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	timer_start(e->alive, GATEWAY_ALIVE_MS);
}

/* The door is closed: all calls have their answers, which are yet to be sent. */
static void gateway_on_life(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	gateway_wind_up(arg, END_MS);
}

static bool gateway_watch(struct gateway_end *e)
{
	struct event_base *base = e->gateway->base;

	e->term = evsignal_new(base, SIGTERM, gateway_on_term, e);
	e->life = event_new(base, GATEWAY_LIFE, EV_READ, gateway_on_life, e);
	e->alive = evtimer_new(base, gateway_on_alive, e);
	e->check = evtimer_new(base, gateway_check, e);
	e->deadline = evtimer_new(base, gateway_leave, e);
	if (!e->term || !e->life || !e->alive || !e->check || !e->deadline)
		return false;
	timer_start(e->alive, GATEWAY_ALIVE_MS);
	return event_add(e->term, NULL) == 0 && event_add(e->life, NULL) == 0;
}

static void gateway_unwatch(struct gateway_end *e)
{
	struct event *all[] = { e->term, e->life, e->alive, e->check, e->deadline };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i])
			event_free(all[i]);
}

/* The descriptor is a socket, or none was given. */
static bool gateway_serve(struct gateway *g, int fd, bool local)
{
	int listening = 0;
	socklen_t n = sizeof listening;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == -1 || !listening)
		return true;
	return http_listen(g->http, fd, local);
}

int main(int argc, char **argv)
{
	struct gateway g = { .spool = AT_FDCWD };
	struct gateway_end end = { .gateway = &g };
	const char *why = NULL;
	int exit = ROLE_FAILED;

	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts(GATEWAY_PROGRAM " " BULKHEAD_VERSION) < 0;
	if (!gateway_is_meant(argc, argv))
		return ROLE_USAGE;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* its memory files: a write is to say so */
	g.settings = (struct http_settings){ .routes = gateway_routes,
		.arg = &g,
		.token = gateway_token(),
		.hosts = argv[GATEWAY_HOSTS],
		.body_max = strtoull(argv[GATEWAY_BODY], NULL, 10),
		.connections = (unsigned)strtoul(argv[GATEWAY_CONNECTIONS], NULL, 10),
		.rate = (unsigned)strtoul(argv[GATEWAY_RATE], NULL, 10) };
	g.wait_ms = strtoull(argv[GATEWAY_WAIT], NULL, 10);
	g.base = event_base_new();
	g.jobs = g.base ? gateway_jobs_new(g.base) : NULL;
	g.http = g.jobs ? http_new(g.base, &g.settings) : NULL;
	if (!g.http || !gateway_watch(&end) || !gateway_serve(&g, GATEWAY_LOCAL, true) ||
	    !gateway_serve(&g, GATEWAY_NET, false)) {
		(void)gateway_complain("cannot start", errno);
		goto out;
	}
	/* In its jail it has no /proc to name the folder by. */
	if (fchdir(GATEWAY_SPOOL) == -1) {
		(void)gateway_complain("the spool", errno);
		goto out;
	}
	if (!gateway_jail(&why)) {
		(void)gateway_complain(why, errno);
		goto out;
	}
	/* ---- from here on every byte of a network is hostile ---- */
	(void)event_base_dispatch(g.base);
	exit = ROLE_FINE;
out:
	http_free(g.http);
	gateway_jobs_free(g.jobs);
	gateway_unwatch(&end);
	if (g.base)
		event_base_free(g.base);
	return exit;
}

/* SPDX-License-Identifier: ISC */
#include "service/gateway_keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loopback.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/reaper.h"
#include "base/timer.h"
#include "config/config.h"
#include "gateway/gateway_wire.h"
#include "log/log.h"
#include "pool/process.h"

#define HTTP_SOCKET "http.sock"
enum {
	AGAIN_FIRST_MS = 100,
	AGAIN_MOST_MS = 10 * 1000,
	END_MS = 1000,
	SILENT_MS = 10 * GATEWAY_ALIVE_MS, /* longer than any request keeps its loop */
};

struct gateway_keeper {
	const struct config *config;
	int root, local, net, token;
	int life; /* our end of a socket: the gateway sees its end, and says that it lives
		   */
	pid_t pid;
	unsigned failures;
	struct event *again, *alive; /* alive: of life, while there is one */
	struct event_base *base;
};

static bool keeper_complain(const char *key, const char *value, const char *why)
{
	log_event(EVENT_CANNOT_START, LOG_S("reason", key), LOG_S("value", value),
	    LOG_S("why", why));
	return false;
}

static void keeper_close(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

/* <spool>/http.sock, for our own user. -1: errno. */
static int keeper_listen_local(int root)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (unlinkat(root, HTTP_SOCKET, 0) == -1 && errno != ENOENT)
		return -1;
	(void)snprintf(
	    at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/" HTTP_SOCKET, root);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1 && fchmod(fd, 0600) == 0 &&
	    bind(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
	    listen(fd, SOMAXCONN) == 0)
		return fd;
	int saved = errno;
	keeper_close(&fd);
	errno = saved;
	return -1;
}

/* "127.0.0.1:8025", "[::1]:8025", "localhost:http". False: no port. */
static bool keeper_split(const char *text, char host[256], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!colon || !colon[1] || n >= 256)
		return false;
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	*port = colon + 1;
	return true;
}

static int keeper_listen_at(const struct addrinfo *a)
{
	const int on = 1;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd != -1 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	int saved = errno;
	keeper_close(&fd);
	errno = saved;
	return -1;
}

/* Beyond this machine nobody may ask without the token. */
static bool keeper_listen_net(struct gateway_keeper *k)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST,
		.ai_socktype = SOCK_STREAM };
	const char *text = k->config->http.listen, *port;
	struct addrinfo *found = NULL;
	char host[256];

	if (!text)
		return true;
	if (!keeper_split(text, host, &port) ||
	    getaddrinfo(
		*host ? strcmp(host, "localhost") == 0 ? "127.0.0.1" : host : NULL, port,
		&hints, &found) != 0)
		return keeper_complain("http.listen", text,
		    "an address and a port are needed, such as 127.0.0.1:8025");
	bool near = loopback_has(found->ai_addr);
	if (near || k->token != -1)
		k->net = keeper_listen_at(found);
	int error = errno;
	freeaddrinfo(found);
	if (!near && k->token == -1)
		return keeper_complain("http.listen", text,
		    "beyond this machine http.token_file or BULKHEAD_HTTP_TOKEN is "
		    "needed, "
		    "with a token of 16 or more characters");
	return k->net != -1 || keeper_complain("http.listen", text, strerror(error));
}

/* The environment's, as a file of the same kind. -1: errno. */
static int keeper_token_from(const char *variable)
{
	int fd = memfd_create("token", MFD_CLOEXEC);

	if (fd != -1 &&
	    write(fd, variable, strlen(variable)) != (ssize_t)strlen(variable))
		keeper_close(&fd);
	return fd;
}

/* One that can be guessed is none. */
static bool keeper_open_token(struct gateway_keeper *k)
{
	enum { LEAST = 16 };
	static const char name[] = "BULKHEAD_HTTP_TOKEN";
	const char *path = k->config->http.token_file, *variable = getenv(name);
	char text[LEAST + 1];

	if (!path && !variable)
		return true;
	if (path && variable)
		return keeper_complain("http.token_file", path,
		    "the environment has a token, too (BULKHEAD_HTTP_TOKEN): one of "
		    "both");
	k->token = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
			: keeper_token_from(variable);
	if (k->token == -1)
		return keeper_complain(
		    path ? "http.token_file" : name, path, strerror(errno));
	(void)unsetenv(name); /* what we start has no use for it */
	ssize_t n = pread(k->token, text, sizeof text - 1, 0);
	if (n < LEAST || memchr(text, '\n', LEAST))
		return keeper_complain(path ? "http.token_file" : name, path,
		    "its first line must be a token of 16 or more characters");
	return true;
}

/* 0 or an errno value. */
static int keeper_spawn(struct gateway_keeper *k, const char *path, int life)
{
	const struct config *c = k->config;
	char name[] = GATEWAY_PROGRAM, body[24], connections[24], rate[24], wait[24];
	char *argv[] = { name, BULKHEAD_VERSION, body, connections, rate, wait,
		c->http.hosts ? c->http.hosts : "", NULL };
	char *environment[] = { NULL };
	const struct program_fd fds[] = { { life, GATEWAY_LIFE },
		{ k->root, GATEWAY_SPOOL }, { k->local, GATEWAY_LOCAL },
		{ k->net, GATEWAY_NET }, { k->token, GATEWAY_TOKEN } };

	(void)snprintf(body, sizeof body, "%" PRIu64, c->http.body);
	(void)snprintf(connections, sizeof connections, "%" PRIu64, c->http.connections);
	(void)snprintf(rate, sizeof rate, "%" PRIu64, c->http.rate);
	(void)snprintf(wait, sizeof wait, "%" PRIu64, c->http.wait);
	return program_start(&k->pid, &(struct program){ .path = path,
					  .argv = argv,
					  .environment = environment,
					  .group = true,
					  .fds = fds,
					  .count = sizeof fds / sizeof fds[0] });
}

static void keeper_end_life(struct gateway_keeper *k)
{
	if (k->alive)
		event_free(k->alive);
	k->alive = NULL;
	keeper_close(&k->life);
}

/* One that is stopped, or turns in a circle, is killed, and another takes its place. */
static void keeper_on_alive(evutil_socket_t fd, short what, void *arg)
{
	struct gateway_keeper *k = arg;
	char said[64];
	ssize_t n = recv(fd, said, sizeof said, MSG_DONTWAIT);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		event_del(k->alive); /* it ends, and is reaped */
		return;
	}
	if (n > 0 || !(what & EV_TIMEOUT) || k->pid <= 0)
		return;
	log_event(EVENT_HELPER_LATE, LOG_S("helper", "gateway"), LOG_I("pid", k->pid),
	    LOG_U("silent_ms", SILENT_MS));
	(void)kill(k->pid, SIGKILL);
}

/* 0 or an errno value. */
static int keeper_watch(struct gateway_keeper *k)
{
	const struct timeval silent = timer_value(SILENT_MS);

	k->alive = event_new(k->base, k->life, EV_READ | EV_PERSIST, keeper_on_alive, k);
	return k->alive && event_add(k->alive, &silent) == 0 ? 0 : ENOMEM;
}

static void keeper_start(struct gateway_keeper *k)
{
	char path[PATH_MAX];
	int life[2] = { -1, -1 };
	int error = 0;

	(void)process_program(GATEWAY_PROGRAM, path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, life) ==
	    -1)
		error = errno;
	k->life = life[1];
	if (error == 0)
		error = keeper_watch(k);
	if (error == 0 && k->token != -1 && lseek(k->token, 0, SEEK_SET) == -1)
		error = errno;
	if (error == 0)
		error = keeper_spawn(k, path, life[0]);
	keeper_close(&life[0]);
	if (error == 0)
		return;
	k->pid = 0;
	keeper_end_life(k);
	log_event(EVENT_HELPER_LOST, LOG_S("helper", "gateway"), LOG_S("call", "start"),
	    LOG_S("program", path), LOG_E(error));
	timer_start(
	    k->again, timer_backoff(AGAIN_FIRST_MS, AGAIN_MOST_MS, k->failures++));
}

static void keeper_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	keeper_start(arg);
}

static bool keeper_reaped(
    void *arg, pid_t pid, int wait_status, const struct rusage *usage)
{
	struct gateway_keeper *k = arg;
	char how[16];

	(void)usage;
	if (pid <= 0 || pid != k->pid)
		return false;
	k->pid = 0;
	keeper_end_life(k);
	(void)snprintf(how, sizeof how, "0x%x", (unsigned)wait_status);
	metric_add(METRIC_HELPERS, "gateway", 1);
	uint64_t pause = timer_backoff(AGAIN_FIRST_MS, AGAIN_MOST_MS, k->failures++);
	log_event(EVENT_HELPER_LOST, LOG_S("helper", "gateway"), LOG_I("pid", pid),
	    LOG_S("status", how), LOG_U("again_in_ms", pause));
	timer_start(k->again, pause);
	return true;
}

static bool keeper_is_asked_for(const struct config *config)
{
	return config->http.serve != HTTP_SERVE_OFF || config->http.listen;
}

bool gateway_can_run(const struct config *config, char path[PATH_MAX])
{
	path[0] = '\0';
	return !keeper_is_asked_for(config) ||
	       access(process_program(GATEWAY_PROGRAM, path), X_OK) == 0;
}

bool gateway_keep(struct gateway_keeper **to, struct event_base *base,
    const struct config *config, int root, struct reaper *reaper)
{
	struct gateway_keeper *k;

	*to = NULL;
	if (!keeper_is_asked_for(config))
		return true;
	k = calloc(1, sizeof *k);
	if (!k)
		return keeper_complain("http", NULL, strerror(ENOMEM));
	*to = k;
	k->config = config;
	k->base = base;
	k->root = root;
	k->local = k->net = k->token = k->life = -1;
	k->again = evtimer_new(base, keeper_again, k);
	if (!k->again)
		return keeper_complain("http", NULL, strerror(ENOMEM));
	k->local = keeper_listen_local(root);
	if (k->local == -1)
		return keeper_complain("http.serve", HTTP_SOCKET, strerror(errno));
	if (!keeper_open_token(k) || !keeper_listen_net(k))
		return false;
	reaper_add(reaper, keeper_reaped, k);
	keeper_start(k);
	return true;
}

void gateway_let_go(struct gateway_keeper *k)
{
	if (!k)
		return;
	if (k->local != -1)
		(void)unlinkat(k->root, HTTP_SOCKET, 0);
	keeper_end_life(k);
	if (k->pid > 0 && !program_wait(k->pid, clock_ms() + END_MS))
		(void)kill(k->pid, SIGKILL);
	keeper_close(&k->local);
	keeper_close(&k->net);
	keeper_close(&k->token);
	if (k->again)
		event_free(k->again);
	free(k);
}

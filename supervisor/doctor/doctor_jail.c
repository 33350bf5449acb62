/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "doctor/doctor.h"
#include "pool/autopsy.h"
#include "pool/process.h"

enum { SAID_MAX = 8192, TRIAL_MS = 10000, STOPPED_BY = 80 };

/* How one worker ended, and what it said. */
struct trial {
	char said[SAID_MAX + 1];
	struct autopsy end;
};

/* Everything it writes until it ends, or is ended. */
static void doctor_jail_listen_to(struct trial *t, const struct process *p)
{
	uint64_t deadline = clock_ms() + TRIAL_MS;
	size_t n = 0;

	for (;;) {
		uint64_t now = clock_ms();
		struct pollfd wait = { .fd = p->stderr_pipe, .events = POLLIN };
		if (now >= deadline || n == SAID_MAX ||
		    poll(&wait, 1, (int)(deadline - now)) == 0)
			(void)kill(p->pid, SIGKILL);
		ssize_t got = read(p->stderr_pipe, t->said + n, SAID_MAX - n);
		if (got == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	t->said[n] = '\0';
}

static bool doctor_jail_try(struct trial *t, const struct config *config,
    const char *mode, const char *trial, char why[PROCESS_WHY])
{
	struct process p;

	*t = (struct trial){ .said = "" };
	if (!process_start(config, &p, mode, trial, why))
		return false;
	doctor_jail_listen_to(t, &p);
	t->end.reaped = waitpid(p.pid, &t->end.wait_status, 0) == p.pid;
	(void)autopsy_read(&t->end, p.box, sizeof(struct blackbox), 0);
	process_close(&p);
	return true;
}

/* What stopped it, in text. False: nothing did. */
static bool doctor_jail_stopped(const struct trial *t, char by[STOPPED_BY])
{
	const char *call = autopsy_call(&t->end);
	static const char refused[] = "refused ";

	/* Where all signals were blocked its handler could not say for which call. */
	if (t->end.signal == SIGSYS) {
		(void)snprintf(by, STOPPED_BY, "SIGSYS (%s)", call ? call : "some call");
		return true;
	}
	if (t->end.signal == 0 && strncmp(t->said, refused, sizeof refused - 1) == 0) {
		long number = strtol(t->said + sizeof refused - 1, NULL, 10);
		const char *name = strerrorname_np((int)number);
		(void)snprintf(by, STOPPED_BY, "%s", name ? name : "an unknown error");
		return true;
	}
	if (t->end.signal == 0)
		(void)snprintf(by, STOPPED_BY, "nothing");
	else
		(void)snprintf(by, STOPPED_BY, "nothing, it ended by %s",
		    autopsy_signal_name(t->end.signal));
	return false;
}

static void say_layers(struct doctor *d, const struct config *config, char *line)
{
	char *missing = line ? strchr(line, '\t') : NULL;

	if (!missing) {
		doctor_say(d, DOCTOR_OPEN, "sandbox", "enter it", "no worker was ready");
		return;
	}
	*missing++ = '\0';
	doctor_say(d, DOCTOR_OK, "sandbox", "layers in force", "%s", line);
	if (*missing)
		doctor_say(d, config->sandbox == SANDBOX_OFF ? DOCTOR_OPEN : DOCTOR_WARN,
		    "sandbox", "layers missing", "%s", missing);
}

static void say_trial(
    struct doctor *d, const struct config *config, const char *name, const char *text)
{
	char by[STOPPED_BY] = "", below[STOPPED_BY] = "", why[PROCESS_WHY];
	struct trial whole, part;

	if (!doctor_jail_try(&whole, config, NULL, name, why) ||
	    !doctor_jail_try(&part, config, "paths", name, why)) {
		doctor_say(d, DOCTOR_OPEN, "sandbox", text, "not tried: %s", why);
		return;
	}
	bool ok = doctor_jail_stopped(&whole, by);
	(void)doctor_jail_stopped(&part, below);
	doctor_say(d, ok ? DOCTOR_OK : DOCTOR_OPEN, "sandbox", text,
	    "%s; without seccomp: %s", by, below);
}

void doctor_jail(struct doctor *d, const struct config *config)
{
	char why[PROCESS_WHY];
	struct trial list;
	char *rest = list.said, *line;

	if (!doctor_jail_try(&list, config, NULL, "", why)) {
		doctor_say(d, DOCTOR_OPEN, "sandbox", "start a worker", "%s", why);
		return;
	}
	if (!WIFEXITED(list.end.wait_status) || WEXITSTATUS(list.end.wait_status) != 0) {
		list.said[strcspn(list.said, "\n")] = '\0';
		doctor_say(d, DOCTOR_OPEN, "sandbox", "enter it", "%s", list.said);
		return;
	}
	say_layers(d, config, strsep(&rest, "\n"));
	while ((line = strsep(&rest, "\n"))) {
		char *text = strchr(line, '\t');
		if (!text)
			continue;
		*text++ = '\0';
		say_trial(d, config, line, text);
	}
}

/* SPDX-License-Identifier: ISC */
#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * bulkhead doctor: what holds on this machine, found by trying it. The rows of its
 * table come from doctor_jail.c (what a worker cannot do) and doctor_host.c (cgroup,
 * spool, cores); cli_doctor.c prints them.
 */
struct config;
struct doctor;

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_WARN, /* works, but the operator should know */
	DOCTOR_OPEN, /* must not be so: exit code 1 */
};

/* doctor_say.c. One row: about "sandbox", "cgroup", "spool" or "host". */
void doctor_say(struct doctor *, enum doctor_state, const char *about, const char *what,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* doctor_jail.c. A real worker for each trial (worker/trial.h), in the jail that the
 * configuration asks for, and once more without seccomp, to see what the layers below it
 * stop. */
void doctor_jail(struct doctor *, const struct config *);

/* doctor_host.c. proc and sys: /proc/self and /sys/fs/cgroup, others in tests. */
void doctor_cgroup(
    struct doctor *, const struct config *, const char *proc, const char *sys);
void doctor_spool(struct doctor *, const struct config *);
void doctor_http(struct doctor *, const struct config *);
void doctor_cores(struct doctor *);

/* The least limit that our cgroup and those above it set: in version 2 by file v2, in
 * version 1 by file v1 of this controller. UINT64_MAX: none. proc and sys stand for
 * /proc/self and /sys/fs/cgroup. */
uint64_t doctor_limit(const char *proc, const char *sys, const char *controller,
    const char *v2, const char *v1);

#endif

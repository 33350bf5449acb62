/* SPDX-License-Identifier: ISC */
#ifndef SERVICE_GATEWAY_KEEPER_H
#define SERVICE_GATEWAY_KEEPER_H

#include <limits.h>
#include <stdbool.h>

struct config;
struct event_base;
struct gateway_keeper;
struct reaper;

/*
 * The supervisor's side of the gateway: it opens the sockets, starts the process that
 * serves them, and starts it again when it ends. The sockets stay open meanwhile: clients
 * wait, and are not refused.
 *
 * False: HTTP is asked for and cannot be had; the reason is in the log, and the service
 * ends. *to stays NULL where no HTTP is asked for. root: the spool's folder.
 */
bool gateway_keep(struct gateway_keeper **to, struct event_base *, const struct config *,
    int root, struct reaper *);

/* Its end. The door is closed before: so each call gets its answer now, at the latest
 * that the service is gone, and a client that takes none is waited for a second. NULL is
 * fine. */
void gateway_let_go(struct gateway_keeper *);

/* For bulkhead check and doctor. False: HTTP is asked for, but its program, which path
 * names, cannot be run: errno. The mail goes on without. path is "" where it is not asked
 * for. */
bool gateway_can_run(const struct config *, char path[PATH_MAX]);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * What whoever started the service hears of it, by the protocol of sd_notify(3): a line
 * of text to the socket that $NOTIFY_SOCKET names. Nobody listens where it is not set. It
 * never waits: what is not taken at once is not said.
 */
void notify_open(void); /* reads the environment, and takes it out of it */

void notify_ready(void);
void notify_stopping(void);
/* Each second: the loop turns. lacks: why no message is taken; NULL: they are. */
void notify_alive(const char *lacks);

#endif

/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_VERB_H
#define QUEUE_VERB_H

struct cli_options;

/* `bulkhead queue cat ID`, and hold, release, remove, return with ids: what to do with
 * messages in hand, by the service's door. The exit code. */
int queue_verb(const struct cli_options *, int spool);

#endif

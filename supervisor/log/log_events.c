/* SPDX-License-Identifier: ISC */
#include "log/log.h"

#include <stddef.h>

/* One row for each event, in the order of their numbers. bulkhead-events(7) says what to
 * do about each; a test compares the two. */
static const struct log_event_row rows[] = {
	{ EVENT_FAULT, LOG_ERROR, "converter-fault",
	    "a converter faulted and was replaced" },
	{ EVENT_DONE, LOG_INFO, "message-done",
	    "the message was converted or passed through" },
	{ EVENT_FAILED, LOG_WARNING, "message-failed",
	    "an attempt to convert the message failed" },
	{ EVENT_MEMORY, LOG_WARNING, "converter-memory",
	    "a converter ran out of memory and was replaced" },
	{ EVENT_LOSSY, LOG_WARNING, "message-lossy",
	    "the message was converted, but not all of it was carried over" },

	{ EVENT_START, LOG_INFO, "start", "the service starts" },
	{ EVENT_READY, LOG_INFO, "ready",
	    "the first worker is ready and messages are taken" },
	{ EVENT_DRAIN, LOG_INFO, "drain",
	    "the service was asked to stop and finishes what is in hand" },
	{ EVENT_STOP, LOG_INFO, "stop", "the service has stopped" },
	{ EVENT_STATE, LOG_INFO, "state", "the state of the service, as asked for" },
	{ EVENT_STATE_WORKER, LOG_INFO, "state-worker",
	    "the state of a worker, as asked for" },
	{ EVENT_SUPPRESSED, LOG_WARNING, "suppressed",
	    "equal events were left out of the log" },
	{ EVENT_LOG_LOST, LOG_WARNING, "log-lost",
	    "lines of the log could not be written" },
	{ EVENT_CANNOT_START, LOG_ERROR, "cannot-start", "the service cannot start" },
	{ EVENT_LAG, LOG_WARNING, "lag",
	    "the service was late; the time was credited to the messages in hand" },
	{ EVENT_HELPER_LOST, LOG_ERROR, "helper-lost",
	    "a helper process ended and was replaced" },
	{ EVENT_HELPER_LATE, LOG_ERROR, "helper-late",
	    "a helper process did not answer in time; it is killed and replaced" },

	{ EVENT_WORKER_START, LOG_DEBUG, "worker-start", "a worker was started" },
	{ EVENT_WORKER_READY, LOG_DEBUG, "worker-ready",
	    "a worker is ready for messages" },
	{ EVENT_WORKER_END, LOG_INFO, "worker-end", "a worker has ended" },
	{ EVENT_WORKER_NOT_READY, LOG_ERROR, "worker-not-ready",
	    "a worker ended before it was ready; the next one waits a while" },
	{ EVENT_WORKER_KILL, LOG_WARNING, "worker-kill", "a worker was killed" },
	{ EVENT_WORKER_VIOLATION, LOG_ERROR, "worker-violation",
	    "a worker broke the protocol and was killed" },
	{ EVENT_WORKER_RETIRE, LOG_INFO, "worker-retire",
	    "a healthy worker is replaced by a new one" },
	{ EVENT_WORKERS_SCALED, LOG_INFO, "workers-scaled",
	    "the number of workers was changed" },
	{ EVENT_CORPSES, LOG_WARNING, "corpses",
	    "too many ended workers are not gone yet; new ones wait for them" },
	{ EVENT_SANDBOX, LOG_INFO, "sandbox",
	    "the workers are locked in behind these layers" },
	{ EVENT_SANDBOX_PARTIAL, LOG_WARNING, "sandbox-partial",
	    "the workers are locked in, but not by every layer" },

	{ EVENT_SPOOL_VOLUME, LOG_INFO, "spool-volume",
	    "a folder of the spool is a volume of its own" },
	{ EVENT_SPOOL_RECOVERED, LOG_INFO, "spool-recovered",
	    "what the last run left was taken up" },
	{ EVENT_SPOOL_PAUSED, LOG_WARNING, "spool-paused",
	    "no more messages are taken until there is room" },
	{ EVENT_SPOOL_RESUMED, LOG_INFO, "spool-resumed",
	    "there is room again and messages are taken" },
	{ EVENT_SPOOL_TROUBLE, LOG_ERROR, "spool-trouble",
	    "a file operation of the spool failed" },
	{ EVENT_SPOOL_LEASE, LOG_INFO, "spool-lease",
	    "the file system cannot tell who writes a file; files are taken when they "
	    "rest" },
	{ EVENT_SPOOL_WATCH, LOG_WARNING, "spool-watch",
	    "a folder cannot be watched and is only scanned" },
	{ EVENT_DEAD_GROWS, LOG_WARNING, "dead-grows",
	    "dead letters add up and nothing removes them" },
	{ EVENT_DEAD_EXPIRED, LOG_INFO, "dead-expired",
	    "a dead letter was removed, as the configuration asks for" },
	{ EVENT_SPOOL_COPY, LOG_INFO, "spool-copy",
	    "a large message is being copied to another volume" },
	{ EVENT_SPOOL_AWAY, LOG_ERROR, "spool-away",
	    "a folder of the spool is not where it was; the service is not ready" },
	{ EVENT_SPOOL_BACK, LOG_WARNING, "spool-back",
	    "the folder of the spool is there, and the service goes on" },

	{ EVENT_MESSAGE_TAKEN, LOG_DEBUG, "message-taken",
	    "a message was taken in hand" },
	{ EVENT_MESSAGE_RETRY, LOG_INFO, "message-retry",
	    "the message was charged and will be tried again" },
	{ EVENT_MESSAGE_SUSPECT, LOG_WARNING, "message-suspect",
	    "the message was in hand when the service died and will run alone" },
	{ EVENT_MESSAGE_CLEARED, LOG_INFO, "message-cleared",
	    "the suspect message did no harm" },
	{ EVENT_MESSAGE_BACK, LOG_INFO, "message-back",
	    "the message was put back uncharged because the service stops" },
	{ EVENT_MESSAGE_LATE, LOG_WARNING, "message-late",
	    "trouble that is not the message's own; it will be tried later, uncharged" },
	{ EVENT_MESSAGE_HELD, LOG_ERROR, "message-held",
	    "the message could not be copied to where it should go and was kept whole" },
	{ EVENT_MESSAGE_CHANGED, LOG_WARNING, "message-changed",
	    "the message was written while it was in hand; nothing of it was delivered, "
	    "and it will be taken again" },
	{ EVENT_MESSAGE_UNREADABLE, LOG_WARNING, "message-unreadable",
	    "the service may not read a file, which stays where it is until it may" },
	{ EVENT_MESSAGE_RENAMED, LOG_WARNING, "message-renamed",
	    "a destination refuses the message's name; it is there under a safe one" },

	{ EVENT_STORE_OPENED, LOG_INFO, "store-opened",
	    "the message is a store: each of its items is converted on its own" },
	{ EVENT_STORE_DONE, LOG_INFO, "store-done",
	    "all items of the store have ended; its folder is delivered" },

	{ EVENT_CONFIG_RELOADED, LOG_INFO, "config-reloaded",
	    "the configuration was read again and is in force" },
	{ EVENT_CONFIG_BAD, LOG_ERROR, "config-bad",
	    "the new configuration has errors; the old one stays in force" },
	{ EVENT_CONFIG_LATER, LOG_WARNING, "config-later",
	    "a changed setting takes effect at the next start" },

	{ EVENT_BREAKER_OPEN, LOG_ERROR, "breaker-open",
	    "most messages crash their converter: the mail waits in the queue, and "
	    "single "
	    "messages are tried" },
	{ EVENT_BREAKER_CANARY, LOG_ERROR, "breaker-canary",
	    "the message that was tried did not end well; the mail goes on waiting" },
	{ EVENT_BREAKER_CLOSED, LOG_WARNING, "breaker-closed",
	    "a message was converted again: the service goes on" },
};

const struct log_event_row *log_event_row(enum log_number event)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].event == event)
			return &rows[i];
	return NULL;
}

const struct log_event_row *log_event_nth(unsigned index)
{
	return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

/* SPDX-License-Identifier: ISC */
#include "base/metrics.h"

#include <string.h>

const struct metric_row metric_rows[METRICS] = {
	[METRIC_MESSAGES] = { "messages", "verdict", NULL,
	    "Messages decided, by their verdict.", true },
	[METRIC_RETRIES] = { "retries", "verdict", NULL,
	    "Attempts that were followed by another, by the verdict of the first.",
	    true },
	[METRIC_RESTARTS] = { "worker_ends", "cause", NULL,
	    "Workers that ended, by the cause.", true },
	[METRIC_BYTES] = { "message_bytes", "direction", "bytes",
	    "Bytes of decided messages read and of results written.", true },
	[METRIC_HELPERS] = { "helpers_replaced", "program", NULL,
	    "Processes of ours beside workers that were replaced.", true },
	[METRIC_LOG_LOST] = { "log_lines_lost", NULL, NULL,
	    "Lines of the log that nobody took in time.", true },
	[METRIC_REQUESTS] = { "door_requests", "kind", NULL,
	    "Requests at the local door, by their kind.", true },
	[METRIC_QUEUE] = { "queue_messages", "state", NULL,
	    "Messages that are not decided or not delivered yet, by where they are.",
	    false },
	[METRIC_OLDEST] = { "queue_oldest_seconds", NULL, "seconds",
	    "How old the oldest message in hand is, since it came to incoming.", false },
	[METRIC_WORKERS] = { "workers", "state", NULL, "Workers by their state.", false },
	[METRIC_BUSY] = { "workers_busy_ratio", NULL, "ratio",
	    "Share of the wanted workers that have a message in hand.", false },
	[METRIC_READY] = { "ready", NULL, NULL, "1 while messages are taken.", false },
	[METRIC_PAUSED] = { "paused", NULL, NULL, "1 while intake is paused by command.",
	    false },
	[METRIC_BREAKER] = { "breaker_open", NULL, NULL,
	    "1 while the circuit breaker keeps messages queued.", false },
	[METRIC_DISK_FREE] = { "disk_free_bytes", "folder", "bytes",
	    "Free space of each volume that is written to, by the first folder on it.",
	    false },
	[METRIC_MEMORY] = { "resident_memory_bytes", NULL, "bytes",
	    "Resident memory of the supervisor.", false },
	[METRIC_CPU] = { "cpu_seconds", "who", "seconds",
	    "Processor time of the supervisor and of the workers that have ended.",
	    true },
	[METRIC_START] = { "start_time_seconds", NULL, "seconds",
	    "When the service started, since the epoch.", false },
	[METRIC_INTAKE] = { "intake_paused", "reason", NULL,
	    "1 for what keeps new messages from being taken, 0 for the rest.", false },
	[METRIC_SPARES] = { "spare_workers", "state", NULL,
	    "Workers beyond those that are wanted: so many are wanted, so many are "
	    "ready.",
	    false },
	[METRIC_SANDBOX] = { "sandbox_complete", "layers", NULL,
	    "1 when no layer of the workers' sandbox is missing; the layers are named.",
	    false },
	[METRIC_MTA_RECEIVED] = { "mta_received_messages", NULL, NULL,
	    "mtaReceivedMessages: taken from incoming since the start.", true },
	[METRIC_MTA_STORED] = { "mta_stored_messages", NULL, NULL,
	    "mtaStoredMessages: in hand now.", false },
	[METRIC_MTA_TRANSMITTED] = { "mta_transmitted_messages", NULL, NULL,
	    "mtaTransmittedMessages: delivered to outgoing since the start.", true },
	[METRIC_MTA_RECEIVED_BYTES] = { "mta_received_volume_bytes", NULL, "bytes",
	    "mtaReceivedVolume, in bytes: of the messages that were decided.", true },
	[METRIC_MTA_STORED_BYTES] = { "mta_stored_volume_bytes", NULL, "bytes",
	    "mtaStoredVolume, in bytes: of messages in hand that were opened.", false },
	[METRIC_MTA_TRANSMITTED_BYTES] = { "mta_transmitted_volume_bytes", NULL, "bytes",
	    "mtaTransmittedVolume, in bytes: of results.", true },
	[METRIC_MTA_CONVERTED] = { "mta_successful_converted_messages", NULL, NULL,
	    "mtaSuccessfulConvertedMessages since the start.", true },
	[METRIC_MTA_FAILED] = { "mta_failed_converted_messages", NULL, NULL,
	    "mtaFailedConvertedMessages since the start.", true },
};

const struct times_row times_rows[TIMES] = {
	[TIMES_QUEUED] = { "queued_seconds",
	    "From the arrival of a message in incoming to a worker." },
	[TIMES_CONVERTING] = { "converting_seconds", "Of one attempt by a worker." },
	[TIMES_PUBLISHING] = { "publishing_seconds",
	    "From a message's decision to its delivery, disk included." },
	[TIMES_REPLACED] = { "worker_replaced_seconds",
	    "From the loss of a worker to a ready one in its place." },
	[TIMES_HANDED_OVER] = { "worker_handed_over_seconds",
	    "From the loss of a worker to the next message given to another." },
	[TIMES_LOOP] = { "loop_turn_seconds", "Of one turn of the supervisor's loop." },
};

const double times_bounds[TIMES_BOUNDS] = { 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01,
	0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120 };

static struct {
	const char *label;
	double value;
} metric_values[METRICS][METRIC_LABELS];

static struct {
	uint64_t counts[TIMES_BOUNDS + 1];
	double sum;
} times_values[TIMES];

/* The value's place. The last one is for all labels that found no place of their own. */
static double *metric_place(enum metric m, const char *label)
{
	const char *name = label ? label : "";

	for (size_t i = 0; i < METRIC_LABELS; i++) {
		const char *is = metric_values[m][i].label;
		if (is && (is == name || strcmp(is, name) == 0))
			return &metric_values[m][i].value;
		if (!is) {
			metric_values[m][i].label =
			    i + 1 < METRIC_LABELS ? name : "other";
			return &metric_values[m][i].value;
		}
	}
	return &metric_values[m][METRIC_LABELS - 1].value;
}

void metric_add(enum metric m, const char *label, uint64_t n)
{
	*metric_place(m, label) += (double)n;
}

void metric_set(enum metric m, const char *label, double value)
{
	*metric_place(m, label) = value;
}

void times_add(enum metric_times t, uint64_t us)
{
	double seconds = (double)us / 1e6;
	size_t i = 0;

	while (i < TIMES_BOUNDS && seconds > times_bounds[i])
		i++;
	times_values[t].counts[i]++;
	times_values[t].sum += seconds;
}

bool metric_nth(enum metric m, size_t i, const char **label, double *value)
{
	if (i >= METRIC_LABELS || !metric_values[m][i].label)
		return false;
	*label = metric_values[m][i].label;
	*value = metric_values[m][i].value;
	return true;
}

const uint64_t *times_get(enum metric_times t, double *sum)
{
	*sum = times_values[t].sum;
	return times_values[t].counts;
}

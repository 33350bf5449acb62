/* SPDX-License-Identifier: ISC */
#ifndef LOG_OUT_H
#define LOG_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/program.h"

/*
 * Where the lines of the log go: standard error, by way of a buffer of LOG_OUT_SIZE
 * bytes.
 *
 * Standard error is shared with whoever started us, so it is not made non-blocking. By
 * itself it writes only while poll says that it would not block; that is not enough for a
 * terminal (poll promises a few bytes, a longer line blocks; one that is stopped by XOFF
 * blocks whatever poll said) nor for a file on a disk that hangs. log_out_stand_alone()
 * ends that: a pipe or a terminal is opened once more, for us alone and without waiting;
 * a socket is sent to without waiting; for all else, and where that is refused, another
 * process writes (log_writer_main), and a pipe to it takes the place of standard error.
 *
 * That process may be killed at any moment. What it has read and not yet written lies in
 * memory that the next one gets, too (struct log_hand): a file gets every line once, also
 * the one in the middle of which the writer died. What is no file cannot be asked how
 * much it was given: it may get that one line again.
 */
enum { LOG_OUT_SIZE = 64 * 1024 };

/* A whole line with its end. False: the buffer is full. */
bool log_out_put(const char *line, size_t n) __attribute__((warn_unused_result));

/* Lines that were lost and not told: those of the caller, and those in the buffer when
 * standard error failed. */
uint64_t log_out_lost(void);
void log_out_lose(uint64_t lines);
void log_out_told(uint64_t lines);

void log_out_stand_alone(void);

/* About once a second: what waits is tried again; a writer that is stopped is sent on,
 * one that is gone is replaced. */
void log_out_tick(void);
bool log_out_reaped(pid_t); /* the writer's? */

/* What waits is written if it is taken within a moment. */
void log_out_drain(void);
void log_out_close(void);

enum { LOG_WRITER_LINES = PROGRAM_FIRST_FD, LOG_WRITER_HAND };
enum { LOG_HAND_SIZE = 4096 }; /* PIPE_BUF: a packet of the pipe at most */
enum { LOG_HAND_UNTRIED = 0, LOG_HAND_NO_FILE = -1 }; /* values of start */

/* What the writer has in hand; all 0 at first: nothing, of which nothing is written. */
struct log_hand {
	int64_t start; /* 1 + where in the file the first byte of lines is, or will be */
	uint64_t
	    done; /* of lines: so many bytes are written, as far as the writer knew */
	char lines[LOG_HAND_SIZE + 1]; /* then NUL; empty: nothing is in hand */
};

/* The role: "bulkhead log", from LOG_WRITER_LINES to standard error, by way of the file
 * LOG_WRITER_HAND. A line that cannot be written now is tried until it can, so that all
 * losses are counted where the lines are made. Returns the exit code. */
int log_writer_main(int argc, char **argv);

#endif

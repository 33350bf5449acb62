/* SPDX-License-Identifier: ISC */
#ifndef PROTO_UNWIND_H
#define PROTO_UNWIND_H

/*
 * What the supervisor asks the unwinder. On standard input it gets a black box
 * (proto/blackbox.h) whose table of modules is the supervisor's own copy, taken when the
 * worker said Ready and had seen no message yet: its paths are opened. On standard output
 * it writes a line for each frame, the innermost first:
 *
 *     MODULE ADDRESS FUNCTION SOURCE
 *
 * MODULE is an index into the table or "-", ADDRESS the machine's in hex (of the call,
 * not of the return), FUNCTION "name+0x12" or "-", SOURCE "file.c:12" or "-", to the
 * line's end. An answer is whole when the process exited with 0.
 */
enum {
	UNWIND_FRAMES = 64,
	UNWIND_TEXT = 120, /* of a function, of a source */
	UNWIND_ANSWER_MAX = UNWIND_FRAMES * (2 * UNWIND_TEXT + 48),
};

#endif

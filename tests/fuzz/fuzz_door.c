/* SPDX-License-Identifier: ISC */
/*
 * Packets of the service's door, as the other side may send them: requests that the
 * service reads, answers and states that clients read. Whatever is in a state, what is
 * made of it for the API and for Prometheus is whole: JSON that can be read back, lines
 * that end.
 *
 * Covers: supervisor/door/door_wire.c supervisor/door/render.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door/door_wire.h"
#include "door/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check_json(json_t *made)
{
	must(made != NULL);
	char *text = json_dumps(made, JSON_COMPACT);
	must(text != NULL);
	json_t *again = json_loads(text, 0, NULL);
	must(again != NULL);
	json_decref(again);
	free(text);
	json_decref(made);
}

static void check_state(const uint8_t *data, size_t size)
{
	Bulkhead__Door__State *s = bulkhead__door__state__unpack(NULL, size, data);

	if (!s)
		return;
	check_json(render_live(s));
	check_json(render_history(s));
	for (int open = 0; open < 2; open++) {
		size_t n = 0;
		char *text = render_metrics(s, open, &n);
		must(text && n > 0 && text[n - 1] == '\n' && strlen(text) == n);
		must(!open == !strstr(text, "\n# EOF\n"));
		free(text);
	}
	bulkhead__door__state__free_unpacked(s, NULL);
}

/* One packet through a real socket. */
static void check_packet(const uint8_t *data, size_t size)
{
	int pair[2], fds[DOOR_FILES];
	Bulkhead__Door__Request *request = NULL;
	Bulkhead__Door__Answer *answer = NULL;

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) == 0);
	if (send(pair[0], data, size, 0) == (ssize_t)size &&
	    send(pair[0], data, size, 0) == (ssize_t)size) {
		int got = door_receive_request(pair[1], &request, fds);
		must((got == 1) == (request != NULL) && fds[0] == -1 && fds[1] == -1);
		got = door_receive_answer(pair[1], &answer, fds);
		must((got == 1) == (answer != NULL) && fds[0] == -1 && fds[1] == -1);
	}
	if (request)
		bulkhead__door__request__free_unpacked(request, NULL);
	if (answer)
		bulkhead__door__answer__free_unpacked(answer, NULL);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] & 1)
		check_packet(data + 1, size - 1);
	else
		check_state(data + 1, size - 1);
	return 0;
}

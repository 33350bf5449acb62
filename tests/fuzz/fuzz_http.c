/* SPDX-License-Identifier: ISC */
/*
 * What the gateway itself reads of a request: Host, Origin, Authorization and content
 * type, each ended by a line. Nothing changes the service over TCP without the token,
 * whatever else is sent.
 *
 * Covers: supervisor/gateway/http_guard.c
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http.h"
#include "gateway/http_guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FIELDS = 4 };
#define TOKEN "a-token-of-the-tests"

static void must(int ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_settings settings = { .token = TOKEN,
		.hosts = "mail.example.org, other.example" };
	struct sockaddr_in peer = { .sin_family = AF_INET };
	const char *field[FIELDS] = { NULL };
	char *text, *rest;

	if (size < 1)
		return 0;
	text = rest = strndup((const char *)data + 1, size - 1);
	struct http_guard *guard = http_guard_new(&settings);
	must(text && guard);
	for (int i = 0; i < FIELDS && rest; i++)
		field[i] = strsep(&rest, "\n");
	peer.sin_addr.s_addr = htonl(data[0] & 1 ? INADDR_LOOPBACK : 0xc0000201U);
	const struct http_asked asked = { .changes = data[0] & 2,
		.peer = (const struct sockaddr *)&peer,
		.host = field[0],
		.origin = field[1],
		.authorization = field[2],
		.content_type = field[3] };
	const struct http_refusal *no = http_guard_refuses(guard, &asked);
	bool token = field[2] && strlen(field[2]) == strlen("Bearer " TOKEN) &&
		     strcmp(field[2] + strlen("Bearer "), TOKEN) == 0;
	must(no || token || (!asked.changes && (data[0] & 1)));
	must(!no || (no->status >= 400 && no->title && no->detail));
	must(no || field[0]);
	http_guard_free(guard);
	free(text);
	return 0;
}

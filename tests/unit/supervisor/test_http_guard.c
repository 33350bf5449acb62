/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>

#include "gateway/http.h"
#include "gateway/http_guard.h"

TestSuite(http_guard);

#define TOKEN "0123456789abcdef0123"

struct asked {
	char name[40];
	char peer[40]; /* "": a Unix socket */
	char host[32], origin[40], authorization[40], type[40];
	bool open, changes, no_token;
	unsigned status; /* 0: it may come in */
};

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage to = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to;

	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		to.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		to.ss_family = AF_INET6;
	return to;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

ParameterizedTestParameters(http_guard, who_may_ask_what)
{
#define GOOD "Bearer " TOKEN
	static struct asked t[] = {
		{ "local change", "", "", "", "", "", false, true, false, 0 },
		{ "local form", "", "", "", "", "text/plain", false, true, false, 415 },
		{ "near look", "127.0.0.1", "localhost:8025", "", "", "", false, false,
		    false, 0 },
		{ "near look, IPv6", "::1", "[::1]:8025", "", "", "", false, false, false,
		    0 },
		{ "near look, mapped", "::ffff:127.0.0.1", "localhost", "", "", "", false,
		    false, false, 0 },
		{ "near change", "127.0.0.1", "localhost", "", "", "", false, true, false,
		    401 },
		{ "near change, no token set", "127.0.0.1", "localhost", "", "", "",
		    false, true, true, 403 },
		{ "near change with it", "127.0.0.1", "localhost", "", GOOD, "", false,
		    true, false, 0 },
		{ "its beginning", "127.0.0.1", "localhost", "",
		    "Bearer 0123456789abcdef012", "", false, true, false, 401 },
		{ "more than it", "127.0.0.1", "localhost", "", GOOD "4", "", false, true,
		    false, 401 },
		{ "another scheme", "127.0.0.1", "localhost", "", "Basic " TOKEN, "",
		    false, true, false, 401 },
		{ "an empty one", "127.0.0.1", "localhost", "", "Bearer ", "", false,
		    true, false, 401 },
		{ "far look", "192.0.2.1", "localhost", "", "", "", false, false, false,
		    401 },
		{ "far look with it", "192.0.2.1", "anything", "", GOOD, "", false, false,
		    false, 0 },
		{ "far probe", "192.0.2.1", "", "", "", "", true, false, false, 0 },
		{ "no host", "127.0.0.1", "", "", "", "", false, false, false, 421 },
		{ "another host", "127.0.0.1", "evil.example", "", "", "", false, false,
		    false, 421 },
		{ "a host that begins so", "127.0.0.1", "localhost.evil.example", "", "",
		    "", false, false, false, 421 },
		{ "a host of ours, by a proxy", "127.0.0.1", "mail.example.org:80", "",
		    "", "", false, false, false, 401 },
		{ "the same without a token", "127.0.0.1", "mail.example.org", "", "", "",
		    false, false, true, 403 },
		{ "with it", "127.0.0.1", "mail.example.org:80", "", GOOD, "", false,
		    false, false, 0 },
		{ "another origin", "127.0.0.1", "localhost:1", "http://evil.example", "",
		    "", false, false, false, 403 },
		{ "another port's", "127.0.0.1", "localhost:1", "http://localhost:2",
		    GOOD, "", false, true, false, 403 },
		{ "our origin", "127.0.0.1", "localhost:1", "http://localhost:1", GOOD,
		    "", false, true, false, 0 },
		{ "no origin's", "127.0.0.1", "localhost:1", "null", GOOD, "", false,
		    true, false, 403 },
		{ "a form", "127.0.0.1", "localhost", "", GOOD,
		    "application/x-www-form-urlencoded", false, true, false, 415 },
		{ "a form with more", "127.0.0.1", "localhost", "", GOOD,
		    "Multipart/Form-Data; boundary=x", false, true, false, 415 },
	};
	return cr_make_param_array(struct asked, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct asked *t, http_guard, who_may_ask_what)
{
	const struct http_settings settings = { .token = t->no_token ? NULL : TOKEN,
		.hosts = "other.example mail.example.org" };
	struct http_guard *g = http_guard_new(&settings);
	const struct sockaddr_storage peer = address_of(t->peer);
	const struct http_refusal *no = http_guard_refuses(
	    g, &(struct http_asked){ .local = !*t->peer,
		   .open = t->open,
		   .changes = t->changes,
		   .peer = *t->peer ? (const struct sockaddr *)&peer : NULL,
		   .host = or_null(t->host),
		   .origin = or_null(t->origin),
		   .authorization = or_null(t->authorization),
		   .content_type = or_null(t->type) });

	cr_expect_eq(
	    no ? no->status : 0, t->status, "%s: %u", t->name, no ? no->status : 0);
	http_guard_free(g);
}

/* A proxy that keeps its own name as the Host still says whom it asks for. */
Test(http_guard, what_is_passed_on_is_not_near)
{
	const struct http_settings settings = { .token = TOKEN };
	struct http_guard *g = http_guard_new(&settings);
	const struct sockaddr_storage peer = address_of("127.0.0.1");
	struct http_asked asked = { .forwarded = true,
		.peer = (const struct sockaddr *)&peer,
		.host = "127.0.0.1:8025" };

	cr_expect_eq(http_guard_refuses(g, &asked)->status, 401);
	asked.authorization = GOOD;
	cr_expect_null(http_guard_refuses(g, &asked));
	http_guard_free(g);
}

Test(http_guard, an_address_has_its_rate)
{
	const struct http_settings settings = { .rate = 5 };
	struct http_guard *g = http_guard_new(&settings);
	const struct sockaddr_storage one = address_of("192.0.2.1"),
				      two = address_of("198.51.100.7");
	struct http_asked asked = { .open = true, .peer = (const struct sockaddr *)&one };
	unsigned taken = 0;

	while (taken < 100 && !http_guard_refuses(g, &asked))
		taken++;
	/* Twice its rate at once, and what comes back meanwhile. */
	cr_expect(taken >= 10 && taken < 20, "%u", taken);
	cr_expect_eq(http_guard_refuses(g, &asked)->status, 429);
	asked.peer = (const struct sockaddr *)&two;
	cr_expect_null(http_guard_refuses(g, &asked));
	http_guard_free(g);
}

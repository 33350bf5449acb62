/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_text.h"
#include "base/unconst.h"
#include "gateway/http_private.h"

enum {
	STREAM_BLOCK = 16 * 1024,
	STREAM_SIZE = 256 * 1024, /* what a follower may be behind */
};

void http_answer_queue(struct http_call *c)
{
	if (c->queued || !c->response)
		return;
	c->queued =
	    MHD_queue_response(c->link->connection, c->status, c->response) == MHD_YES;
	c->link->since = clock_ms();
	c->link->moved = 0;
}

static void answer_settle(struct http_call *c, unsigned status, struct MHD_Response *r)
{
	if (!r || c->response) {
		if (r)
			MHD_destroy_response(r);
		return;
	}
	c->response = r;
	c->status = status;
	if (c->http->settings->counted)
		c->http->settings->counted(c->http->settings->arg, c->route, status);
	/* Nothing here is for other sites' pages, caches or frames. */
	(void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(r, "Cache-Control", "no-store");
	(void)MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	if (c->http->draining)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	http_go(c);
}

/* Descriptor answers are read by us, so that what is sent can be counted. */
struct file_answer {
	int fd;
	struct http_call *call;
};

static ssize_t file_read(void *arg, uint64_t at, char *to, size_t n)
{
	struct file_answer *f = arg;
	ssize_t got = pread(f->fd, to, n, (off_t)at);

	if (got <= 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	f->call->link->moved += (uint64_t)got;
	return got;
}

static void file_done(void *arg)
{
	struct file_answer *f = arg;

	(void)close(f->fd);
	free(f);
}

static struct MHD_Response *file_response(struct http_call *c, int fd, uint64_t size)
{
	enum { BLOCK = 64 * 1024 };
	struct file_answer *f = calloc(1, sizeof *f);
	struct MHD_Response *r = NULL;

	if (f) {
		*f = (struct file_answer){ fd, c };
		r = MHD_create_response_from_callback(
		    size, BLOCK, file_read, f, file_done);
	}
	if (!r) {
		free(f);
		(void)close(fd);
	}
	return r;
}

void http_reply(struct http_call *c, const struct http_answer *a)
{
	struct MHD_Response *r;

	if (a->fd != -1 && !a->bytes)
		r = file_response(c, a->fd, a->size);
	else
		r = MHD_create_response_from_buffer(
		    a->n, unconst(a->bytes ? a->bytes : ""), MHD_RESPMEM_MUST_COPY);
	if (!r) {
		http_link_cut(c->link);
		return;
	}
	if (a->type)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	for (size_t i = 0; i < HTTP_FIELDS && a->fields[i].name; i++)
		(void)MHD_add_response_header(r, a->fields[i].name, a->fields[i].value);
	answer_settle(c, a->status, r);
}

/* field: NULL, or with its value. */
static void reply_json(struct http_call *c, unsigned status, const char *type,
    json_t *value, const char *field, const char *said)
{
	char *text = json_line(value, JSON_TEXT_DOCUMENT);
	struct http_answer a = { .status = status,
		.type = type,
		.bytes = text ? text : "{}",
		.n = text ? strlen(text) : 2,
		.fd = -1 };

	a.fields[0].name = field;
	a.fields[0].value = said;
	json_decref(value);
	http_reply(c, &a);
	free(text);
}

void http_json(struct http_call *c, unsigned status, json_t *value)
{
	reply_json(c, status, "application/json", value, NULL, NULL);
}

void http_problem(struct http_call *c, unsigned status, const char *title,
    const char *detail, json_t *more)
{
	json_t *o = json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title", title,
	    "status", (int)status);

	if (detail)
		(void)json_object_set_new(o, "detail", json_text(detail));
	if (more) {
		(void)json_object_update(o, more);
		json_decref(more);
	}
	bool later = status == MHD_HTTP_SERVICE_UNAVAILABLE ||
		     status == MHD_HTTP_TOO_MANY_REQUESTS;
	reply_json(c, status, "application/problem+json", o,
	    later ? MHD_HTTP_HEADER_RETRY_AFTER : NULL, "2");
}

void http_wrong_method(struct http_call *c, bool asks, const char *allow)
{
	if (asks) {
		http_reply(c, &(struct http_answer){ .status = MHD_HTTP_NO_CONTENT,
				  .fd = -1,
				  .fields = { { MHD_HTTP_HEADER_ALLOW, allow } } });
		return;
	}
	json_t *o = json_pack("{s:s, s:s, s:i, s:s+}", "type", "about:blank", "title",
	    "Method Not Allowed", "status", 405, "detail", "this is asked by ", allow);
	reply_json(c, MHD_HTTP_METHOD_NOT_ALLOWED, "application/problem+json", o,
	    MHD_HTTP_HEADER_ALLOW, allow);
}

/* --- streams --- */

static ssize_t stream_read(void *arg, uint64_t at, char *to, size_t n)
{
	struct http_call *c = arg;
	struct stream *s = &c->stream;
	size_t have = s->used - s->start;

	(void)at;
	if (have == 0 && s->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (have == 0) {
		if (s->sent)
			s->sent(s->arg);
		http_wait(c);
		return 0;
	}
	if (n > have)
		n = have;
	memcpy(to, s->bytes + s->start, n);
	s->start += n;
	c->link->moved += n;
	return (ssize_t)n;
}

void http_stream(struct http_call *c, const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, c, NULL);

	c->stream.bytes = malloc(STREAM_SIZE);
	if (!r || !c->stream.bytes) {
		http_link_cut(c->link);
		return;
	}
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	c->streaming = true;
	answer_settle(c, MHD_HTTP_OK, r);
}

bool http_stream_say(struct http_call *c, const char *bytes, size_t n)
{
	struct stream *s = &c->stream;

	if (s->start > 0) {
		memmove(s->bytes, s->bytes + s->start, s->used - s->start);
		s->used -= s->start;
		s->start = 0;
	}
	if (n > STREAM_SIZE - s->used)
		return false;
	memcpy(s->bytes + s->used, bytes, n);
	s->used += n;
	http_go(c);
	return true;
}

void http_stream_end(struct http_call *c)
{
	c->stream.over = true;
	http_go(c);
}

void http_stream_cut(struct http_call *c)
{
	http_link_cut(c->link);
	http_stream_end(c);
}

void http_stream_on_sent(struct http_call *c, void (*sent)(void *), void *arg)
{
	c->stream.sent = sent;
	c->stream.arg = arg;
}

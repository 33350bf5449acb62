/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/timer.h"
#include "base/unconst.h"
#include "base/verdict.h"
#include "gateway/gateway.h"
#include "gateway/gateway_jobs.h"
#include "gateway/gateway_wishes.h"

/*
 * POST /v1/convert: the body goes into a file of the service's (Upload) as it comes, so
 * that a gigabyte costs no memory; then the door is asked to convert it. Who waits longer
 * than wait_ms, or does not want to wait, gets a job.
 */
enum { FORM_SIZE = 32 * 1024, REPORT_MAX = 1 << 20 };

struct conversion {
	struct http_call *call; /* NULL: a job */
	struct gateway_job *job;
	struct gateway *gateway;
	struct door_call *door;
	struct event *late;
	int to_write, to_read;
	uint64_t bytes;
	struct sha256_ctx digest; /* of them */
	char sha256[2 * SHA256_DIGEST_SIZE + 1];
	struct MHD_PostProcessor
	    *form;    /* multipart/form-data; NULL: the body is the file */
	bool in_file; /* the form's file has begun */
	bool detect;  /* only what it is is wanted */
	bool failed;  /* errno in error: the file could not be written */
	int error;
	bool asked;
	struct gateway_wishes wishes;
};

static void conversion_free(struct conversion *v)
{
	door_call_end(v->door);
	if (v->late)
		event_free(v->late);
	if (v->form)
		(void)MHD_destroy_post_processor(v->form);
	if (v->to_write != -1)
		(void)close(v->to_write);
	if (v->to_read != -1)
		(void)close(v->to_read);
	free(v);
}

/* Its job is dropped. */
static void conversion_cancel(void *arg)
{
	conversion_free(arg);
}

/* --- the end --- */

/* Why it failed: what the worker said, else what its end says. "" of what is good. */
static const char *conversion_reason(const Bulkhead__Door__Ended *e)
{
	enum verdict v;

	if (*e->reason || !verdict_by_name(e->verdict, &v) || verdict_row(v)->good)
		return e->reason;
	return verdict_row(v)->text;
}

static json_t *conversion_about(
    const struct conversion *v, const Bulkhead__Door__Ended *e)
{
	json_t *o = json_pack("{s:i, s:o, s:o, s:s, s:o}", "version", 1, "id",
	    e->id ? json_sprintf("%016" PRIx64, e->id) : json_null(), "verdict",
	    json_text(e->verdict), "state", "over", "reason",
	    json_text(conversion_reason(e)));

	(void)json_object_set_new(o, "notes",
	    json_pack("{s:i, s:i, s:i}", "kept", (int)e->kept, "changed", (int)e->changed,
		"lost", (int)e->lost));
	(void)json_object_set_new(o, "bytes", json_integer((json_int_t)v->bytes));
	const struct {
		const char *key, *text;
	} facts[] = { { "format", e->format }, { "sender", e->sender },
		{ "subject", e->subject }, { "message_id", e->message_id },
		{ "message_class", e->message_class } };
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if (*facts[i].text)
			(void)json_object_set_new(
			    o, facts[i].key, json_text(facts[i].text));
	if (v->wishes.keep_dead && e->how == BULKHEAD__DOOR__ENDED__HOW__BAD)
		(void)json_object_set_new(o, "letter",
		    *e->letter ? json_sprintf("/v1/dead/%016" PRIx64, e->id)
			       : json_null());
	if (v->job) {
		(void)json_object_set_new(o, "job", json_string(v->job->id));
		if (e->how == BULKHEAD__DOOR__ENDED__HOW__GOOD)
			(void)json_object_set_new(
			    o, "result", json_sprintf("/v1/jobs/%s/result", v->job->id));
	}
	return o;
}

/* A report, which is JSON already. NULL: there is none. */
static json_t *conversion_report(int fd, uint64_t n)
{
	char *text = fd != -1 && n <= REPORT_MAX ? malloc(n + 1) : NULL;
	json_t *o = NULL;

	if (text && pread(fd, text, n, 0) == (ssize_t)n)
		o = json_loadb(text, n, 0, NULL);
	free(text);
	return o;
}

static const char *how_title(Bulkhead__Door__Ended__How how)
{
	return how == BULKHEAD__DOOR__ENDED__HOW__BAD ? "Unprocessable Content"
						      : "Service Unavailable";
}

static void conversion_say_bad(
    struct conversion *v, const Bulkhead__Door__Ended *e, int report)
{
	bool bad = e->how == BULKHEAD__DOOR__ENDED__HOW__BAD;
	json_t *more = conversion_about(v, e),
	       *document = conversion_report(report, e->bytes);

	const char *why = e->how == BULKHEAD__DOOR__ENDED__HOW__LATE
			      ? "no worker was free in time"
			      : conversion_reason(e);
	const json_t *signature =
	    json_object_get(json_object_get(document, "worker"), "signature");

	(void)json_object_del(more, "state");
	if (signature)
		(void)json_object_set(more, "signature", unconst(signature));
	if (bad && *v->sha256)
		(void)json_object_set_new(more, "sha256", json_string(v->sha256));
	if (bad && strcmp(e->verdict, "refused") == 0) {
		(void)json_object_set_new(
		    more, "offset", json_integer((json_int_t)e->offset));
		(void)json_object_set_new(more, "part", json_text(e->part));
	}
	if (document)
		(void)json_object_set_new(more, "report", document);
	http_problem(
	    v->call, bad ? 422 : 503, how_title(e->how), *why ? why : NULL, more);
}

static void conversion_say_good(
    struct conversion *v, const Bulkhead__Door__Ended *e, int *result)
{
	char id[24], notes[80], place[WISHES_NAME + 64];
	size_t n = 0;

	(void)snprintf(id, sizeof id, "%016" PRIx64, e->id);
	(void)snprintf(notes, sizeof notes, "kept=%u, changed=%u, lost=%u", e->kept,
	    e->changed, e->lost);
	n = (size_t)snprintf(place, sizeof place, "attachment; filename=\"");
	for (const char *p = *v->wishes.name ? v->wishes.name : "message";
	     *p && n < WISHES_NAME; p++)
		if (*p > ' ' && *p < 0x7f && !strchr("\"\\/;", *p))
			place[n++] = *p;
	(void)snprintf(place + n, sizeof place - n, ".%s\"",
	    e->extension && *e->extension ? e->extension : "bin");
	http_reply(v->call,
	    &(struct http_answer){ .status = 200,
		.type = e->media_type && *e->media_type ? e->media_type
							: "application/octet-stream",
		.fd = *result,
		.size = e->bytes,
		.fields = { { "X-Bulkhead-Id", id },
		    { "X-Bulkhead-Verdict", e->verdict ? e->verdict : "" },
		    { "X-Bulkhead-Notes", notes }, { "Content-Disposition", place } } });
	*result = -1;
}

/* The job is over. Whoever asked hears what is known of it, there or now. */
static void conversion_job_over(
    struct conversion *v, const Bulkhead__Door__Ended *e, bool good, int fds[DOOR_FILES])
{
	json_t *about = conversion_about(v, e);
	json_t *report = good ? conversion_report(fds[1], e->report_bytes)
			      : conversion_report(fds[0], e->bytes);

	if (report)
		(void)json_object_set_new(about, "report", report);
	if (v->call)
		http_json(v->call, 200, json_incref(about));
	gateway_job_over(
	    v->job, about, good ? fds[0] : -1, good ? e->bytes : 0, e->media_type);
	if (good)
		fds[0] = -1;
}

static void conversion_ended(
    struct conversion *v, const Bulkhead__Door__Ended *e, int fds[DOOR_FILES])
{
	int *file = &fds[0];
	bool good = e->how == BULKHEAD__DOOR__ENDED__HOW__GOOD && *file != -1;

	door_call_end(v->door);
	v->door = NULL;
	if (v->job) {
		conversion_job_over(v, e, good, fds);
		conversion_free(v);
	} else if (good && v->wishes.json && !v->detect) {
		v->job = gateway_job_new(v->gateway->jobs, NULL, NULL);
		if (v->job)
			conversion_job_over(v, e, good, fds);
		else
			gateway_no_service(v->call, EAGAIN);
	} else if (v->detect && e->how <= BULKHEAD__DOOR__ENDED__HOW__BAD) {
		json_t *about = conversion_about(v, e);
		(void)json_object_set_new(about, "convertible", json_boolean(good));
		(void)json_object_set_new(about, "sha256", json_string(v->sha256));
		http_json(v->call, 200, about);
	} else if (good) {
		conversion_say_good(v, e, file);
	} else {
		conversion_say_bad(v, e, *file);
	}
}

static void conversion_fail(struct conversion *v, int error)
{
	door_call_end(v->door);
	v->door = NULL;
	if (v->job) {
		gateway_job_over(v->job,
		    json_pack("{s:i, s:s, s:s, s:s}", "version", 1, "job", v->job->id,
			"state", "over", "verdict", "infrastructure"),
		    -1, 0, NULL);
		conversion_free(v);
	} else {
		gateway_no_service(v->call, error);
	}
}

/* --- jobs --- */

static void conversion_becomes_job(struct conversion *v)
{
	struct http_call *c = v->call;
	char where[64];

	v->job = gateway_job_new(v->gateway->jobs, conversion_cancel, v);
	if (!v->job)
		return; /* then it waits on its connection, as before */
	v->call = NULL;
	http_set_own(c, NULL);
	(void)snprintf(where, sizeof where, "/v1/jobs/%s", v->job->id);
	json_t *o = json_pack(
	    "{s:i, s:s, s:s}", "version", 1, "job", v->job->id, "state", "running");
	char *text = json_line(o, JSON_TEXT_DOCUMENT);
	http_reply(c, &(struct http_answer){ .status = 202,
			  .type = "application/json",
			  .bytes = text ? text : "{}",
			  .n = text ? strlen(text) : 2,
			  .fd = -1,
			  .fields = { { "Location", where }, { "Retry-After", "1" } } });
	free(text);
	json_decref(o);
}

static void conversion_late(evutil_socket_t fd, short what, void *arg)
{
	struct conversion *v = arg;

	(void)fd;
	(void)what;
	if (v->call)
		conversion_becomes_job(v);
}

/* --- the door --- */

static void conversion_answered(
    void *arg, const Bulkhead__Door__Answer *a, int fds[DOOR_FILES])
{
	struct conversion *v = arg;

	switch (a->kind_case) {
	case BULKHEAD__DOOR__ANSWER__KIND_OPENED:
		if (v->asked || fds[0] == -1 || fds[1] == -1)
			break;
		v->to_write = fds[0];
		v->to_read = fds[1];
		fds[0] = fds[1] = -1;
		http_go(v->call);
		return;
	case BULKHEAD__DOOR__ANSWER__KIND_BEGUN:
		return;
	case BULKHEAD__DOOR__ANSWER__KIND_ENDED:
		if (!v->asked)
			break;
		conversion_ended(v, a->ended, fds);
		return;
	case BULKHEAD__DOOR__ANSWER__KIND__NOT_SET:
	case _BULKHEAD__DOOR__ANSWER__KIND__CASE_IS_INT_SIZE:
	case BULKHEAD__DOOR__ANSWER__KIND_LOOKED:
	case BULKHEAD__DOOR__ANSWER__KIND_EVENT:
	case BULKHEAD__DOOR__ANSWER__KIND_DONE:
	case BULKHEAD__DOOR__ANSWER__KIND_TROUBLE:
	default:
		break;
	}
	conversion_fail(v, EPROTO);
}

static void conversion_gone(void *arg)
{
	conversion_fail(arg, ECONNRESET);
}

/* --- the body --- */

static void conversion_write(struct conversion *v, const char *bytes, size_t n)
{
	while (n > 0 && !v->failed) {
		ssize_t done = write(v->to_write, bytes, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0) {
			v->failed = true;
			v->error = errno;
			return;
		}
		sha256_update(&v->digest, (size_t)done, (const uint8_t *)bytes);
		bytes += done;
		n -= (size_t)done;
		v->bytes += (size_t)done;
	}
}

/* A piece of a form: the field "file" is the message, others say what is wanted. */
/* NOLINTNEXTLINE(readability-function-size): the library's form */
static enum MHD_Result conversion_field(void *arg, enum MHD_ValueKind kind,
    const char *key, const char *filename, const char *type, const char *encoding,
    const char *data, uint64_t at, size_t n)
{
	struct conversion *v = arg;

	(void)kind;
	(void)type;
	(void)encoding;
	if (key && strcmp(key, "file") == 0) {
		v->in_file = true;
		if (at == 0 && filename && *filename)
			(void)snprintf(
			    v->wishes.name, sizeof v->wishes.name, "%s", filename);
		conversion_write(v, data, n);
	} else if (key) {
		gateway_wish_piece(&v->wishes, key, data, at, n);
	}
	return MHD_YES;
}

bool gateway_convert_body(struct http_call *c, const void *bytes, size_t n)
{
	struct conversion *v = http_own(c);

	if (!v || v->to_write == -1)
		return false;
	if (v->form)
		return MHD_post_process(v->form, bytes, n) == MHD_YES;
	conversion_write(v, bytes, n);
	return true;
}

static void conversion_digest(struct conversion *v)
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&v->digest, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(v->sha256 + 2 * i, 3, "%02x", digest[i]);
}

static bool conversion_ask(struct conversion *v, bool notes)
{
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Limits limits = BULKHEAD__DOOR__LIMITS__INIT;
	Bulkhead__Door__Convert order;
	bulkhead__door__convert__init(&order);

	limits.time_ms = v->wishes.time_ms;
	limits.output = v->wishes.output;
	limits.memory = v->wishes.memory;
	order.limits = &limits;
	order.notes = notes;
	order.keep_dead = v->wishes.keep_dead;
	order.name = v->wishes.name;
	order.to = v->detect ? unconst("text") : v->wishes.to;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_CONVERT;
	r.convert = &order;
	v->asked = true;
	(void)close(v->to_write);
	v->to_write = -1;
	return door_call_ask(v->door, &r, -1);
}

void gateway_convert_whole(struct http_call *c)
{
	struct conversion *v = http_own(c);
	const char *prefer = http_header(c, "Prefer");
	bool later = prefer && strcasestr(prefer, "respond-async");

	if (!v || !v->door)
		return; /* the answer is on its way */
	if (v->form) {
		(void)MHD_destroy_post_processor(v->form);
		v->form = NULL;
		gateway_wish_whole(&v->wishes);
		if (*v->wishes.wrong) {
			http_problem(c, 400, "Bad Request", v->wishes.wrong, NULL);
			return;
		}
		if (!v->in_file) {
			http_problem(c, 400, "Bad Request",
			    "the form has no field `file` with a message", NULL);
			return;
		}
	}
	if (v->failed) {
		http_problem(c, 507, "Insufficient Storage", strerror(v->error), NULL);
		return;
	}
	if (v->bytes == 0) {
		http_problem(c, 400, "Bad Request", "the body is empty", NULL);
		return;
	}
	conversion_digest(v);
	v->late = evtimer_new(v->gateway->base, conversion_late, v);
	if (!v->late || !conversion_ask(v, later || v->wishes.json)) {
		conversion_fail(v, errno);
		return;
	}
	http_wait(c);
	if (later)
		conversion_becomes_job(v);
	else
		timer_start(v->late, v->gateway->wait_ms);
}

/* A form is parsed by the library; "file" streams through it. */
static bool conversion_form(struct conversion *v, struct http_call *c)
{
	const char *type = http_header(c, "Content-Type");

	if (!type || strncasecmp(type, "multipart/form-data", 19) != 0)
		return true;
	v->form = http_form(c, FORM_SIZE, conversion_field, v);
	return v->form != NULL;
}

static void conversion_wish(void *arg, const char *key, const char *value)
{
	struct conversion *v = arg;

	gateway_wish(&v->wishes, key, value, false);
}

/* What the query says; false: it was answered. */
static bool conversion_query(struct conversion *v, struct http_call *c)
{
	http_each_query(c, conversion_wish, v);
	if (!*v->wishes.wrong)
		return !v->wishes.keep_dead || http_admits_change(c);
	http_problem(c, 400, "Bad Request", v->wishes.wrong, NULL);
	return false;
}

static void conversion_begin(struct http_call *c, bool detect)
{
	struct gateway *g = http_arg(c);
	struct conversion *v = calloc(1, sizeof *v);
	Bulkhead__Door__Request r = BULKHEAD__DOOR__REQUEST__INIT;
	Bulkhead__Door__Upload upload = BULKHEAD__DOOR__UPLOAD__INIT;

	if (!v) {
		gateway_no_service(c, ENOMEM);
		return;
	}
	*v =
	    (struct conversion){ .call = c, .gateway = g, .to_write = -1, .to_read = -1 };
	http_set_own(c, v);
	sha256_init(&v->digest);
	v->detect = detect;
	if (!conversion_query(v, c))
		return;
	r.kind_case = BULKHEAD__DOOR__REQUEST__KIND_UPLOAD;
	r.upload = &upload;
	v->door = door_call(g->base, g->spool,
	    &(struct door_call_with){ conversion_answered, conversion_gone, v });
	if (v->door && !conversion_form(v, c)) {
		http_problem(c, 400, "Bad Request",
		    "multipart/form-data without a boundary that can be had", NULL);
		return;
	}
	if (!v->door || !door_call_ask(v->door, &r, -1)) {
		conversion_fail(v, errno);
		return;
	}
	http_wait(c);
}

void gateway_convert(struct http_call *c)
{
	conversion_begin(c, false);
}

void gateway_detect(struct http_call *c)
{
	conversion_begin(c, true);
}

void gateway_convert_gone(struct http_call *c)
{
	struct conversion *v = http_own(c);

	if (v)
		conversion_free(v);
}

/* SPDX-License-Identifier: ISC */
#include "job.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/giveup.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/span.h"
#include "base/text.h"
#include "crash.h"
#include "format/format.h"
#include "format/growth.h"
#include "jail.h"
#include "proto/channel.h"
#include "proto/convert.pb-c.h"
#include "proto/frame.h"
#include "receive.h"

enum {
	PROGRESS_EVERY_MS = 200,
	/* Longest texts in bytes: those of one answer fit a frame together. */
	TEXT_NAME = 64,
	TEXT_NOTE = 256,
	TEXT_ADDRESS = 900,
	TEXT_CLASS = 250,
	TEXT_SUBJECT = 1400,
	TEXT_REASON = 1000,
	TEXT_FOLDERS = 3200, /* of one folder's way together */
	TEXTS_MAX = 1 << 20,
	KEPT_MAX = 64 << 20, /* bytes of a store, from one order to the next */
};
_Static_assert(TEXT_NAME + 2 * TEXT_ADDRESS + TEXT_SUBJECT + TEXT_CLASS + 64 < FRAME_MAX,
    "facts fit a frame");
_Static_assert((int)CHANNEL_NOTES_MAX == (int)LIMIT_NOTES, "notes listed and sent");

/* One order in hand. */
struct job {
	struct arena *arena;
	uint64_t id, input_size, output_max, sync_from;
	uint64_t growth_floor, growth;
	uint64_t store; /* number of the one that the item is of */
	const char *to;
	int fd[CHANNEL_PASSED];
	bool keep_signed, stores;
	bool has_item, salvage;
	struct store_place item;
	struct sink *out;    /* of a list */
	struct arena *texts; /* of one frame of it; NULL: no list yet */
	uint64_t listed;     /* items in it */
	const struct notice *notice;
	bool facts_sent;
	uint64_t items;      /* bytes of the output that were told of as items */
	uint64_t seen;       /* bytes of the input, as far as told */
	int64_t progress_at; /* ms: the last Progress */
};

static _Noreturn void channel_broken(const char *what)
{
	(void)dprintf(STDERR_FILENO, "bulkhead-worker: %s\n", what);
	_exit(CHANNEL_EXIT_CHANNEL);
}

/* A frame is one write: a pipe takes PIPE_BUF bytes whole or not yet. */
static void job_say(const Bulkhead__Answer *r)
{
	uint8_t frame[FRAME_HEADER + FRAME_MAX];
	size_t n = bulkhead__answer__get_packed_size(r);

	assert(n > 0 && n <= FRAME_MAX);
	frame_put_length(frame, n);
	(void)bulkhead__answer__pack(r, frame + FRAME_HEADER);
	n += FRAME_HEADER;
	ssize_t k;
	do
		k = write(CHANNEL_ANSWERS, frame, n);
	while (k == -1 && errno == EINTR);
	if (k != (ssize_t)n)
		channel_broken("an answer could not be written");
}

static Bulkhead__Answer job_answer(const struct job *j, Bulkhead__Answer__KindCase kind)
{
	Bulkhead__Answer r;

	bulkhead__answer__init(&r);
	r.job = j->id;
	r.kind_case = kind;
	return r;
}

/* At most max bytes of s, cut between two characters. */
static size_t job_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	for (n = max; n > 0 && n > max - 4 && (s[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

/* Any bytes as UTF-8 without control characters, at most max bytes. */
static char *job_clean(struct arena *a, const char *s, size_t max, bool *was_cut)
{
	size_t all = s ? strlen(s) : 0, n = job_cut(s, all, max);
	struct text t = text_from(a, 65001, s ? s : "", n);
	size_t len = job_cut(t.s, t.len, max); /* what was unreadable has grown */
	char *to = arena_copy(a, t.s, len);

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)to[i] < ' ' || to[i] == 0x7f)
			to[i] = ' ';
		/* C1 controls: U+0080 to U+009F are c2 80 to c2 9f. As a blank of two
		   bytes, the no-break one. */
		if ((unsigned char)to[i] == 0xc2 && (unsigned char)to[i + 1] < 0xa0)
			to[i + 1] = (char)0xa0;
	}
	if (was_cut && (n < all || len < t.len))
		*was_cut = true;
	return to;
}

static int64_t job_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tell_facts(void *arg, const struct facts *facts)
{
	struct job *j = arg;
	Bulkhead__Facts f;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_FACTS);
	bool truncated = false;

	bulkhead__facts__init(&f);
	if (j->facts_sent)
		return;
	j->facts_sent = true;
	f.format = job_clean(j->arena, facts->format, TEXT_NAME, &truncated);
	f.sender = job_clean(j->arena, facts->sender, TEXT_ADDRESS, &truncated);
	f.subject = job_clean(j->arena, facts->subject, TEXT_SUBJECT, &truncated);
	f.message_id = job_clean(j->arena, facts->message_id, TEXT_ADDRESS, &truncated);
	f.message_class =
	    job_clean(j->arena, facts->message_class, TEXT_CLASS, &truncated);
	f.truncated = truncated;
	f.automatic = facts->automatic;
	f.date = facts->date;
	f.flags = facts->flags;
	r.facts = &f;
	job_say(&r);
}

static void tell_progress(void *arg, uint64_t bytes)
{
	struct job *j = arg;
	Bulkhead__Progress p;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_PROGRESS);
	int64_t now = job_now_ms();

	bulkhead__progress__init(&p);
	/* What lies inside something nested is counted by its own offsets. */
	if (bytes > j->seen)
		j->seen = bytes < j->input_size ? bytes : j->input_size;
	if (now - j->progress_at < PROGRESS_EVERY_MS)
		return;
	j->progress_at = now;
	p.bytes = j->seen;
	r.progress = &p;
	job_say(&r);
}

static void tell_item(void *arg, const char *kind, const char *name, uint64_t length)
{
	struct job *j = arg;
	Bulkhead__Item item;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_ITEM);

	bulkhead__item__init(&item);
	item.kind = job_clean(j->arena, kind, TEXT_NAME, NULL);
	item.name = job_clean(j->arena, name, TEXT_ADDRESS, NULL);
	item.offset = j->items;
	item.length = length;
	j->items += length;
	r.item = &item;
	job_say(&r);
}

/* A frame of a list has the form of an answer's. */
static void put_listed(struct job *j, const Bulkhead__Listed *l)
{
	uint8_t frame[FRAME_HEADER + FRAME_MAX];
	size_t n = bulkhead__listed__get_packed_size(l);

	assert(n > 0 && n <= FRAME_MAX);
	frame_put_length(frame, n);
	(void)bulkhead__listed__pack(l, frame + FRAME_HEADER);
	sink_write(j->out, frame, n + FRAME_HEADER);
	tell_progress(j, 0);
}

/* A list may be longer than memory: the texts of a frame go when it is written. */
static struct arena *listed_texts(struct job *j)
{
	if (!j->texts)
		j->texts = arena_new(TEXTS_MAX);
	arena_reset(j->texts);
	return j->texts;
}

static void tell_folder(
    void *arg, const char *const *names, size_t count, uint64_t expected)
{
	struct job *j = arg;
	Bulkhead__Listed l;
	Bulkhead__Folder f;
	char *clean[LIMIT_FOLDERS];
	struct arena *texts = listed_texts(j);
	size_t left = TEXT_FOLDERS;

	bulkhead__listed__init(&l);
	bulkhead__folder__init(&f);
	assert(count <= LIMIT_FOLDERS);
	for (size_t i = 0; i < count; i++) {
		size_t most = left / (count - i);
		clean[i] =
		    job_clean(texts, names[i], most < TEXT_NOTE ? most : TEXT_NOTE, NULL);
		left -= strlen(clean[i]);
	}
	f.names = clean;
	f.n_names = count;
	f.expected = expected;
	l.kind_case = BULKHEAD__LISTED__KIND_FOLDER;
	l.folder = &f;
	put_listed(j, &l);
}

static void tell_entry(void *arg, const struct entry *e)
{
	struct job *j = arg;
	Bulkhead__Listed l;
	Bulkhead__Entry to;
	Bulkhead__Place place;
	char format[16], none[1] = "";

	bulkhead__listed__init(&l);
	bulkhead__entry__init(&to);
	bulkhead__place__init(&place);
	(void)snprintf(format, sizeof format, "%s", e->place.format);
	place.format = format;
	place.store = e->place.store;
	place.store_bytes = e->place.store_bytes;
	place.at = e->place.at;
	place.bytes = e->place.bytes;
	to.number = ++j->listed;
	to.place = &place;
	to.unpacked = e->place.unpacked;
	to.flags = e->flags;
	to.date = e->date;
	to.name = e->name ? job_clean(listed_texts(j), e->name, TEXT_NOTE, NULL) : none;
	to.bytes = e->bytes;
	l.kind_case = BULKHEAD__LISTED__KIND_ENTRY;
	l.entry = &to;
	put_listed(j, &l);
}

static const Bulkhead__Note__Kind note_kinds[NOTE_KINDS] = {
	[NOTE_KEPT] = BULKHEAD__NOTE__KIND__KEPT,
	[NOTE_CHANGED] = BULKHEAD__NOTE__KIND__CHANGED,
	[NOTE_LOST] = BULKHEAD__NOTE__KIND__LOST,
};

static void say_note(struct job *j, const struct note *n, uint32_t count)
{
	Bulkhead__Note note;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_NOTE);

	bulkhead__note__init(&note);
	note.kind = note_kinds[n->kind];
	note.part = job_clean(j->arena, n->part, TEXT_NOTE, NULL);
	note.what = job_clean(j->arena, n->what, TEXT_NOTE, NULL);
	note.reason = job_clean(j->arena, n->reason, TEXT_NOTE, NULL);
	note.count = count;
	r.note = &note;
	job_say(&r);
}

/* What is listed singly, then what is beyond the list as one for each kind. */
static void say_notes(struct job *j, const struct notes *notes)
{
	uint32_t left[NOTE_KINDS];

	memcpy(left, notes->count, sizeof left);
	for (const struct note *n = notes->first; n; n = n->next) {
		say_note(j, n, 1);
		left[n->kind]--;
	}
	for (unsigned kind = 0; kind < NOTE_KINDS; kind++)
		if (left[kind])
			say_note(j,
			    &(struct note){ .kind = kind, .reason = "more of this kind" },
			    left[kind]);
}

/* The scratch file is used again: nothing is left in it. They are closed by one call
 * where the kernel knows it (Linux 5.9) and they are neighbours. */
static void close_passed(struct job *j)
{
	const int first = j->fd[0], last = j->fd[CHANNEL_PASSED - 1];

	if (sink_spilled() && ftruncate(j->fd[CHANNEL_SCRATCH], 0) == -1)
		giveup_output(errno);
	if (last - first == CHANNEL_PASSED - 1 &&
	    syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (int i = 0; i < CHANNEL_PASSED; i++)
		(void)close(j->fd[i]);
}

static void say_refused(struct job *j, const struct convert *c)
{
	Bulkhead__Refused refused;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_REFUSED);
	const char *reason = c->refused && c->refused[0] ? c->refused : "not convertible";

	bulkhead__refused__init(&refused);
	refused.reason = job_clean(j->arena, reason, TEXT_REASON, NULL);
	refused.part = job_clean(j->arena, c->refused_part, TEXT_NOTE, NULL);
	refused.offset =
	    c->refused_offset < j->input_size ? c->refused_offset : j->input_size;
	r.refused = &refused;
	close_passed(j);
	crash_job(0);
	job_say(&r);
}

static void say_done(struct job *j, struct convert *c)
{
	Bulkhead__Done done;
	Bulkhead__Syncing syncing;
	Bulkhead__Answer r = job_answer(j, BULKHEAD__ANSWER__KIND_SYNCING);

	bulkhead__syncing__init(&syncing);
	bulkhead__done__init(&done);
	say_notes(j, &c->notes);
	if (c->listed) {
		done.listed = sink_length(c->out);
		done.entries = j->listed;
		if (c->unpacked)
			sink_span(c->out, sink_bytes(c->unpacked), convert_alive, c);
	}
	sink_flush(c->out);
	if (sink_length(c->out) > j->output_max)
		giveup_output(EFBIG);
	if (j->sync_from && sink_length(c->out) >= j->sync_from) {
		r.syncing = &syncing;
		job_say(&r);
		if (fdatasync(j->fd[CHANNEL_OUTPUT]) == -1)
			giveup_output(errno);
	}
	done.outcome = c->listed      ? BULKHEAD__DONE__OUTCOME__LISTED
		       : c->unchanged ? BULKHEAD__DONE__OUTCOME__PASSED
				      : BULKHEAD__DONE__OUTCOME__CONVERTED;
	done.output = sink_length(c->out);
	done.kept = c->notes.count[NOTE_KEPT];
	done.changed = c->notes.count[NOTE_CHANGED];
	done.lost = c->notes.count[NOTE_LOST];
	r = job_answer(j, BULKHEAD__ANSWER__KIND_DONE);
	r.done = &done;
	/* First: the supervisor looks whether anybody can still write the output. */
	close_passed(j);
	crash_job(0);
	job_say(&r);
}

static const char *job_kept(const struct job *j, const char *text)
{
	return arena_copy(j->arena, text, strlen(text));
}

static const struct notice *job_notice(const struct job *j, const Bulkhead__Notice *said)
{
	struct notice *n = said ? arena_alloc(j->arena, sizeof *n) : NULL;

	if (said)
		*n = (struct notice){
			.id = said->id,
			.from = job_kept(j, said->from),
			.to = job_kept(j, said->to),
			.host = job_kept(j, said->host),
			.written = said->written,
			.arrived = said->arrived,
			.tried = said->tried,
			.sender = job_kept(j, said->sender),
			.subject = job_kept(j, said->subject),
			.message_id = job_kept(j, said->message_id),
			.file = job_kept(j, said->file),
			.verdict = job_kept(j, said->verdict),
			.text = job_kept(j, said->text),
			.code = job_kept(j, said->code),
			.reason = job_kept(j, said->reason),
			.status = job_kept(j, said->status),
			.whole = said->whole,
		};
	return n;
}

/* Wait for an order. False: the supervisor has none any more. */
static bool job_receive(struct job *j)
{
	uint8_t packet[CHANNEL_ORDER_MAX];
	ssize_t n =
	    receive_packet(CHANNEL_ORDERS, packet, sizeof packet, j->fd, CHANNEL_PASSED);

	if (n == 0)
		return false;
	if (n == -1)
		channel_broken(errno == EPROTO ? "an order without its three descriptors"
					       : "no order could be received");
	Bulkhead__Order *order = bulkhead__order__unpack(NULL, (size_t)n, packet);
	if (!order || order->job == 0 || order->to[0] == '\0')
		channel_broken("an order that makes no sense");
	j->id = order->job;
	j->to = arena_copy(j->arena, order->to, strlen(order->to));
	j->output_max = order->output_max;
	j->growth_floor = order->growth_floor;
	j->growth = order->growth;
	j->sync_from = order->sync_from;
	j->keep_signed = order->keep_signed;
	j->stores = order->stores;
	j->has_item = order->item != NULL;
	j->salvage = order->salvage;
	j->store = order->store;
	if (order->item)
		j->item = (struct store_place){
			.format = arena_copy(
			    j->arena, order->item->format, strlen(order->item->format)),
			.store = order->item->store,
			.store_bytes = order->item->store_bytes,
			.at = order->item->at,
			.bytes = order->item->bytes,
		};
	j->notice = job_notice(j, order->notice);
	j->input_size = order->input;
	bulkhead__order__free_unpacked(order, NULL);
	struct stat st;
	if (j->input_size > 0)
		return true;
	/* By number: the C library's fstat passes a path, which no jail can check. */
	if (syscall(SYS_fstat, j->fd[CHANNEL_INPUT], &st) == -1 || st.st_size < 0)
		channel_broken("an input without a size");
	j->input_size = (uint64_t)st.st_size;
	return true;
}

/* What is kept of the store of the last order. */
static struct {
	struct store_kept of;
	uint64_t number, store, store_bytes;
	char format[16];
} kept_store;

static void job_forget_store(void)
{
	kept_store.number = 0;
	kept_store.of.state = NULL;
	if (kept_store.of.arena)
		arena_reset(kept_store.of.arena);
}

/* What is kept of this order's store; NULL: nothing may be. Of any other one nothing is
 * left then. */
static struct store_kept *job_keep_store(const struct job *j)
{
	const struct store_place *at = &j->item;
	const uint64_t number = j->has_item ? j->store : 0;

	if (number != 0 && number == kept_store.number && at->store == kept_store.store &&
	    at->store_bytes == kept_store.store_bytes &&
	    strcmp(at->format, kept_store.format) == 0)
		return &kept_store.of;
	if (kept_store.number != 0)
		job_forget_store();
	if (number == 0 || strlen(at->format) >= sizeof kept_store.format)
		return NULL;
	if (!kept_store.of.arena)
		kept_store.of.arena = arena_new(KEPT_MAX);
	kept_store.number = number;
	kept_store.store = at->store;
	kept_store.store_bytes = at->store_bytes;
	(void)snprintf(kept_store.format, sizeof kept_store.format, "%s", at->format);
	return &kept_store.of;
}

bool job_serve(struct arena *arena, job_convert_fn *convert)
{
	struct job j = { .arena = arena };

	if (!job_receive(&j))
		return false;
	crash_job(j.id);
	j.progress_at = job_now_ms();
	span_keep(j.fd[CHANNEL_INPUT], j.input_size);
	/* A message in a store has its own size. */
	uint64_t size = !j.has_item              ? j.input_size
			: j.item.bytes > 0       ? j.item.bytes
			: j.item.store_bytes > 0 ? j.item.store_bytes
						 : j.input_size;
	struct growth growth = growth_of(j.growth_floor, j.growth, size);
	struct convert c = {
		.arena = arena,
		.in = span_file(j.fd[CHANNEL_INPUT], 0, j.input_size),
		.out = sink_file(arena, j.fd[CHANNEL_OUTPUT]),
		.scratch = j.fd[CHANNEL_SCRATCH],
		.growth = j.growth_floor > 0 ? &growth : NULL,
		.keep_signed = j.keep_signed,
		.stores = j.stores,
		.item = j.has_item ? &j.item : NULL,
		.kept = job_keep_store(&j),
		.salvage = j.salvage,
		.notice = j.notice,
		.tell_facts = tell_facts,
		.tell_progress = tell_progress,
		.tell_item = tell_item,
		.tell_folder = tell_folder,
		.tell_entry = tell_entry,
		.arg = &j,
	};
	j.out = c.out;
	notes_init(&c.notes, arena);
	bool ok = convert(&c, j.to);
	arena_free(j.texts);
	if (ok && c.unchanged && sink_length(c.out) != c.in.len)
		ok = convert_refuse(&c, "message", sink_length(c.out),
		    "the input changed while it was read");
	if (!ok)
		job_forget_store();
	if (ok)
		say_done(&j, &c);
	else
		say_refused(&j, &c);
	return true;
}

bool job_has_channel(void)
{
	return fcntl(CHANNEL_ORDERS, F_GETFD) != -1 &&
	       fcntl(CHANNEL_ANSWERS, F_GETFD) != -1 &&
	       fcntl(CHANNEL_BLACKBOX, F_GETFD) != -1;
}

/* Where the one place of the value is, in a frame that was packed with it. */
static size_t job_place(const struct crash_frame *f, const void *value, size_t n)
{
	const uint8_t *at = memmem(f->bytes, f->length, value, n);

	assert(at);
	assert(!memmem(at + 1, f->length - (size_t)(at + 1 - f->bytes), value, n));
	return (size_t)(at - f->bytes);
}

void job_pack_crash(struct crash_frame *f)
{
	Bulkhead__Answer r;
	Bulkhead__Crash crash;

	bulkhead__answer__init(&r);
	bulkhead__crash__init(&crash);
	r.job = 0xa1a2a3a4a5a6a7a8;
	r.kind_case = BULKHEAD__ANSWER__KIND_CRASH;
	r.crash = &crash;
	crash.signal = 0xb1b2b3b4;
	crash.code = 0xc1c2c3c4;
	crash.address = 0xd1d2d3d4d5d6d7d8;
	crash.pc = 0xe1e2e3e4e5e6e7e8;
	size_t n = bulkhead__answer__get_packed_size(&r);
	assert(n <= sizeof f->bytes - FRAME_HEADER);
	frame_put_length(f->bytes, n);
	(void)bulkhead__answer__pack(&r, f->bytes + FRAME_HEADER);
	f->length = FRAME_HEADER + n;
	f->job = job_place(f, &r.job, sizeof r.job);
	f->signal = job_place(f, &crash.signal, sizeof crash.signal);
	f->code = job_place(f, &crash.code, sizeof crash.code);
	f->address = job_place(f, &crash.address, sizeof crash.address);
	f->pc = job_place(f, &crash.pc, sizeof crash.pc);
}

void job_ready(const struct jail_layers *layers)
{
	Bulkhead__Answer r;
	Bulkhead__Ready ready;
	char id[CRASH_BUILD_SIZE], build[CRASH_BUILD_SIZE + 32];
	struct jail_layers l = *layers; /* protobuf-c wants no const */

	bulkhead__answer__init(&r);
	bulkhead__ready__init(&ready);
	crash_build(id);
	(void)snprintf(build, sizeof build, "%s %s", BULKHEAD_VERSION, id);
	ready.protocol = CHANNEL_PROTOCOL;
	ready.build = build;
	ready.active = l.active;
	ready.missing = l.missing;
	r.kind_case = BULKHEAD__ANSWER__KIND_READY;
	r.ready = &ready;
	job_say(&r);
}

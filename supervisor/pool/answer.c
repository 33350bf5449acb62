/* SPDX-License-Identifier: ISC */
#include "pool/answer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "proto/channel.h"
#include "proto/frame.h"

enum {
	/* An honest frame unpacks to its text and a few structs; a frame full of
	 * tiny unknown fields would take thirty times its size. */
	UNPACK_MAX = 4 * FRAME_MAX,
	NOTE_KINDS = 3,        /* after CHANNEL_NOTES_MAX one more for each kind */
	ITEMS_MAX = 100000,    /* convert keeps each until the order ends, */
	ITEMS_TEXT = 16 << 20, /* and their names */
	SIGNAL_MAX = 64,
	/* Longest texts, in bytes. Free text is also bounded by the frame. */
	NAME_MAX_BYTES = 255,
	TEXT_MAX_BYTES = 2048,
};

/* Every text of every kind: a text without a row would not be checked, so
 * check_texts asserts that all of them have one. */
static const struct text {
	const ProtobufCMessageDescriptor *kind;
	const char *field;
	size_t max;
	bool needed;
} texts[] = {
	{ &bulkhead__ready__descriptor, "build", NAME_MAX_BYTES, false },
	{ &bulkhead__ready__descriptor, "active", NAME_MAX_BYTES, false },
	{ &bulkhead__ready__descriptor, "missing", NAME_MAX_BYTES, false },
	{ &bulkhead__facts__descriptor, "format", NAME_MAX_BYTES, false },
	{ &bulkhead__facts__descriptor, "sender", TEXT_MAX_BYTES, false },
	{ &bulkhead__facts__descriptor, "subject", TEXT_MAX_BYTES, false },
	{ &bulkhead__facts__descriptor, "message_id", TEXT_MAX_BYTES, false },
	{ &bulkhead__facts__descriptor, "message_class", TEXT_MAX_BYTES, false },
	{ &bulkhead__note__descriptor, "part", TEXT_MAX_BYTES, false },
	{ &bulkhead__note__descriptor, "what", TEXT_MAX_BYTES, false },
	{ &bulkhead__note__descriptor, "reason", TEXT_MAX_BYTES, false },
	{ &bulkhead__item__descriptor, "kind", NAME_MAX_BYTES, true },
	{ &bulkhead__item__descriptor, "name", TEXT_MAX_BYTES, false },
	{ &bulkhead__refused__descriptor, "reason", TEXT_MAX_BYTES, true },
	{ &bulkhead__refused__descriptor, "part", TEXT_MAX_BYTES, false },
};

static const struct text *text_row(
    const ProtobufCMessageDescriptor *kind, const char *field)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].kind == kind && strcmp(texts[i].field, field) == 0)
			return &texts[i];
	return NULL;
}

static const char *check_texts(const ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		if (f->type != PROTOBUF_C_TYPE_STRING)
			continue;
		const struct text *row = text_row(m->descriptor, f->name);
		assert(row);
		const char *s;
		memcpy(&s, (const char *)m + f->offset, sizeof s);
		size_t n = s ? strlen(s) : 0;
		if (n > row->max)
			return "a text is too long";
		if (n == 0 && row->needed)
			return "a text is missing";
		if (n > 0 && !utf8_is_clean(s, n))
			return "a text is not clean UTF-8";
	}
	return NULL;
}

/* Memory for one unpacked answer; freed with plain free. */
struct budget {
	size_t left;
};

static void *budget_alloc(void *data, size_t n)
{
	struct budget *b = data;

	if (n > b->left)
		return NULL;
	b->left -= n;
	return malloc(n);
}

static void budget_free(void *data, void *p)
{
	(void)data;
	free(p);
}

/*
 * The one shape that an honest packer gives: the job (field 1, fixed64) unless it
 * is 0, then one kind (fields 2 to 10, length-delimited) to the end. So nothing
 * is ever merged, and nothing unknown stands at the top.
 */
static bool shape_ok(const uint8_t *p, size_t n)
{
	enum { TAG_JOB = 1 << 3 | 1, KIND_FIRST = 2, KIND_LAST = 10, DELIMITED = 2 };

	if (n >= 9 && p[0] == TAG_JOB) {
		p += 9;
		n -= 9;
	}
	if (n < 2 || (p[0] & 7) != DELIMITED || p[0] >> 3 < KIND_FIRST ||
	    p[0] >> 3 > KIND_LAST)
		return false;
	if (p[1] < 0x80)
		return p[1] == n - 2;
	return n >= 3 && p[2] < 0x80 && ((p[1] & 0x7fU) | p[2] << 7) == n - 3;
}

/* What each kind may say in this state. Each returns the breach or NULL. */

static const char *see_ready(struct answer_state *s, const Bulkhead__Answer *r)
{
	if (r->ready->protocol != CHANNEL_PROTOCOL)
		return "speaks another protocol";
	s->ready = true;
	return NULL;
}

static const char *see_facts(struct answer_state *s, const Bulkhead__Answer *r)
{
	(void)r;
	if (s->facts)
		return "facts said twice";
	s->facts = true;
	return NULL;
}

static const char *see_progress(struct answer_state *s, const Bulkhead__Answer *r)
{
	if (r->progress->bytes > s->input_size)
		return "progress beyond the input";
	if (r->progress->bytes < s->progress)
		return "progress fell";
	s->progress = r->progress->bytes;
	return NULL;
}

static const char *see_syncing(struct answer_state *s, const Bulkhead__Answer *r)
{
	(void)s;
	(void)r;
	return NULL;
}

static const char *see_note(struct answer_state *s, const Bulkhead__Answer *r)
{
	const Bulkhead__Note *note = r->note;

	if (note->kind < BULKHEAD__NOTE__KIND__KEPT ||
	    note->kind > BULKHEAD__NOTE__KIND__LOST)
		return "note of an unknown kind";
	if (s->notes >= CHANNEL_NOTES_MAX + NOTE_KINDS)
		return "too many notes";
	if (note->count == 0 || (s->notes < CHANNEL_NOTES_MAX && note->count != 1))
		return "note with a wrong count";
	s->notes++;
	return NULL;
}

static const char *see_item(struct answer_state *s, const Bulkhead__Answer *r)
{
	const Bulkhead__Item *item = r->item;

	s->items_text += strlen(item->kind) + strlen(item->name);
	if (s->items >= ITEMS_MAX || s->items_text > ITEMS_TEXT)
		return "too many items";
	if (item->offset != s->items_end)
		return "item does not follow the one before";
	if (item->length > s->output_max - s->items_end)
		return "item beyond the output's limit";
	s->items++;
	s->items_end += item->length;
	return NULL;
}

static const char *see_done(struct answer_state *s, const Bulkhead__Answer *r)
{
	const Bulkhead__Done *done = r->done;

	const bool listed = done->outcome == BULKHEAD__DONE__OUTCOME__LISTED;

	if (done->outcome != BULKHEAD__DONE__OUTCOME__CONVERTED &&
	    done->outcome != BULKHEAD__DONE__OUTCOME__PASSED && !listed)
		return "done with an unknown outcome";
	if (done->output > s->output_max)
		return "output beyond its limit";
	if (done->output < s->items_end)
		return "items beyond the output";
	if (listed ? !s->stores || s->items > 0 : done->listed > 0 || done->entries > 0)
		return "a list that was not asked for";
	if (done->listed > done->output)
		return "a list beyond the output";
	if (done->outcome == BULKHEAD__DONE__OUTCOME__PASSED &&
	    (s->item ? done->output > s->input_size : done->output != s->input_size))
		return "passed through, but of another size";
	s->ended = true;
	return NULL;
}

static const char *see_refused(struct answer_state *s, const Bulkhead__Answer *r)
{
	if (r->refused->offset > s->input_size)
		return "refused at an offset beyond the input";
	s->ended = true;
	return NULL;
}

static const char *see_crash(struct answer_state *s, const Bulkhead__Answer *r)
{
	if (r->crash->signal == 0 || r->crash->signal > SIGNAL_MAX)
		return "crash with an unknown signal";
	s->ended = s->crashed = true;
	return NULL;
}

static const struct kind {
	/* Its one message within the answer. */
	size_t slot;
	const char *(*see)(struct answer_state *, const Bulkhead__Answer *);
} kinds[] = {
#define KIND(field) offsetof(Bulkhead__Answer, field), see_##field
	[BULKHEAD__ANSWER__KIND_READY] = { KIND(ready) },
	[BULKHEAD__ANSWER__KIND_FACTS] = { KIND(facts) },
	[BULKHEAD__ANSWER__KIND_PROGRESS] = { KIND(progress) },
	[BULKHEAD__ANSWER__KIND_SYNCING] = { KIND(syncing) },
	[BULKHEAD__ANSWER__KIND_NOTE] = { KIND(note) },
	[BULKHEAD__ANSWER__KIND_ITEM] = { KIND(item) },
	[BULKHEAD__ANSWER__KIND_DONE] = { KIND(done) },
	[BULKHEAD__ANSWER__KIND_REFUSED] = { KIND(refused) },
	[BULKHEAD__ANSWER__KIND_CRASH] = { KIND(crash) },
};

/* May this kind be said now, and about this job? A worker may crash at any time, also
 * between two orders or at the very ends of one, when it knows of none in hand. */
static const char *check_turn(const struct answer_state *s, const Bulkhead__Answer *r)
{
	if (s->crashed)
		return "speaks after its crash";
	switch ((int)r->kind_case) {
	case BULKHEAD__ANSWER__KIND_READY:
		if (s->ready)
			return "ready said twice";
		return r->job == 0 ? NULL : "ready with a job";
	case BULKHEAD__ANSWER__KIND_CRASH:
		return r->job == 0 || r->job == s->job ? NULL : "another job";
	default:
		if (!s->ready)
			return "speaks before ready";
		if (s->job == 0)
			return "speaks without an order";
		if (s->ended)
			return "speaks after the end of its order";
	}
	return r->job == s->job ? NULL : "another job";
}

static const char *answer_check(struct answer_state *s, const Bulkhead__Answer *r)
{
	const char *breach = check_turn(s, r);
	if (breach)
		return breach;

	assert((size_t)r->kind_case < sizeof kinds / sizeof kinds[0]);
	const struct kind *kind = &kinds[r->kind_case];
	const ProtobufCMessage *m;
	assert(kind->see);
	memcpy(&m, (const char *)r + kind->slot, sizeof(const void *));
	if (m->n_unknown_fields != 0)
		return "unknown field";
	breach = check_texts(m);
	return breach ? breach : kind->see(s, r);
}

void answer_begin(
    struct answer_state *s, uint64_t job, uint64_t input_size, uint64_t output_max)
{
	*s = (struct answer_state){
		.job = job,
		.ready = s->ready,
		.input_size = input_size,
		.output_max = output_max,
	};
}

Bulkhead__Answer *answer_read(
    struct answer_state *s, const uint8_t *frame, size_t n, const char **breach)
{
	struct budget budget = { UNPACK_MAX };
	ProtobufCAllocator memory = { budget_alloc, budget_free, &budget };

	*breach = "frame of an impossible length";
	if (n == 0 || n > FRAME_MAX)
		return NULL;
	*breach = "frame is no answer";
	if (!shape_ok(frame, n))
		return NULL;
	Bulkhead__Answer *r = bulkhead__answer__unpack(&memory, n, frame);
	if (!r)
		return NULL;
	/* An honest frame has the same length when it is packed again; another one hid
	 * something (a NUL in a text, a field twice). Crash is left out: its writer, a
	 * signal handler, packs zeros, too. */
	if (r->kind_case == BULKHEAD__ANSWER__KIND_CRASH ||
	    bulkhead__answer__get_packed_size(r) == n)
		*breach = answer_check(s, r);
	if (*breach) {
		bulkhead__answer__free_unpacked(r, NULL);
		return NULL;
	}
	return r;
}

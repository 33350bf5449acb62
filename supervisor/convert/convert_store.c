/* SPDX-License-Identifier: ISC */
/* A store whose items are inputs: where they lie, their ledger, what is told of them. */
#include "convert/convert_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/dirstore.h"
#include "base/fnv.h"
#include "base/json_text.h"

/* Its files get their names, unless the run was stopped: a later one goes on with them.
 */
static void store_finish(struct store *s)
{
	struct run *r = s->run;

	if (!s->gather || !s->whole || r->draining ||
	    gather_finish(s->gather, r->options->sync != CONVERT_SYNC_NONE))
		return;
	r->unnamed = errno;
}

void store_release(struct store *s)
{
	if (--s->holders > 0)
		return;
	store_finish(s);
	gather_free(s->gather);
	items_close(s->items);
	ledger_close(s->ledger);
	results_close(s->results);
	if (s->fd != -1)
		(void)close(s->fd);
	if (s->list != -1)
		(void)close(s->list);
	free(s->path);
	free(s->claim_sub);
	free(s->sub);
	free(s->shown);
	free(s->folder);
	free(s->folder_sub);
	free(s->file);
	free(s);
}

void store_item_free(struct input *i)
{
	if (!i->item)
		return;
	store_release(i->item->store);
	free(i->item->folder);
	free(i->item->name);
	free(i->item->way);
	free(i->item);
}

/* Its file is open as long as it is in hand. */
static int open_way(struct input *i, struct pool_order *order)
{
	struct store_item *item = i->item;

	if (i->fd == -1)
		i->fd = dirstore_open(item->store->fd, item->way);
	if (i->fd == -1 || fstat(i->fd, &i->st) == -1)
		return -1;
	item->lies.bytes = (uint64_t)i->st.st_size;
	order->input_size = item->lies.bytes;
	errno = EINVAL;
	return S_ISREG(i->st.st_mode) ? i->fd : -1;
}

int store_order(struct input *i, struct pool_order *order)
{
	const struct store_item *item = i->item;
	const struct store *s = item->store;

	order->stores = false;
	if (item->way)
		return open_way(i, order);
	order->item = &item->lies.place;
	order->item_bytes = item->lies.bytes;
	order->store = item->lies.store;
	order->input_size =
	    item->lies.unpacked ? s->listed_file : (uint64_t)s->st.st_size;
	return item->lies.unpacked ? s->list : s->fd;
}

bool store_changed(const struct input *i)
{
	const struct store *s = i->item->store;
	struct stat now;

	if (i->item->way) /* each is written once */
		return i->fd != -1 && fstat(i->fd, &now) == 0 &&
		       (uint64_t)now.st_size != i->item->lies.bytes;
	return ledger_store_is_written(s->fd, &s->st);
}

/* --- the ledger --- */

static bool item_record(const struct input *i, enum ledger_state state, int class)
{
	return ledger_put(i->item->store->ledger, i->item->number,
	    &(struct ledger_record){ .key = i->item->lies.key,
		.id = i->file_end,
		.state = (uint8_t)state,
		.class = (uint8_t) class });
}

bool store_mark(struct input *i)
{
	i->item->store->marked = true;
	return item_record(i, LEDGER_MARKED, 0);
}

/* The next store with marks that the disk may not have; NULL: there is none. */
static struct store *store_marked(struct run *r)
{
	struct input *i;

	for (int state = 0; state < INPUT_STATES; state++)
		TAILQ_FOREACH (i, &r->in[state], link)
			if (i->item && i->item->store->marked) {
				i->item->store->marked = false;
				return i->item->store;
			}
	return NULL;
}

bool store_sync_marks(struct run *r)
{
	const struct store *s;
	bool ok = true;

	while ((s = store_marked(r)))
		ok = ledger_sync(s->ledger) && ok;
	return ok;
}

void store_add_marks(struct run *r, struct sync_aside *to)
{
	const struct store *s;

	while ((s = store_marked(r)))
		ledger_sync_aside(s->ledger, to);
}

void store_name_again(struct input *i)
{
	const struct store_item *item = i->item;
	const struct outcome *o = &i->outcome;
	Bulkhead__Entry e;

	if (i->run->options->layout != STORE_MAILDIR)
		return;
	bulkhead__entry__init(&e);
	e.number = item->number;
	e.flags = item->flags | o->facts.flags;
	e.date = item->date ? item->date : o->facts.date;
	store_name_mail(&e, i->result_name);
}

void store_placed(struct input *i)
{
	/* On the disk with the next marks; until then the name tells. */
	(void)item_record(i, LEDGER_PLACED, i->equals ? TALLY_DUPLICATE : 0);
}

/* --- results one behind the other --- */

bool store_gathers(const struct input *i)
{
	return i->item && i->item->store->gather;
}

bool store_append(struct input *i)
{
	const struct store_item *item = i->item;
	const struct outcome *o = &i->outcome;
	char date[ITEMS_DATE];
	json_t *about = json_object(), *more = store_json(i);

	(void)json_object_set_new(about, "version", json_integer(JSON_VERSION));
	(void)json_object_update(about, more);
	items_date(item->date ? item->date : o->facts.date, date);
	if (*date)
		(void)json_object_set_new(about, "date", json_string(date));
	(void)json_object_set_new(
	    about, "flags", items_flags(item->flags | o->facts.flags));
	const struct gather_one one = { .fd = i->result.fd,
		.bytes = o->output_size,
		.sender = o->facts.sender,
		.date = item->date ? item->date : o->facts.date,
		.flags = item->flags | o->facts.flags,
		.has_marks =
		    strcmp(item->lies.format, formats_rows[FORMATS_MBOX].name) == 0,
		.about = about };
	i->file = gather_append(
	    item->store->gather, i->result_sub, i->result_name, &one, &i->file_end);
	int saved = errno;
	item->store->appended = true;
	json_decref(more);
	json_decref(about);
	errno = saved;
	return i->file != NULL;
}

bool store_gathered(struct input *i, bool wanted)
{
	struct store *s = i->item->store;

	if (s->appended)
		s->lost = !wanted || !gather_sync(s->gather);
	if (s->appended && s->lost)
		gather_forget(s->gather);
	s->appended = false;
	errno = EIO;
	return !s->lost;
}

bool store_record_end(struct input *i)
{
	i->item->store->marked = true;
	if (!item_record(i, LEDGER_PLACED, 0))
		return false;
	gather_recorded(i->file, i->file_end);
	return true;
}

uint64_t store_owner(const struct input *i)
{
	return i->item ? fnv_text(FNV_BASIS, i->item->store->sub) : 0;
}

void store_ended(struct input *i, enum tally_class class)
{
	if (class >= TALLY_REFUSED && class <= TALLY_VIOLATED && !i->remembered)
		(void)item_record(i, LEDGER_FAILED, (int)class);
}

/* --- what is told --- */

bool store_bytes(const struct input *i, int *fd, uint64_t *offset, uint64_t *bytes)
{
	const struct store_item *item = i->item;
	const struct store *s = item->store;

	if (item->way) {
		*fd = i->fd;
		*offset = 0;
		*bytes = item->lies.bytes;
		return i->fd != -1;
	}
	*fd = item->lies.unpacked ? s->list : s->fd;
	return items_range(&item->lies, offset, bytes);
}

char *store_path(const struct input *i)
{
	const char *folder = i->result_sub + strlen(i->item->store->sub);
	char *path = NULL;

	return asprintf(
		   &path, "%s%s/%s", i->item->store->shown, folder, i->result_name) == -1
		   ? NULL
		   : path;
}

json_t *store_json(const struct input *i)
{
	json_t *o = json_object();

	json_set_name(o, "input", i->item->store->path);
	(void)json_object_set_new(o, "item", json_integer((json_int_t)i->item->number));
	json_set_name(o, "folder", i->item->folder);
	if (*i->item->name)
		json_set_name(o, "name", i->item->name);
	return o;
}

/* SPDX-License-Identifier: ISC */
/* The header, the directory and its trees ([MS-CFB] 2.2, 2.5, 2.6). */
#include "codec/cfb/cfb.h"

#include <stdarg.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "codec/cfb/cfb_guess.h"
#include "codec/cfb/cfb_table.h"

enum {
	HEADER_DIFAT = 109, /* FAT sectors that the header names */
	ENTRY_BYTES = 128,
	MINI_SHIFT = 6,
	MINI_CUTOFF = 4096, /* a stream of so many bytes is not in the mini stream */
	NO_STREAM = -1,
	NO_SECTOR = -6, /* 0xfffffffa: this and above are no sectors */
	ODD_MOST = 64,  /* oddities told of one file */
};

static const uint8_t signature[8] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };

struct cfb {
	struct arena *arena;
	struct span in, directory;
	struct cfb_table fat, mini;
	cfb_odd_fn *odd;
	void *arg;
	unsigned odds;
	uint32_t entries;
	uint8_t *held;   /* a bit for each entry: a storage holds it */
	bool long_sizes; /* version 4: sizes of 8 bytes */
	bool opened;     /* its own tables are read */
	struct cfb_entry root;
};

/* The fields of the header that count. */
struct cfb_header {
	unsigned major, byte_order, shift, mini_shift;
	uint32_t fat_count, directory, cutoff, mini_fat, mini_count, difat, difat_count;
	uint32_t fat[HEADER_DIFAT];
};

/* lost: what the file should hold is not there; else it costs nothing. */
static void cfb_tell(struct cfb *f, bool lost, uint64_t offset, const char *fmt, ...)
    __attribute__((format(__printf__, 4, 5)));

static void cfb_tell(struct cfb *f, bool lost, uint64_t offset, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (!f->odd || f->odds >= ODD_MOST)
		return;
	f->odds++;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f->odd(f->arg, lost || f->odds == ODD_MOST, offset,
	    f->odds < ODD_MOST ? text : "more oddities than are told");
}

bool cfb_probe(struct span head)
{
	uint8_t buffer[sizeof signature];

	return span_read(head, 0, buffer, sizeof buffer) == sizeof buffer &&
	       memcmp(buffer, signature, sizeof buffer) == 0;
}

static bool cfb_read_header(struct span in, struct cfb_header *h)
{
	uint8_t raw[CFB_HEADER];
	size_t n = span_read(in, 0, raw, sizeof raw);
	struct cursor c = cur_over(raw, n);

	(void)cur_take(&c, 26); /* signature, class, minor version */
	h->major = cur_u16le(&c);
	h->byte_order = cur_u16le(&c);
	h->shift = cur_u16le(&c);
	h->mini_shift = cur_u16le(&c);
	(void)cur_take(&c, 10); /* reserved, number of directory sectors */
	h->fat_count = cur_u32le(&c);
	h->directory = cur_u32le(&c);
	(void)cur_u32le(&c); /* transaction */
	h->cutoff = cur_u32le(&c);
	h->mini_fat = cur_u32le(&c);
	h->mini_count = cur_u32le(&c);
	h->difat = cur_u32le(&c);
	h->difat_count = cur_u32le(&c);
	for (size_t i = 0; i < HEADER_DIFAT; i++)
		h->fat[i] = cur_u32le(&c);
	return !c.bad;
}

/* What has one right value is told and put right. */
static void check_header(struct cfb *f, struct cfb_header *h)
{
	unsigned wanted = h->major == 4 ? 12 : 9;

	if (h->major != 3 && h->major != 4)
		cfb_tell(f, false, 26, "version %u, neither 3 nor 4", h->major);
	if (h->byte_order != 0xfffe)
		cfb_tell(f, false, 28, "byte order mark 0x%04x", h->byte_order);
	if (h->shift != 9 && h->shift != 12) {
		cfb_tell(f, false, 30, "sectors of 2^%u bytes, read as of 2^%u", h->shift,
		    wanted);
		h->shift = wanted;
	} else if (h->shift != wanted)
		cfb_tell(f, false, 30, "sectors of %u bytes in version %u",
		    1U << h->shift, h->major);
	if (h->mini_shift != MINI_SHIFT)
		cfb_tell(f, false, 32, "mini sectors of 2^%u bytes, read as of 64",
		    h->mini_shift);
	if (h->cutoff != MINI_CUTOFF)
		cfb_tell(f, false, 56,
		    "mini stream for streams below %u bytes, read as 4096", h->cutoff);
}

/* The list of FAT sectors on its way: capacity of them are needed, of which the header
 * states some. */
struct difat {
	uint32_t *list, count, capacity, stated, missing;
};

static void difat_add(struct difat *d, uint32_t sector, uint32_t sectors)
{
	if (d->count >= d->capacity)
		return;
	if (sector >= sectors) {
		d->missing += d->count < d->stated;
		sector = (uint32_t)NO_SECTOR; /* its entries are guessed */
	}
	d->list[d->count++] = sector;
}

/* The sectors that go on where the header's list ends (2.5). */
static void follow_difat(
    struct cfb *f, const struct cfb_header *h, struct difat *d, uint32_t sectors)
{
	uint32_t per = (1U << h->shift) / 4 - 1, sector = h->difat, steps = 0;
	uint8_t raw[4096];

	while (
	    d->count < d->stated && sector < sectors && steps++ <= d->stated / per + 1) {
		uint64_t at = ((uint64_t)sector + 1) << h->shift;
		size_t n = span_read(f->in, at, raw, (size_t)1 << h->shift);
		struct cursor c = cur_over(raw, n);
		for (uint32_t i = 0; i < per && c.left >= 8 && d->count < d->stated; i++)
			difat_add(d, cur_u32le(&c), sectors);
		sector = c.left >= 4 ? cur_u32le(&c) : (uint32_t)NO_SECTOR;
	}
	if (d->count < d->stated)
		cfb_tell(f, false, 68, "the list of FAT sectors ends after %u of %u",
		    d->count, d->stated);
}

/*
 * The FAT's own sectors. Those that the file is too short for are never asked: a FAT
 * longer than the file is cut. What stands behind the stated number is not looked at and
 * its entries are guessed, but a stated number of none cannot be.
 */
static struct span find_fat(struct cfb *f, const struct cfb_header *h)
{
	uint64_t size = 1ULL << h->shift;
	uint64_t fitting =
	    f->in.len > size ? (f->in.len - size + size - 1) >> h->shift : 0;
	uint32_t sectors =
	    fitting < (uint32_t)NO_SECTOR ? (uint32_t)fitting : (uint32_t)NO_SECTOR;
	uint32_t per = (uint32_t)size / 4, needed = sectors / per + (sectors % per != 0);
	struct difat d = { .capacity = needed, .stated = needed };

	if (h->fat_count > 0 && h->fat_count < needed)
		d.stated = h->fat_count;
	if (h->fat_count != needed)
		cfb_tell(f, false, 44,
		    "the FAT is %s than the file: %u sectors, %u are needed",
		    h->fat_count < needed ? "shorter" : "longer", h->fat_count, needed);
	d.list = arena_array(f->arena, d.capacity ? d.capacity : 1, sizeof *d.list);
	for (size_t i = 0; i < HEADER_DIFAT && d.count < d.stated; i++)
		difat_add(&d, h->fat[i], sectors);
	if (d.count < d.stated)
		follow_difat(f, h, &d, sectors);
	d.missing += d.stated - d.count;
	while (d.count < d.capacity)
		difat_add(&d, (uint32_t)NO_SECTOR, sectors);
	if (d.missing > 0)
		cfb_tell(f, false, 76,
		    "%u sectors of the FAT lie outside the file: sectors are taken one "
		    "after the other",
		    d.missing);
	struct cfb_guess guess = { .in = { f->in, size, h->shift },
		.fat = d.list,
		.fat_count = d.count,
		.sectors = sectors,
		.directory = h->directory,
		.mini_fat = h->mini_fat,
		.mini_count = h->mini_count };
	struct span fat = d.missing > 0 || d.stated < d.capacity
			      ? cfb_guess_fat(f->arena, &guess)
			      : span_over(NULL, 0);
	return fat.len > 0 ? fat : cfb_table_pieces(f->arena, guess.in, d.list, d.count);
}

static const char *const walk_words[] = {
	[CFB_END_FINE] = "",
	[CFB_END_SHORT] = "ends early",
	[CFB_END_OUTSIDE] = "goes on in a sector that does not exist",
	[CFB_END_LOOP] = "runs in a circle",
	[CFB_END_FREE] = "goes on in what is no sector of a chain",
};

/* of: a stream's name, or which of the container's own chains it is. */
static void cfb_tell_walk(struct cfb *f, const struct cfb_table *t,
    const struct cfb_walk *w, const char *of, uint64_t claimed, uint64_t there)
{
	uint64_t at =
	    t == &f->fat ? t->in.base + ((uint64_t)w->sector << t->in.shift) : 0;

	if (w->crossed) /* one of two has bytes of the other */
		cfb_tell(f, f->opened, at < f->in.len ? at : 0,
		    "%s: shares sector 0x%x of the %s", of, w->sector, t->name);
	if (w->end == CFB_END_FINE || there >= claimed)
		return;
	/* The mini stream's own end costs nothing, but the streams in it that need it. */
	cfb_tell(f, f->opened, 0, "%s: its chain %s: %llu of %llu bytes are there", of,
	    walk_words[w->end], (unsigned long long)there, (unsigned long long)claimed);
}

/* A chain of the container itself, of which only the beginning is known. */
static struct span own_chain(struct cfb *f, uint32_t start, const char *of)
{
	struct cfb_walk w;
	struct span s = cfb_table_chain(&f->fat, start, UINT64_MAX >> 1, &w);

	/* Without a size the end of the chain is where it ends. */
	if (w.crossed || (w.end != CFB_END_SHORT && w.end != CFB_END_FINE))
		cfb_tell(f, false, 0, "%s: its chain %s after %llu bytes", of,
		    w.crossed ? "shares sectors with another" : walk_words[w.end],
		    (unsigned long long)s.len);
	return s.len <= LIMIT_LOAD ? span_load(f->arena, s) : s;
}

static bool cfb_read_entry(const struct cfb *f, uint32_t id, struct cfb_entry *e)
{
	uint8_t raw[ENTRY_BYTES];

	if (id >= f->entries || span_read(f->directory, (uint64_t)id * ENTRY_BYTES, raw,
				    sizeof raw) < sizeof raw)
		return false;
	struct cursor c = cur_over(raw, sizeof raw);
	for (size_t i = 0; i < CFB_NAME; i++)
		e->name[i] = cur_u16le(&c);
	unsigned length = cur_u16le(&c) / 2; /* with the zero, which some do not count */
	if (length < 1 || length >= CFB_NAME)
		length = CFB_NAME;
	else if (e->name[length - 1])
		length++;
	e->name[length - 1] = 0;
	e->id = id;
	unsigned kind = cur_u8(&c);
	e->kind = kind == CFB_STORAGE || kind == CFB_STREAM || kind == CFB_ROOT
		      ? (enum cfb_kind)kind
		      : CFB_UNUSED;
	(void)cur_u8(&c); /* colour */
	e->left = cur_u32le(&c);
	e->right = cur_u32le(&c);
	e->child = cur_u32le(&c);
	cur_bytes(&c, e->clsid, sizeof e->clsid);
	(void)cur_take(&c, 20); /* state, times */
	e->start = cur_u32le(&c);
	e->size = cur_u32le(&c);
	uint64_t high = cur_u32le(&c);
	if (f->long_sizes) /* in version 3 some writers leave anything there (2.6.1) */
		e->size |= high << 32;
	return true;
}

static void open_mini(struct cfb *f, const struct cfb_header *h)
{
	struct span entries = span_over(NULL, 0), store = span_over(NULL, 0);
	struct cfb_walk w;

	if (h->mini_fat < f->fat.count)
		entries = own_chain(f, h->mini_fat, "mini FAT");
	if (f->root.size > 0) {
		store = cfb_table_chain(&f->fat, f->root.start, f->root.size, &w);
		cfb_tell_walk(f, &f->fat, &w, "mini stream", f->root.size, store.len);
	}
	if (store.len <= LIMIT_LOAD)
		store = span_load(f->arena, store);
	cfb_table_init(&f->mini, f->arena, "mini stream", entries,
	    (struct cfb_sectors){ store, 0, MINI_SHIFT });
}

/* Entry 0 is the root; where that is damaged the first one that says so. */
static bool find_root(struct cfb *f)
{
	struct cfb_entry e;

	for (uint32_t id = 0; id < f->entries; id++)
		if (cfb_read_entry(f, id, &e) && e.kind == CFB_ROOT) {
			if (id > 0)
				cfb_tell(f, false, 0,
				    "the root is entry %u of the directory", id);
			f->root = e;
			return true;
		}
	if (!cfb_read_entry(f, 0, &e))
		return false;
	cfb_tell(f, false, 0, "no entry of the directory is a root: the first is taken");
	f->root = e;
	f->root.kind = CFB_ROOT;
	return true;
}

struct cfb *cfb_open(struct arena *arena, struct span in, cfb_odd_fn *odd, void *arg,
    const char **why, uint64_t *offset)
{
	struct cfb *f = arena_alloc(arena, sizeof *f);
	struct cfb_header h;

	*f = (struct cfb){ .arena = arena, .odd = odd, .arg = arg };
	f->in = in.len <= LIMIT_LOAD ? span_load(arena, in) : in;
	*offset = 0;
	*why = "not a compound file";
	if (!cfb_probe(f->in))
		return NULL;
	*why = "ends within the header of a compound file";
	*offset = f->in.len;
	if (!cfb_read_header(f->in, &h))
		return NULL;
	check_header(f, &h);
	f->long_sizes = h.shift == 12;
	struct span fat = find_fat(f, &h);
	if (fat.len <= LIMIT_LOAD)
		fat = span_load(arena, fat);
	cfb_table_init(&f->fat, arena, "file", fat,
	    (struct cfb_sectors){ f->in, 1ULL << h.shift, h.shift });
	f->directory = own_chain(f, h.directory, "directory");
	uint64_t entries = f->directory.len / ENTRY_BYTES;
	f->entries = entries < UINT32_MAX ? (uint32_t)entries : UINT32_MAX;
	f->held = arena_alloc(arena, f->entries / 8 + 1);
	*why = "compound file without a directory";
	*offset = 48;
	if (!find_root(f))
		return NULL;
	f->held[f->root.id / 8] |= (uint8_t)(1U << f->root.id % 8);
	open_mini(f, &h);
	f->opened = true;
	return f;
}

struct arena *cfb_arena(const struct cfb *f)
{
	return f->arena;
}

struct cfb_entry cfb_root(const struct cfb *f)
{
	return f->root;
}

/* Entries on a walk through a storage's tree: of which the right-hand side is still to be
 * visited, or all that it came by. */
struct stack {
	uint32_t *ids, count, capacity;
};

static void stack_push(struct cfb *f, struct stack *s, uint32_t id)
{
	if (s->count == s->capacity) {
		uint32_t capacity = s->capacity ? 2 * s->capacity : 64;
		uint32_t *ids = arena_array(f->arena, capacity, sizeof *ids);
		if (s->count > 0)
			memcpy(ids, s->ids, s->count * sizeof *ids);
		s->ids = ids;
		s->capacity = capacity;
	}
	s->ids[s->count++] = id;
}

static bool stack_holds(const struct stack *s, uint32_t id)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

/* Take the entry for this storage, which came by these; false: no such one, or it is
 * taken. A circle costs nothing, but what another storage holds is missing here. */
static bool hold_entry(
    struct cfb *f, uint32_t id, const char *of, struct stack *own, struct cfb_entry *e)
{
	if (id == (uint32_t)NO_STREAM)
		return false;
	if (id >= f->entries || !cfb_read_entry(f, id, e)) {
		cfb_tell(f, true, 0, "%s: refers to entry %u of %u", of, id, f->entries);
		return false;
	}
	if (f->held[id / 8] & 1U << id % 8) {
		if (f->odds < ODD_MOST)
			cfb_tell(f, !stack_holds(own, id), 0,
			    "%s: refers to entry %u, which has its place already", of,
			    id);
		return false;
	}
	f->held[id / 8] |= (uint8_t)(1U << id % 8);
	stack_push(f, own, id);
	return true;
}

void cfb_children(struct cfb *f, const struct cfb_entry *storage,
    void (*each)(void *arg, const struct cfb_entry *), void *arg)
{
	struct stack pending = { 0 }, own = { 0 };
	uint32_t next = storage->child;
	struct cfb_entry e;
	char of[CFB_NAME];

	cfb_name(storage, of);
	CRUMB_WITHIN("cfb", storage->id);
	if (storage->kind == CFB_STREAM)
		return;
	stack_push(f, &own, storage->id);
	/* In the order of the tree: all on the left, then the entry, then the right. */
	for (;;) {
		while (hold_entry(f, next, of, &own, &e)) {
			stack_push(f, &pending, e.id);
			next = e.left;
		}
		if (pending.count == 0)
			return;
		(void)cfb_read_entry(f, pending.ids[--pending.count], &e);
		next = e.right;
		if (e.kind == CFB_ROOT) { /* where no root can be: a storage */
			cfb_tell(
			    f, false, 0, "%s: entry %u says that it is a root", of, e.id);
			e.kind = CFB_STORAGE;
		}
		if (e.kind == CFB_STORAGE || e.kind == CFB_STREAM)
			each(arg, &e);
		else
			cfb_tell(f, false, 0,
			    "%s: entry %u is neither storage nor stream", of, e.id);
	}
}

bool cfb_holds(struct cfb *f, const struct cfb_entry *storage, const char *name)
{
	struct stack pending = { 0 };
	uint32_t steps = 0;
	struct cfb_entry e;
	char its[CFB_NAME];

	if (storage->kind != CFB_STREAM)
		stack_push(f, &pending, storage->child);
	/* A circle ends with the number of entries there are. */
	while (pending.count > 0 && steps++ < f->entries) {
		if (!cfb_read_entry(f, pending.ids[--pending.count], &e))
			continue;
		cfb_name(&e, its);
		if (e.kind != CFB_UNUSED && strncasecmp(its, name, strlen(name)) == 0)
			return true;
		stack_push(f, &pending, e.left);
		stack_push(f, &pending, e.right);
	}
	return false;
}

struct span cfb_stream(struct cfb *f, const struct cfb_entry *e)
{
	struct cfb_table *t = e->size < MINI_CUTOFF ? &f->mini : &f->fat;
	struct cfb_walk w;
	char of[CFB_NAME];

	if (e->size == 0 || e->kind != CFB_STREAM)
		return span_over(NULL, 0);
	struct span s = cfb_table_chain(t, e->start, e->size, &w);
	if (w.crossed || s.len < e->size) {
		cfb_name(e, of);
		cfb_tell_walk(f, t, &w, of, e->size, s.len);
	}
	return s.len < MINI_CUTOFF ? span_load(f->arena, s) : s;
}

void cfb_name(const struct cfb_entry *e, char to[CFB_NAME])
{
	size_t i = 0;

	for (; i < CFB_NAME - 1 && e->name[i]; i++)
		to[i] = (char)(e->name[i] >= ' ' && e->name[i] < 0x7f ? e->name[i] : '?');
	to[i] = '\0';
}

uint32_t cfb_orphans(struct cfb *f)
{
	uint32_t count = 0;
	struct cfb_entry e;

	for (uint32_t id = 0; id < f->entries; id++)
		if (!(f->held[id / 8] & 1U << id % 8) && cfb_read_entry(f, id, &e) &&
		    (e.kind == CFB_STORAGE || (e.kind == CFB_STREAM && e.size > 0)))
			count++;
	return count;
}

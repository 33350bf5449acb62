/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/rtf/rtf.h"
#include "codec/rtf/rtf_lex.h"
#include "codec/rtf/rtf_walk_private.h"

enum {
	CRUMB_STEP = 64 * 1024,
	MEMORY = 64 << 20,
	ASIDE_MEMORY = 1 << 20,
	CODEPAGE_DEFAULT = 1252
};
void rtf_walk_lost(struct rtf_walk *w, unsigned what)
{
	w->facts.lost |= what;
}

bool rtf_walk_color(const struct rtf_walk *w, unsigned index, uint32_t *rgb)
{
	return rtf_colors_get(&w->colors, index, rgb);
}

struct rtf_font rtf_walk_font(const struct rtf_walk *w, uint16_t number)
{
	return rtf_fonts_get(&w->fonts, number);
}

uint16_t rtf_walk_default_font(const struct rtf_walk *w)
{
	return w->default_font;
}

const struct rtf_now *rtf_walk_now(const struct rtf_walk *w, int32_t *parameter)
{
	*parameter = w->parameter;
	return &w->now;
}

const struct rtf_item *rtf_walk_item(const struct rtf_walk *w)
{
	return &w->item;
}

const char *rtf_walk_place(const struct rtf_walk *w)
{
	unsigned i = w->facts.places - 1;

	return i < w->want->place_count && !w->to->asides ? w->want->places[i] : NULL;
}

const char *rtf_walk_mark(const struct rtf_walk *w, size_t *len)
{
	*len = w->mark_len;
	return w->mark;
}

struct rtf_level *rtf_walk_level(struct rtf_walk *w, uint16_t ls, uint16_t level)
{
	return rtf_lists_get(&w->lists, ls, level);
}

void rtf_walk_restart(struct rtf_walk *w, uint16_t ls, uint16_t level)
{
	rtf_lists_restart(&w->lists, ls, level);
}

/* rtf_chars hands a decoded text over. */
static void rtf_walk_put_text(void *arg, const char *s, size_t n)
{
	struct rtf_walk *w = arg;

	if (!rtf_is_shown(w))
		return;
	if (w->now.state.dest == RTF_DEST_FIELD) {
		rtf_field_add(&w->field, s, n);
	} else if (w->now.state.dest == RTF_DEST_MARK) {
		n = n < RTF_MARK_MAX - w->mark_len ? n : RTF_MARK_MAX - w->mark_len;
		memcpy(w->mark + w->mark_len, s, n);
		w->mark_len += n;
	} else {
		w->shown++;
		w->to->text(w->to->arg, &w->now.state, s, n);
	}
}

static unsigned document_codepage(const struct rtf_walk *w)
{
	return w->facts.codepage ? w->facts.codepage : CODEPAGE_DEFAULT;
}

/*
 * Bytes in a font of signs. The encapsulated original names that font itself and
 * keeps the bytes; a rendering has only the signs.
 */
static void put_signs(struct rtf_walk *w, uint8_t face, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t sign = rtf_fonts_sign((enum rtf_face)face, p[i]);
		if (!sign && p[i] == 0xb7)
			sign = 0x2022; /* a bullet in all of them */
		if (sign)
			rtf_chars_unicode(&w->chars, sign);
		else
			rtf_chars_bytes(&w->chars, CODEPAGE_DEFAULT, &p[i], 1);
	}
}

static void rtf_walk_put_bytes(struct rtf_walk *w, const uint8_t *p, size_t n)
{
	uint8_t dest = w->now.state.dest;

	if (dest == RTF_DEST_FONTS)
		rtf_fonts_name(&w->fonts, p, n);
	else if (dest == RTF_DEST_COLORS)
		rtf_colors_text(&w->colors, p, n);
	else if (dest == RTF_DEST_PICTURE || dest == RTF_DEST_OBJECT)
		w->item_filled = true;
	if (!rtf_is_shown(w))
		return;
	struct rtf_font font = rtf_fonts_get(&w->fonts, w->now.state.looks.font);
	unsigned codepage = font.codepage ? font.codepage : document_codepage(w);
	if (w->now.state.dest == RTF_DEST_HTMLTAG) /* MS-OXRTFEX 2.2.3.2 */
		codepage = document_codepage(w);
	if (codepage != RTF_SYMBOL_PAGE)
		rtf_chars_bytes(&w->chars, codepage, p, n);
	else if (w->to->original)
		rtf_chars_bytes(&w->chars, CODEPAGE_DEFAULT, p, n);
	else
		put_signs(w, font.face, p, n);
}

static void put_unicode(struct rtf_walk *w, uint32_t u)
{
	struct rtf_font font = rtf_fonts_get(&w->fonts, w->now.state.looks.font);

	if (!rtf_is_shown(w))
		return;
	/* Fonts of signs have their bytes at U+F000, too. */
	if (u >= 0xf020 && u <= 0xf0ff && font.codepage == RTF_SYMBOL_PAGE &&
	    !w->to->original) {
		uint8_t b = (uint8_t)u;
		put_signs(w, font.face, &b, 1);
	} else {
		rtf_chars_unicode(&w->chars, u);
	}
}

static uint16_t rtf_walk_clamp(int32_t n)
{
	return (uint16_t)(n < 0 ? 0 : n > UINT16_MAX ? UINT16_MAX : n);
}

static void read_font(struct rtf_walk *w, int32_t number)
{
	if (w->now.state.dest == RTF_DEST_FONTS)
		rtf_fonts_begin(&w->fonts, number);
	else
		w->now.state.looks.font = rtf_walk_clamp(number);
}

/* \uN: a signed 16-bit number; some write the code point itself. */
static void read_unicode(struct rtf_walk *w, int32_t n)
{
	put_unicode(w, n < 0 ? (uint32_t)n & 0xffff : (uint32_t)n);
	w->skip = w->now.state.fallback;
}

/* \ls belongs to the table of overrides, and to a paragraph. */
static void read_list(struct rtf_walk *w, enum rtf_list_word word, int32_t n)
{
	enum rtf_dest dest = (enum rtf_dest)w->now.state.dest;

	if (dest == RTF_DEST_LISTS || dest == RTF_DEST_OVERRIDES)
		rtf_lists_word(&w->lists, word, n, dest == RTF_DEST_OVERRIDES);
	else if (word == RTF_LIST_LS)
		w->now.state.layout.list = rtf_walk_clamp(n);
	if (w->lists.full)
		rtf_walk_lost(w, RTF_LOST_LISTS);
}

/* What describes a font, within the table of them. */
static void do_font(struct rtf_walk *w, const struct rtf_word *word, int32_t n)
{
	if (w->now.state.dest != RTF_DEST_FONTS)
		return;
	if (word->value == RTF_SELF_FONT_CHARSET)
		rtf_fonts_charset(&w->fonts, n);
	else if (word->value == RTF_SELF_FONT_CODEPAGE)
		rtf_fonts_codepage(&w->fonts, n);
	else
		rtf_fonts_family(&w->fonts, (enum rtf_family)word->more);
}

static void do_self(
    struct rtf_walk *w, const struct rtf_word *word, const struct rtf_token *t)
{
	struct rtf_state *now = &w->now.state;

	switch ((enum rtf_self)word->value) {
	case RTF_SELF_PLAIN:
		now->looks = (struct rtf_looks){ .font = w->default_font };
		break;
	case RTF_SELF_PARD:
		now->layout = (struct rtf_layout){ 0 };
		break;
	case RTF_SELF_CODEPAGE:
		if (!word->more)
			w->facts.codepage = rtf_walk_clamp(t->number);
		else if (!w->facts.codepage)
			w->facts.codepage = word->more;
		break;
	case RTF_SELF_DEFAULT_FONT:
		now->looks.font = w->default_font = rtf_walk_clamp(t->number);
		break;
	case RTF_SELF_FONT:
		read_font(w, t->number);
		break;
	case RTF_SELF_FONT_CHARSET:
	case RTF_SELF_FONT_CODEPAGE:
	case RTF_SELF_FONT_FAMILY:
		do_font(w, word, t->number);
		break;
	case RTF_SELF_UNICODE:
		read_unicode(w, t->number);
		break;
	case RTF_SELF_COLOR:
		if (now->dest == RTF_DEST_COLORS)
			rtf_colors_part(&w->colors, t->number, word->more);
		break;
	case RTF_SELF_BORDER:
		w->now.cell.border |= w->now.cell.side;
		break;
	case RTF_SELF_PICT:
		w->now.pict.kind = (uint8_t)word->more;
		break;
	case RTF_SELF_LIST:
		read_list(w, (enum rtf_list_word)word->more, t->number);
		break;
	case RTF_SELF_PN:
		if (now->dest == RTF_DEST_PN)
			now->layout.marker = (uint8_t)word->more;
		break;
	case RTF_SELF_PN_FROM:
		if (now->dest == RTF_DEST_PN)
			now->layout.marker_from = rtf_walk_clamp(t->number);
		break;
	}
}

static void do_event(struct rtf_walk *w, enum rtf_event e, int32_t parameter)
{
	rtf_chars_flush(&w->chars);
	if (!rtf_is_seen(w))
		return;
	bool silent = !rtf_is_shown(w);
	bool defines = e == RTF_ROW_STARTS || e == RTF_CELL_EDGE || e == RTF_NEST_ROW;
	w->parameter = parameter;
	w->facts.places += e == RTF_PLACE && !silent;
	if (w->now.state.dest == RTF_DEST_FIELD)
		rtf_field_add(&w->field, " ", 1);
	else if (w->now.state.dest != RTF_DEST_MARK && (defines || !silent))
		w->to->event(w->to->arg, &w->now.state, e);
	if (e == RTF_CELL_EDGE || e == RTF_ROW_STARTS)
		w->now.cell = (struct rtf_cell){ 0 };
	if (e == RTF_ROW_STARTS)
		w->now.row_left = 0;
}

/* Words between the two bytes of one character that do not part them. */
static bool parts_characters(const struct rtf_word *word)
{
	return !(word->action == RTF_DO_SELF && word->value == RTF_SELF_FONT) &&
	       !(word->action == RTF_DO_FLAG &&
		   word->value == offsetof(struct rtf_now, state.suppressed));
}

/* The member that the word's row names. */
static void rtf_walk_set(
    struct rtf_walk *w, const struct rtf_word *word, const void *value, size_t n)
{
	memcpy((char *)w + offsetof(struct rtf_walk, now) + word->value, value, n);
}

static void do_action(
    struct rtf_walk *w, const struct rtf_word *word, const struct rtf_token *t)
{
	uint8_t more = (uint8_t)word->more, none = 0;
	uint16_t number = rtf_walk_clamp(t->number);

	switch ((enum rtf_action)word->action) {
	case RTF_DO_CHAR:
		put_unicode(w, word->value);
		break;
	case RTF_DO_DEST:
		rtf_group_turn(w, word);
		break;
	case RTF_DO_EVENT:
		do_event(w, (enum rtf_event)word->value, t->number);
		break;
	case RTF_DO_FLAG:
		rtf_walk_set(
		    w, word, !t->has_number || t->number != 0 ? &more : &none, 1);
		break;
	case RTF_DO_SET:
		rtf_walk_set(w, word, &more, 1);
		break;
	case RTF_DO_SHORT:
		rtf_walk_set(w, word, &number, sizeof number);
		break;
	case RTF_DO_NUMBER:
		rtf_walk_set(w, word, &t->number, sizeof t->number);
		break;
	case RTF_DO_SELF:
		do_self(w, word, t);
		break;
	}
}

static void do_word(struct rtf_walk *w, const struct rtf_token *t)
{
	const struct rtf_word *word = rtf_words_find(t->name, t->n);
	bool starred = w->starred;

	w->starred = false;
	if (w->now.state.dest == RTF_DEST_SKIP)
		return;
	if (starred && (!word || word->action != RTF_DO_DEST)) {
		rtf_group_turn(w, NULL);
		return;
	}
	if (!word)
		return;
	bool is_unicode = word->action == RTF_DO_SELF && word->value == RTF_SELF_UNICODE;
	if (!is_unicode && parts_characters(word))
		rtf_chars_flush(&w->chars);
	else if (!is_unicode)
		rtf_chars_flush_soft(&w->chars);
	do_action(w, word, t);
}

static void do_symbol(struct rtf_walk *w, int32_t symbol)
{
	uint8_t b = (uint8_t)symbol;

	switch (symbol) {
	case '*':
		w->starred = true;
		break;
	case '{':
	case '}':
	case '\\':
		rtf_walk_put_bytes(w, &b, 1);
		break;
	case '\t':
		put_unicode(w, '\t');
		break;
	case '\r':
	case '\n':
		do_event(w, RTF_PAR, 0);
		break;
	case '~':
		put_unicode(w, 0xa0);
		break;
	case '-':
		put_unicode(w, 0xad);
		break;
	case '_': /* MS-OXRTFEX 2.1.3.1.4.2 takes it for a soft hyphen */
		put_unicode(w, w->to->original ? 0xad : 0x2011);
		break;
	default:
		break;
	}
}

/*
 * The fallback behind \u, counted in characters: a word or a \'hh is one. Another
 * \u is no fallback, whatever \uc says. True: nothing is left of the token.
 */
static bool skip_fallback(struct rtf_walk *w, struct rtf_token *t)
{
	if (t->kind == RTF_TOKEN_BYTES) {
		size_t n = t->n < w->skip ? t->n : w->skip;
		t->p += n;
		t->n -= n;
		w->skip -= (uint32_t)n;
		return t->n == 0;
	}
	if (t->kind == RTF_TOKEN_WORD && t->n == 1 && t->name[0] == 'u') {
		w->skip = 0;
		return false;
	}
	w->skip--;
	return true;
}

static void do_token(struct rtf_walk *w, struct rtf_token *t)
{
	uint8_t b = (uint8_t)t->number;

	if (t->kind == RTF_TOKEN_OPEN || t->kind == RTF_TOKEN_CLOSE)
		w->skip = 0;
	if (w->skip > 0 && skip_fallback(w, t))
		return;
	switch (t->kind) {
	case RTF_TOKEN_OPEN:
		rtf_group_open(w);
		break;
	case RTF_TOKEN_CLOSE:
		rtf_group_close(w);
		break;
	case RTF_TOKEN_WORD:
		do_word(w, t);
		return;
	case RTF_TOKEN_SYMBOL:
		do_symbol(w, t->number);
		return;
	case RTF_TOKEN_HEX:
		rtf_walk_put_bytes(w, &b, 1);
		break;
	case RTF_TOKEN_BYTES:
		rtf_walk_put_bytes(w, t->p, t->n);
		break;
	case RTF_TOKEN_BROKEN:
		if (rtf_is_shown(w))
			rtf_walk_lost(w, RTF_LOST_CHARACTERS);
		break;
	case RTF_TOKEN_BIN:
		w->item_filled |= t->n > 0;
		break;
	case RTF_TOKEN_END:
		break;
	}
	w->starred = false;
}

struct rtf_walk *rtf_walk_new(struct span rtf, const struct rtf_want *want)
{
	struct arena *a = arena_new(MEMORY);
	struct rtf_walk *w = arena_alloc(a, sizeof *w);

	*w = (struct rtf_walk){
		.arena = a,
		.rtf = rtf,
		.want = want,
		.in = feed_over(a, rtf),
		.chars = { .aside = arena_new(ASIDE_MEMORY),
		    .put = rtf_walk_put_text,
		    .arg = w },
		.fonts = { .arena = a },
		.colors = { .arena = a, .color = RTF_COLOR_AUTO },
		.lists = { .arena = a },
		.field = { .arena = a },
		.now = { .state = { .fallback = 1 } },
		.field_depth = RTF_NO_FIELD,
	};
	w->in.progress = want->progress;
	w->in.arg = want->arg;
	return w;
}

void rtf_walk_free(struct rtf_walk *w)
{
	arena_free(w->chars.aside);
	arena_free(w->arena); /* and the walk in it */
}

/* Is there anything but padding behind the last group? */
static bool has_more(struct feed *in)
{
	while (feed_any(in))
		if (feed_byte(in) > ' ')
			return true;
	return false;
}

static bool rtf_walk_is_long(const struct rtf_visitor *to)
{
	return to->out && to->most > 0 && sink_length(to->out) >= to->most;
}

struct rtf_facts rtf_walk_run(struct rtf_walk *w, const struct rtf_visitor *to)
{
	struct rtf_token t;
	uint64_t next = 0;

	w->to = to;
	w->facts.items = to->items_before;
	do {
		if (feed_at(&w->in) >= next) {
			CRUMB_WITHIN("rtf", feed_at(&w->in));
			next += CRUMB_STEP;
		}
		t = rtf_lex(&w->in);
		do_token(w, &t);
	} while (t.kind != RTF_TOKEN_END && w->depth > 0 && !rtf_walk_is_long(to));
	bool is_cut = t.kind != RTF_TOKEN_END && w->depth > 0;
	rtf_chars_flush(&w->chars);
	rtf_group_end(w);
	if (is_cut)
		rtf_walk_lost(w, RTF_LOST_REST);
	else if (has_more(&w->in))
		rtf_walk_lost(w, RTF_LOST_BEHIND);
	if (w->chars.lossy)
		rtf_walk_lost(w, RTF_LOST_CHARACTERS);
	w->facts.codepage = document_codepage(w);
	return w->facts;
}

#include "codec/rtf_walk.h"

#include <string.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/text.h"
#include "codec/rtf_chars.h"
#include "codec/rtf_field.h"
#include "codec/rtf_fonts.h"
#include "codec/rtf_lex.h"
#include "codec/rtf_words.h"

enum { CRUMB_STEP = 64 * 1024 };
enum { GROUPS_FIRST = 32, COLORS_FIRST = 16, CODEPAGE_DEFAULT = 1252 };
#define NO_FIELD UINT32_MAX
#define COLOR_AUTO UINT32_MAX

struct rtf_walk {
	struct arena *arena;
	struct cursor in;
	struct rtf_facts facts;
	const struct rtf_visitor *to;
	struct rtf_chars chars;
	struct rtf_fonts fonts;

	struct rtf_state now;
	struct rtf_state *groups; /* those around the present one */
	uint32_t depth, room;
	uint32_t too_deep; /* groups over the limit, which share one state */

	bool starred;  /* \* was the last token */
	uint32_t skip; /* what \u's fallback still has to be skipped */
	uint16_t default_font;

	uint32_t *colors, color; /* color: the one being described */
	size_t color_count, color_room;

	uint32_t field_depth; /* of the group with a field's instruction */
	struct sink *field;
};

void rtf_walk_lossy(struct rtf_walk *w)
{
	w->facts.lossy = true;
}

bool rtf_walk_color(const struct rtf_walk *w, unsigned index, uint32_t *rgb)
{
	if (index >= w->color_count || w->colors[index] == COLOR_AUTO)
		return false;
	*rgb = w->colors[index];
	return true;
}

/* Does text at this place go anywhere? */
static bool is_shown(const struct rtf_walk *w)
{
	switch ((enum rtf_dest)w->now.dest) {
	case RTF_DEST_BODY:
	case RTF_DEST_HTMLTAG:
		return !(w->to->original && w->now.suppressed);
	case RTF_DEST_NUMBER:
		return !w->to->original;
	case RTF_DEST_FIELD:
		return true;
	case RTF_DEST_FONTS:
	case RTF_DEST_COLORS:
	case RTF_DEST_PICTURE:
	case RTF_DEST_TWICE:
	case RTF_DEST_SKIP:
		break;
	}
	return false;
}

/* rtf_chars hands a decoded text over. */
static void put_text(void *arg, const char *s, size_t n)
{
	struct rtf_walk *w = arg;

	if (!is_shown(w))
		return;
	if (w->now.dest == RTF_DEST_FIELD)
		sink_write(w->field, s, n);
	else
		w->to->text(w->to->arg, &w->now, s, n);
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

/* A colour table entry ends at each semicolon; one without parts is "automatic". */
static void end_colors(struct rtf_walk *w, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != ';' || w->color_count > UINT16_MAX)
			continue;
		if (w->color_count == w->color_room) {
			size_t room = w->color_room ? w->color_room * 2 : COLORS_FIRST;
			uint32_t *list = arena_array(w->arena, room, sizeof *list);
			if (w->color_count)
				memcpy(list, w->colors, w->color_count * sizeof *list);
			w->colors = list;
			w->color_room = room;
		}
		w->colors[w->color_count++] = w->color;
		w->color = COLOR_AUTO;
	}
}

static void put_bytes(struct rtf_walk *w, const uint8_t *p, size_t n)
{
	struct rtf_font font = rtf_fonts_get(&w->fonts, w->now.font);
	unsigned codepage = font.codepage ? font.codepage : document_codepage(w);

	if (w->now.dest == RTF_DEST_FONTS)
		rtf_fonts_name(&w->fonts, p, n);
	else if (w->now.dest == RTF_DEST_COLORS)
		end_colors(w, p, n);
	if (!is_shown(w))
		return;
	if (w->now.dest == RTF_DEST_HTMLTAG) /* MS-OXRTFEX 2.2.3.2 */
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
	struct rtf_font font = rtf_fonts_get(&w->fonts, w->now.font);

	if (!is_shown(w))
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

static void open_group(struct rtf_walk *w)
{
	rtf_chars_flush_soft(&w->chars);
	if (w->depth == LIMIT_RTF_GROUPS) {
		w->too_deep++;
		rtf_walk_lossy(w);
		return;
	}
	if (w->depth == w->room) {
		uint32_t room = w->room ? w->room * 2 : GROUPS_FIRST;
		struct rtf_state *list = arena_array(w->arena, room, sizeof *list);
		if (w->depth)
			memcpy(list, w->groups, w->depth * sizeof *list);
		w->groups = list;
		w->room = room;
	}
	w->groups[w->depth++] = w->now;
}

/* The instruction of a field is complete: its group gets the link. */
static struct rtf_link *end_field(struct rtf_walk *w)
{
	struct span s = sink_bytes(w->field);
	bool refused;
	struct rtf_link *link =
	    rtf_field_link(w->arena, (const char *)s.mem, (size_t)s.len, &refused);

	w->field_depth = NO_FIELD;
	if (refused)
		rtf_walk_lossy(w);
	return link;
}

static void close_group(struct rtf_walk *w)
{
	if (w->too_deep > 0) {
		w->too_deep--;
		return;
	}
	const struct rtf_state *outer = &w->groups[w->depth - 1];
	if (outer->dest != w->now.dest)
		rtf_chars_flush(&w->chars);
	else
		rtf_chars_flush_soft(&w->chars);
	bool field_ends = w->depth == w->field_depth;
	w->now = *outer;
	w->depth--;
	if (field_ends)
		w->now.link = end_field(w);
}

/* Which destination the group turns to, seen from the one it is in. */
static enum rtf_dest turn_to(const struct rtf_walk *w, enum rtf_dest to)
{
	switch ((enum rtf_dest)w->now.dest) {
	case RTF_DEST_PICTURE: /* holds nothing but its own properties */
	case RTF_DEST_FIELD:
		return RTF_DEST_SKIP;
	case RTF_DEST_FONTS:
	case RTF_DEST_COLORS:
	case RTF_DEST_HTMLTAG:
	case RTF_DEST_NUMBER:
		return to == RTF_DEST_SKIP || to == RTF_DEST_PICTURE ? to : w->now.dest;
	case RTF_DEST_BODY:
	case RTF_DEST_TWICE:
	case RTF_DEST_SKIP:
		break;
	}
	if (w->to->original)
		return to == RTF_DEST_FIELD || to == RTF_DEST_PICTURE ? RTF_DEST_SKIP
								      : to;
	return to == RTF_DEST_HTMLTAG ? RTF_DEST_SKIP : to;
}

static void change_dest(struct rtf_walk *w, const struct rtf_word *word)
{
	enum rtf_dest to = word ? (enum rtf_dest)word->value : RTF_DEST_SKIP;
	bool losing = word && word->more && is_shown(w);

	if (w->depth <= 1) /* a destination is a group of its own: not the document */
		return;
	rtf_chars_flush(&w->chars);
	to = turn_to(w, to);
	if (losing)
		rtf_walk_lossy(w);
	if (to == RTF_DEST_HTMLTAG)
		w->facts.tags++;
	if (to == RTF_DEST_PICTURE && is_shown(w)) {
		w->facts.pictures++;
		rtf_walk_lossy(w);
		w->to->event(w->to->arg, &w->now, RTF_PICTURE);
	}
	if (to == RTF_DEST_FIELD) {
		w->field_depth = w->depth;
		w->field = sink_memory(w->arena);
	}
	if (to == RTF_DEST_FONTS)
		w->fonts.name_len = 0;
	w->now.dest = (uint8_t)to;
}

static uint16_t clamp(int32_t n)
{
	return (uint16_t)(n < 0 ? 0 : n > UINT16_MAX ? UINT16_MAX : n);
}

static void read_font(struct rtf_walk *w, int32_t number)
{
	if (w->now.dest == RTF_DEST_FONTS)
		rtf_fonts_begin(&w->fonts, number);
	else
		w->now.font = clamp(number);
}

static void read_color(struct rtf_walk *w, int32_t part, unsigned shift)
{
	if (w->now.dest != RTF_DEST_COLORS)
		return;
	if (w->color == COLOR_AUTO)
		w->color = 0;
	w->color &= ~(UINT32_C(0xff) << shift);
	w->color |= ((uint32_t)part & 0xff) << shift;
}

/* \uN: a signed 16-bit number; some write the code point itself. */
static void read_unicode(struct rtf_walk *w, int32_t n)
{
	put_unicode(w, n < 0 ? (uint32_t)n & 0xffff : (uint32_t)n);
	w->skip = w->now.fallback;
}

static void do_self(
    struct rtf_walk *w, const struct rtf_word *word, const struct rtf_token *t)
{
	switch ((enum rtf_self)word->value) {
	case RTF_SELF_PLAIN:
		w->now.looks = (struct rtf_looks){ 0 };
		w->now.font = w->default_font;
		break;
	case RTF_SELF_PARD:
		w->now.layout = (struct rtf_layout){ 0 };
		break;
	case RTF_SELF_CODEPAGE:
		if (!word->more)
			w->facts.codepage = clamp(t->number);
		else if (!w->facts.codepage)
			w->facts.codepage = word->more;
		break;
	case RTF_SELF_DEFAULT_FONT:
		w->now.font = w->default_font = clamp(t->number);
		break;
	case RTF_SELF_FONT:
		read_font(w, t->number);
		break;
	case RTF_SELF_FONT_CHARSET:
		if (w->now.dest == RTF_DEST_FONTS)
			rtf_fonts_charset(&w->fonts, t->number);
		break;
	case RTF_SELF_FONT_CODEPAGE:
		if (w->now.dest == RTF_DEST_FONTS)
			rtf_fonts_codepage(&w->fonts, t->number);
		break;
	case RTF_SELF_UNICODE:
		read_unicode(w, t->number);
		break;
	case RTF_SELF_COLOR:
		read_color(w, t->number, word->more);
		break;
	}
}

static void do_event(struct rtf_walk *w, enum rtf_event e)
{
	rtf_chars_flush(&w->chars);
	if (!is_shown(w))
		return;
	if (w->now.dest == RTF_DEST_FIELD)
		sink_text(w->field, " ");
	else
		w->to->event(w->to->arg, &w->now, e);
}

/* Words between the two bytes of one character that do not part them. */
static bool parts_characters(const struct rtf_word *word)
{
	return !(word->action == RTF_DO_SELF && word->value == RTF_SELF_FONT) &&
	       !(word->action == RTF_DO_FLAG &&
		   word->value == offsetof(struct rtf_state, suppressed));
}

/* The member of the state that the word's row names. */
static void set_field(struct rtf_walk *w, const struct rtf_word *word, uint8_t value)
{
	memcpy((char *)w + offsetof(struct rtf_walk, now) + word->value, &value,
	    sizeof value);
}

static void set_number(struct rtf_walk *w, const struct rtf_word *word, uint16_t value)
{
	memcpy((char *)w + offsetof(struct rtf_walk, now) + word->value, &value,
	    sizeof value);
}

static void do_word(struct rtf_walk *w, const struct rtf_token *t)
{
	const struct rtf_word *word = rtf_words_find(t->p, t->n);
	bool starred = w->starred;

	w->starred = false;
	if (w->now.dest == RTF_DEST_SKIP)
		return;
	if (starred && (!word || word->action != RTF_DO_DEST)) {
		change_dest(w, NULL);
		return;
	}
	if (!word)
		return;
	bool is_unicode = word->action == RTF_DO_SELF && word->value == RTF_SELF_UNICODE;
	if (!is_unicode && parts_characters(word))
		rtf_chars_flush(&w->chars);
	else if (!is_unicode)
		rtf_chars_flush_soft(&w->chars);
	switch ((enum rtf_action)word->action) {
	case RTF_DO_CHAR:
		put_unicode(w, word->value);
		break;
	case RTF_DO_DEST:
		change_dest(w, word);
		break;
	case RTF_DO_EVENT:
		do_event(w, (enum rtf_event)word->value);
		break;
	case RTF_DO_FLAG:
		set_field(w, word, !t->has_number || t->number != 0);
		break;
	case RTF_DO_SET:
		set_field(w, word, (uint8_t)word->more);
		break;
	case RTF_DO_NUMBER:
		set_number(w, word, clamp(t->number));
		break;
	case RTF_DO_SELF:
		do_self(w, word, t);
		break;
	}
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
		put_bytes(w, &b, 1);
		break;
	case '\t':
		put_unicode(w, '\t');
		break;
	case '\r':
	case '\n':
		do_event(w, RTF_PAR);
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
	if (t->kind == RTF_TOKEN_WORD && t->n == 1 && *t->p == 'u') {
		w->skip = 0;
		return false;
	}
	w->skip--;
	return true;
}

static void do_token(struct rtf_walk *w, struct rtf_token t)
{
	uint8_t b = (uint8_t)t.number;

	if (t.kind == RTF_TOKEN_OPEN || t.kind == RTF_TOKEN_CLOSE)
		w->skip = 0;
	if (w->skip > 0 && skip_fallback(w, &t))
		return;
	switch (t.kind) {
	case RTF_TOKEN_OPEN:
		open_group(w);
		break;
	case RTF_TOKEN_CLOSE:
		close_group(w);
		break;
	case RTF_TOKEN_WORD:
		do_word(w, &t);
		return;
	case RTF_TOKEN_SYMBOL:
		do_symbol(w, t.number);
		return;
	case RTF_TOKEN_HEX:
		put_bytes(w, &b, 1);
		break;
	case RTF_TOKEN_BYTES:
		put_bytes(w, t.p, t.n);
		break;
	case RTF_TOKEN_BROKEN:
		if (is_shown(w))
			rtf_walk_lossy(w);
		break;
	case RTF_TOKEN_BIN:
	case RTF_TOKEN_END:
		break;
	}
	w->starred = false;
}

struct rtf_walk *rtf_walk_new(struct arena *a, const void *rtf, size_t n)
{
	struct rtf_walk *w = arena_alloc(a, sizeof *w);

	*w = (struct rtf_walk){
		.arena = a,
		.in = cur_over(rtf, n),
		.chars = { .arena = a, .put = put_text, .arg = w },
		.fonts = { .arena = a },
		.now = { .fallback = 1 },
		.color = COLOR_AUTO,
		.field_depth = NO_FIELD,
	};
	return w;
}

/* Is there anything but padding behind the last group? */
static bool has_more(struct cursor in)
{
	while (in.left > 0)
		if (cur_u8(&in) > ' ')
			return true;
	return false;
}

struct rtf_facts rtf_walk_run(struct rtf_walk *w, const struct rtf_visitor *to)
{
	size_t size = w->in.left, next = 0;
	struct rtf_token t;

	w->to = to;
	do {
		if (size - w->in.left >= next) {
			CRUMB_WITHIN("rtf", size - w->in.left);
			next += CRUMB_STEP;
		}
		t = rtf_lex(&w->in);
		do_token(w, t);
	} while (t.kind != RTF_TOKEN_END && w->depth > 0);
	rtf_chars_flush(&w->chars);
	if (has_more(w->in))
		rtf_walk_lossy(w);
	w->facts.lossy |= w->chars.lossy;
	w->facts.codepage = document_codepage(w);
	return w->facts;
}

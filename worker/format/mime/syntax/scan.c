/* SPDX-License-Identifier: ISC */
#include "format/mime/syntax/scan.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/crumb.h"
#include "base/limits.h"
#include "codec/date.h"
#include "format/mime/syntax/fields.h"
#include "format/mime/syntax/lines.h"
#include "format/mime/syntax/params.h"
#include "format/mime/syntax/words.h"

/* Bytes of one header field that are looked at. */
enum { FIELD_MAX = 16 * 1024, PROGRESS_STEP = 1 << 20 };

struct scan {
	struct convert *c;
	struct lines lines;
	struct entity *first, **last;
	struct entity *now; /* whose header or body the next line is of; NULL: nobody's */
	struct entity *open; /* innermost multipart or message around it */
	bool in_header;
	bool begun; /* a line that is not blank was seen */
	uint64_t
	    odd; /* offset of the first line in the header that is no field; 0 none */
	uint64_t field; /* offset of the field being read */
	size_t field_name;
	char field_text[64]; /* its name */
	unsigned eol;        /* of the line before */
	uint32_t count;
	bool deep;
	uint64_t progress;
	struct facts facts;
};

static char *scan_own(struct arena *a, const char *s)
{
	return arena_copy(a, s, strlen(s));
}

/* Give it the place in the tree that follows from its parent. */
static struct entity *scan_enter(struct scan *s, struct entity *parent, uint64_t at)
{
	struct arena *a = s->c->arena;
	struct entity *e = arena_alloc(a, sizeof *e);

	*e = (struct entity){
		.parent = parent, .lead = at, .head = at, .body = at, .end = at
	};
	if (!parent) {
		e->root = true;
		e->path = "message";
	} else {
		e->level = parent->level + 1;
		e->root = !parent->boundary;
		e->shelter = parent->shelter;
		if (!e->shelter && parent->type &&
		    (strcmp(parent->type, "multipart/signed") == 0 ||
			strcmp(parent->type, "multipart/encrypted") == 0))
			e->shelter = parent->type;
		parent->parts++;
		e->path = parent->parent
			      ? arena_printf(a, "%s.%u", parent->path, parent->parts)
			      : arena_printf(a, "part %u", parent->parts);
	}
	e->host = e->root ? e : parent->host;
	*s->last = e;
	s->last = &e->next;
	s->now = e;
	s->in_header = true;
	s->field_name = 0;
	s->count++;
	CRUMB("mime", e->level, s->count, 0, at);
	return e;
}

/* The field's value without its line ends, NUL-terminated. */
static char *field_value(struct scan *s, uint64_t end)
{
	uint64_t from = s->field + s->field_name;
	uint64_t n = end > from ? end - from : 0;

	if (n > FIELD_MAX)
		n = FIELD_MAX;
	char *value = arena_alloc(s->c->arena, (size_t)n + 1);
	size_t have = span_read(s->lines.in, from, value, (size_t)n);
	size_t kept = 0;
	for (size_t i = 0; i < have; i++) {
		char ch = value[i];
		if (ch == '\r' || ch == '\n') /* unfolded */
			continue;
		if ((unsigned char)ch < ' ')
			ch = ' ';
		value[kept++] = ch;
	}
	have = kept;
	value[have] = '\0';
	while (have > 0 && value[have - 1] == ' ')
		value[--have] = '\0';
	char *p = value;
	while (*p == ' ' || *p == ':')
		p++;
	return p;
}

/*
 * RFC 2046 5.1.1: a boundary does not end in a blank. Where one does, its lines may have
 * the blanks before what marks the last one.
 */
static void scan_put_boundary(struct scan *s, struct entity *e, const char *boundary)
{
	size_t n = strlen(boundary);

	while (n > 0 && boundary[n - 1] == ' ')
		n--;
	e->boundary = n > 0 ? arena_copy(s->c->arena, boundary, n) : NULL;
	e->boundary_blanks = boundary[n] != '\0';
}

/* "text/plain"; RFC 2045 5.2: what is no type is text. */
static const char *scan_type(const char *word)
{
	const char *slash = memchr(word, '/', strlen(word));

	return slash && slash > word && slash[1] ? word : "text/plain";
}

/* The name of a file in this parameter, NULL: none. */
static const char *scan_name(const struct params *p, const char *param)
{
	struct text name = params_text(p, param);

	return name.len > 0 ? name.s : NULL;
}

static struct params scan_params(
    struct scan *s, const struct entity *e, const char *value)
{
	struct params p = params_of(s->c->arena, value);

	if (p.more)
		notes_add(&s->c->notes, NOTE_KEPT, e->path, p.word,
		    "more than %d parameters: the rest was not looked at",
		    LIMIT_PARAMETERS);
	return p;
}

/* An id without the angle brackets and blanks around it; NULL: nothing is left. */
static const char *scan_bare_id(struct scan *s, const char *value)
{
	value += strspn(value, "< \t\r\n");
	size_t n = strcspn(value, "> \t\r\n");

	return n > 0 ? arena_copy(s->c->arena, value, n) : NULL;
}

static void on_id(struct scan *s, struct entity *e, const char *value)
{
	e->id = e->id ? e->id : scan_bare_id(s, value);
}

static void on_type(struct scan *s, struct entity *e, const char *value)
{
	struct params p = scan_params(s, e, value);

	if (e->type)
		return;
	e->type = scan_type(p.word);
	e->name = e->name ? e->name : scan_name(&p, "name");
	e->charset = params_word(&p, "charset");
	const char *boundary = params_word(&p, "boundary");
	if (boundary && strncmp(e->type, "multipart/", 10) == 0)
		scan_put_boundary(s, e, boundary);
	const char *start = params_word(&p, "start");
	if (start && strcmp(e->type, "multipart/related") == 0)
		e->start = scan_bare_id(s, start);
}

static void on_disposition(struct scan *s, struct entity *e, const char *value)
{
	struct params p = scan_params(s, e, value);
	const char *name = scan_name(&p, "filename");

	e->attachment = strcmp(p.word, "attachment") == 0;
	e->name = name ? name : e->name;
}

static void on_encoding(struct scan *s, struct entity *e, const char *value)
{
	(void)s;
	e->encoding = transfer_named(value);
}

/* As a fact, which ends at a NUL: control characters are blanks. */
static const char *scan_decoded(struct scan *s, const char *value)
{
	struct arena *a = s->c->arena;

	return text_clean(a, words_decode(a, value, strlen(value))).s;
}

static void on_from(struct scan *s, struct entity *e, const char *value)
{
	if (!e->parent && !s->facts.sender)
		s->facts.sender = scan_decoded(s, value);
}

static void on_subject(struct scan *s, struct entity *e, const char *value)
{
	if (!e->parent && !s->facts.subject)
		s->facts.subject = scan_decoded(s, value);
}

static void on_message_id(struct scan *s, struct entity *e, const char *value)
{
	if (!e->message_id)
		e->message_id = scan_own(s->c->arena, value);
	if (!e->parent && !s->facts.message_id)
		s->facts.message_id = scan_own(s->c->arena, value);
}

/* RFC 3834 section 5: written by a program, unless it says "no". */
static void on_automatic(struct scan *s, struct entity *e, const char *value)
{
	bool no = strcspn(value, " \t;(") == 2 && strncasecmp(value, "no", 2) == 0;

	s->facts.automatic |= !e->parent && !no;
}

/* RFC 3834 section 2, RFC 5321 section 4.5.5: a report on delivery has no way back. */
static void on_return_path(struct scan *s, struct entity *e, const char *value)
{
	s->facts.automatic |= !e->parent && strcmp(value, "<>") == 0;
}

static void on_precedence(struct scan *s, struct entity *e, const char *value)
{
	s->facts.automatic |= !e->parent && (strcasecmp(value, "bulk") == 0 ||
						strcasecmp(value, "list") == 0 ||
						strcasecmp(value, "junk") == 0);
}

static void scan_on_list(struct scan *s, struct entity *e, const char *value)
{
	(void)value;
	s->facts.automatic |= !e->parent;
}

static void on_date(struct scan *s, struct entity *e, const char *value)
{
	if (e->parent || s->facts.date != 0)
		return;
	s->facts.date = date_read(value, strlen(value)).unix_s;
}

static void on_mime_version(struct scan *s, struct entity *e, const char *value)
{
	(void)s;
	(void)value;
	e->mime_version = true;
}

static void on_dkim(struct scan *s, struct entity *e, const char *value)
{
	(void)s;
	(void)value;
	e->signed_by = "DKIM-Signature";
}

/* RFC 8617 4.1.2: signs the body as DKIM does. */
static void on_arc(struct scan *s, struct entity *e, const char *value)
{
	(void)s;
	(void)value;
	if (!e->signed_by)
		e->signed_by = "ARC-Message-Signature";
}

/* RFC 4870, which came before DKIM. */
static void on_domain_key(struct scan *s, struct entity *e, const char *value)
{
	(void)s;
	(void)value;
	if (!e->signed_by)
		e->signed_by = "DomainKey-Signature";
}

static void on_correlator(struct scan *s, struct entity *e, const char *value)
{
	e->correlator = scan_own(s->c->arena, value);
}

static const struct field {
	const char *name;
	void (*on)(struct scan *, struct entity *, const char *value);
} fields[] = {
	{ "Content-Type", on_type },
	{ "Content-Disposition", on_disposition },
	{ "Content-ID", on_id },
	{ "Content-Transfer-Encoding", on_encoding },
	{ "MIME-Version", on_mime_version },
	{ "From", on_from },
	{ "Date", on_date },
	{ "Subject", on_subject },
	{ "Message-ID", on_message_id },
	{ "Auto-Submitted", on_automatic },
	{ "Return-Path", on_return_path },
	{ "Precedence", on_precedence },
	{ "List-Id", scan_on_list },
	{ "DKIM-Signature", on_dkim },
	{ "ARC-Message-Signature", on_arc },
	{ "DomainKey-Signature", on_domain_key },
	{ "X-MS-TNEF-Correlator", on_correlator },
};

/* The field being read ends where the next line begins. */
static void scan_end_field(struct scan *s, uint64_t end)
{
	for (size_t i = 0; s->field_name && i < sizeof fields / sizeof fields[0]; i++)
		if (strlen(fields[i].name) == s->field_name &&
		    strncasecmp(fields[i].name, s->field_text, s->field_name) == 0)
			fields[i].on(s, s->now, field_value(s, end));
	s->field_name = 0;
}

static bool is_message(const struct entity *e)
{
	if (!e->type)
		return e->parent && e->parent->type &&
		       strcmp(e->parent->type, "multipart/digest") == 0;
	return (strcmp(e->type, "message/rfc822") == 0 ||
		   strcmp(e->type, "message/global") == 0) &&
	       e->encoding != TRANSFER_BASE64 && e->encoding != TRANSFER_QUOTED;
}

/* The header is over; the body begins at offset at. */
static void end_header(struct scan *s, uint64_t at)
{
	struct entity *e = s->now;
	size_t n;

	scan_end_field(s, at);
	/* RFC 2046 5.1.1: it ends with no blank, and no line that it stands in does. */
	if (e->boundary && (n = strlen(e->boundary)) > 0 && e->boundary[n - 1] == ' ') {
		while (n > 0 && e->boundary[n - 1] == ' ')
			n--;
		e->boundary = n > 0 ? arena_copy(s->c->arena, e->boundary, n) : NULL;
	}
	e->mail = is_message(e);
	bool holds = e->boundary || (e->mail && s->deep);
	s->in_header = false;
	e->body = e->end = at;
	if (!e->parent && convert_wants_facts(s->c)) {
		s->facts.format = "mime";
		s->facts.automatic |= e->type && strcmp(e->type, "multipart/report") == 0;
		s->facts.flags = s->c->flags;
		s->c->tell_facts(s->c->arg, &s->facts);
	}
	if (holds && (e->level >= LIMIT_DEPTH || s->count >= LIMIT_PARTS)) {
		notes_add(&s->c->notes, NOTE_KEPT, e->path, e->type,
		    "nested too deeply or too many parts: not looked into");
		e->boundary = NULL;
		holds = false;
	}
	if (!holds)
		return;
	s->open = e;
	if (e->boundary)
		s->now = NULL; /* until its first boundary */
	else
		(void)scan_enter(s, e, at);
}

/* What is open inside of m is over; the line ending before the boundary is not its own.
 */
static void end_bodies(struct scan *s, const struct entity *m, uint64_t at, unsigned eol)
{
	for (struct entity *e = s->now ? s->now : s->open; e && e != m; e = e->parent)
		e->end = at - e->body >= eol ? at - eol : e->body;
}

static size_t scan_behind_blanks(const struct line *l, size_t at)
{
	while (at < l->len &&
	       (l->text[at] == ' ' || l->text[at] == '\t' || l->text[at] == '\r'))
		at++;
	return at;
}

/* Is the line its boundary's? *last: its closing form. Trailing blanks are allowed. */
static bool is_boundary(const struct line *l, const struct entity *e, bool *last)
{
	size_t n = strlen(e->boundary), at = n + 2;

	if (l->len < at || memcmp(l->text + 2, e->boundary, n) != 0)
		return false;
	if (e->boundary_blanks)
		at = scan_behind_blanks(l, at);
	*last = l->len - at >= 2 && memcmp(l->text + at, "--", 2) == 0;
	if (*last)
		at += 2;
	return scan_behind_blanks(l, at) == l->len;
}

/* A boundary of any open multipart ends what is inside of it. */
static bool on_boundary(struct scan *s, const struct line *l)
{
	bool last = false;
	struct entity *m = s->open;

	if (l->len < 3 || memcmp(l->text, "--", 2) != 0)
		return false;
	while (m && !(m->boundary && is_boundary(l, m, &last)))
		m = m->parent;
	if (!m)
		return false;
	if (s->now && s->in_header)
		end_header(s, l->off);
	end_bodies(s, m, l->off, s->eol);
	s->now = NULL;
	s->in_header = false;
	if (last || s->count >= LIMIT_PARTS) {
		if (!last)
			notes_add(&s->c->notes, NOTE_KEPT, m->path, m->type,
			    "more than %d parts: the rest was not looked into",
			    LIMIT_PARTS);
		s->open = m->parent;
		s->now = m; /* what follows is behind its parts */
	} else {
		s->open = m;
		scan_enter(s, m, l->end)->lead = l->off - s->eol;
	}
	return true;
}

/* False: the header ended before this line, which is the body's. */
static bool header_line(struct scan *s, const struct line *l)
{
	struct entity *e = s->now;

	if (l->len == 0) {
		if (s->begun) /* else blank lines before the mail's header */
			end_header(s, l->end);
		return true;
	}
	s->begun = true;
	if (l->off == e->head)
		e->crlf = l->eol == 2;
	if (*l->text == ' ' || *l->text == '\t')
		return true;
	scan_end_field(s, l->off);
	size_t skip =
	    l->off == 0 && l->len > 3 && memcmp(l->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	bool dashes = l->len > 2 && memcmp(l->text, "--", 2) == 0; /* a boundary? */
	size_t name = dashes ? 0 : fields_name(l->text + skip, l->len - skip);
	if (name == 0) {
		/* No header at all, or its end is not marked. A mail's is believed
		 * longer. */
		if (!e->root || dashes)
			end_header(s, l->off);
		else if (s->odd <= e->head)
			s->odd = l->off;
		return s->in_header;
	}
	s->field = l->off + skip;
	s->field_name = name < sizeof s->field_text ? name : 0;
	if (s->field_name)
		memcpy(s->field_text, l->text + skip, name);
	return true;
}

static bool scan_is_blank(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (n - i >= 3 &&
		    (memcmp(p + i, "=20", 3) == 0 || memcmp(p + i, "=A0", 3) == 0))
			i += 2; /* quoted-printable blanks */
		else if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	}
	return true;
}

bool scan_is_shown(const struct entity *e)
{
	const char *type = e->type ? e->type : "text/plain";

	return e->text && !e->attachment && !e->name && !e->boundary && !e->mail &&
	       !e->tnef &&
	       (strcmp(type, "text/plain") == 0 || strcmp(type, "text/html") == 0);
}

const struct entity *scan_root_of(const struct entity *related)
{
	/* The list is in the order of the file. */
	return related->shown ? related->shown : related->next;
}

bool scan_is_within(const struct entity *e, const struct entity *around)
{
	while (e && e != around)
		e = e->parent;
	return e != NULL;
}

/* Which parts are TNEF, and which bodies each message shows by itself. */
static void settle_parts(struct convert *c, struct entity *first)
{
	for (struct entity *e = first; e; e = e->next) {
		struct entity *up = e->parent;
		if (up && up->start && !up->shown && e->id &&
		    strcasecmp(up->start, e->id) == 0)
			up->shown = e;
		e->tnef = scan_find_tnef(c, e);
		if (!scan_is_shown(e))
			continue;
		bool html = e->type && strcmp(e->type, "text/html") == 0;
		e->host->has_plain |= !html;
		e->host->has_html |= html;
	}
}

/* A line that is no boundary. */
static void see_body(struct scan *s, const struct line *l)
{
	struct entity *e = s->now;

	if (!e || s->in_header || l->off < e->body)
		return;
	if (!e->text)
		e->text = !scan_is_blank(l->text, l->len);
	if (!e->uu && l->len > 10 && memcmp(l->text, "begin ", 6) == 0)
		e->uu = l->off;
}

struct entity *scan_mail(struct convert *c, bool deep)
{
	struct scan s = { .c = c, .deep = deep, .lines = lines_over(c->arena, c->in, 0) };
	struct line l;

	s.last = &s.first;
	(void)scan_enter(&s, NULL, 0);
	while (lines_next(&s.lines, &l)) {
		bool boundary = on_boundary(&s, &l);
		if (!boundary && s.now && s.in_header && !header_line(&s, &l))
			boundary = on_boundary(&s, &l);
		if (!boundary)
			see_body(&s, &l);
		s.eol = l.eol;
		/* Only a boundary, or the begin of a file in uuencode, says more of a
		 * body. */
		if (!s.now || (!s.in_header && s.now->text))
			lines_pass(&s.lines, '-', 'b', &s.eol);
		if (c->tell_progress && l.end - s.progress >= PROGRESS_STEP) {
			s.progress = l.end;
			c->tell_progress(c->arg, l.end);
		}
	}
	if (s.now &&
	    s.in_header) /* no blank line: then a line that is no field ended it */
		end_header(&s, s.now->root && s.odd > s.now->head ? s.odd : s.lines.pos);
	end_bodies(&s, NULL, s.lines.pos, 0);
	for (struct entity *e = s.open; e; e = e->parent)
		e->unclosed = e->boundary != NULL;
	settle_parts(c, s.first);
	return s.first;
}

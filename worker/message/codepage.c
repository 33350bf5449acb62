/* SPDX-License-Identifier: ISC */
#include "message/codepage.h"

#include "base/arena.h"
#include "message/message.h"
#include "message/notes.h"
#include "message/tags.h"

enum {
	UTF_16LE = 1200,
	UTF_16BE = 1201,
	US_ASCII = 20127,
	UTF_8 = 65001,
	LAST_RESORT = 1252,
	PRIMARY = 0x3ff, /* of an LCID: the language without its country */
};

/* The code page that Windows has for a language. Rows with a country come before the
 * language's own row. */
static const struct locale {
	uint16_t lcid;
	uint16_t page;
} locales[] = {
	{ 0x0804, 936 },
	{ 0x1004, 936 },
	{ 0x0404, 950 },
	{ 0x0c04, 950 },
	{ 0x1404, 950 },
	{ 0x0c1a, 1251 },
	{ 0x1c1a, 1251 },
	{ 0x201a, 1251 },
	{ 0x082c, 1251 },
	{ 0x0843, 1251 },
	{ 0x01, 1256 },
	{ 0x02, 1251 },
	{ 0x04, 936 },
	{ 0x05, 1250 },
	{ 0x08, 1253 },
	{ 0x0d, 1255 },
	{ 0x0e, 1250 },
	{ 0x11, 932 },
	{ 0x12, 949 },
	{ 0x15, 1250 },
	{ 0x18, 1250 },
	{ 0x19, 1251 },
	{ 0x1a, 1250 },
	{ 0x1b, 1250 },
	{ 0x1c, 1250 },
	{ 0x1e, 874 },
	{ 0x1f, 1254 },
	{ 0x20, 1256 },
	{ 0x22, 1251 },
	{ 0x23, 1251 },
	{ 0x24, 1250 },
	{ 0x25, 1257 },
	{ 0x26, 1257 },
	{ 0x27, 1257 },
	{ 0x29, 1256 },
	{ 0x2a, 1258 },
	{ 0x2c, 1254 },
	{ 0x2f, 1251 },
	{ 0x3f, 1251 },
	{ 0x40, 1251 },
	{ 0x43, 1254 },
	{ 0x44, 1251 },
	{ 0x50, 1251 },
};

unsigned codepage_of_locale(uint32_t lcid)
{
	for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++)
		if (locales[i].lcid == (lcid & 0xffff) ||
		    locales[i].lcid == (lcid & PRIMARY))
			return locales[i].page;
	return lcid ? LAST_RESORT : 0;
}

static bool props_are(const struct props *ps, bool (*form)(struct span))
{
	for (uint32_t i = 0; i < ps->count; i++)
		for (uint32_t k = 0;
		     ps->list[i].type == PT_STRING8 && k < ps->list[i].count; k++) {
			struct span s = ps->list[i].values[k].bytes;
			if (s.mem && !form(s))
				return false;
		}
	return true;
}

/* Do all 8-bit texts have this form? */
static bool texts_are(const struct message *m, bool (*form)(struct span))
{
	if (!props_are(&m->props, form))
		return false;
	for (uint32_t i = 0; i < m->recipient_count; i++)
		if (!props_are(&m->recipients[i].props, form))
			return false;
	for (uint32_t i = 0; i < m->attachment_count; i++)
		if (!props_are(&m->attachments[i].props, form))
			return false;
	return true;
}

static bool codepage_is_utf8(struct span s)
{
	return text_is_utf8(s.mem, (size_t)s.len);
}

static bool codepage_is_ascii(struct span s)
{
	for (uint64_t i = 0; i < s.len; i++)
		if (s.mem[i] >= 0x80)
			return false;
	return true;
}

/* 7-bit pages of mail, each with the Windows page of the same language (0: there is
 * none), and numbers that let a program choose (50001 among all). 8-bit texts that claim
 * the first are in the second. */
static const struct seven {
	unsigned page, windows;
} sevens[] = { { 50220, 932 }, { 50221, 932 }, { 50222, 932 }, { 50225, 949 },
	{ 50227, 936 }, { 50229, 950 }, { 52936, 936 }, { 65000, 0 }, { 50001, 0 },
	{ 50932, 932 }, { 50949, 949 } };

static const struct seven *seven_of(int64_t page)
{
	for (size_t i = 0; i < sizeof sevens / sizeof sevens[0]; i++)
		if (sevens[i].page == page)
			return &sevens[i];
	return NULL;
}

/* Why a known code page cannot be that of these texts; NULL: it can. */
static const char *why_not(const struct message *m, unsigned page)
{
	if (page == UTF_16LE || page == UTF_16BE)
		return "is not for 8-bit texts";
	if (page == UTF_8 && !texts_are(m, codepage_is_utf8))
		return "is not what the texts are in";
	if ((page == US_ASCII || seven_of(page)) && !texts_are(m, codepage_is_ascii))
		return "is not what the texts are in";
	return NULL;
}

static bool has_texts(const struct message *m)
{
	for (uint32_t i = 0; i < m->props.count; i++)
		if (m->props.list[i].type == PT_STRING8)
			return true;
	return m->recipient_count > 0 || m->attachment_count > 0;
}

unsigned codepage_settle(struct message *m, uint32_t container, bool noted)
{
	const struct {
		int64_t number;
		const char *what;
	} claims[] = {
		{ container, "attOemCodepage" },
		{ props_number(&m->props, PidTagMessageCodepage, 0),
		    "PidTagMessageCodepage" },
		{ props_number(&m->props, PidTagInternetCodepage, 0),
		    "PidTagInternetCodepage" },
		{ codepage_of_locale(
		      (uint32_t)props_number(&m->props, PidTagMessageLocaleId, 0)),
		    "PidTagMessageLocaleId" },
	};

	for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
		const char *why = "is no code page";
		if (claims[i].number == 0)
			continue;
		if (claims[i].number > 0 && claims[i].number <= UINT32_MAX &&
		    text_known((unsigned)claims[i].number)) {
			why = why_not(m, (unsigned)claims[i].number);
			if (!why)
				return (unsigned)claims[i].number;
		}
		if (noted && has_texts(m))
			notes_add(m->notes, NOTE_CHANGED, "message", claims[i].what,
			    "%lld %s", (long long)claims[i].number, why);
		if (claims[i].number == US_ASCII && texts_are(m, codepage_is_utf8))
			return UTF_8;
		const struct seven *seven = seven_of(claims[i].number);
		if (seven && seven->windows && text_known(seven->windows))
			return seven->windows;
	}
	return LAST_RESORT;
}

const char *codepage_early_text(struct arena *a, unsigned page, const struct prop *p)
{
	if (!p || p->count == 0 || (p->type != PT_STRING8 && p->type != PT_UNICODE))
		return NULL;
	struct text t = p->values[0].text;
	if (p->type == PT_STRING8 && p->values[0].bytes.mem)
		t = text_from(
		    a, page, p->values[0].bytes.mem, (size_t)p->values[0].bytes.len);
	return t.len > 0 ? t.s : NULL;
}

const char *codepage_fact(void *early, uint16_t id)
{
	const struct codepage_early *at = early;

	return codepage_early_text(at->m->arena, at->page, props_get(&at->m->props, id));
}

static void codepage_decode_props(struct message *m, struct props *ps, const char *part)
{
	ps->codepage = m->codepage;
	for (uint32_t i = 0; i < ps->count; i++) {
		const struct prop *p = &ps->list[i];
		bool lossy = false;
		for (uint32_t k = 0; p->type == PT_STRING8 && k < p->count; k++) {
			struct prop_value *v = &p->values[k];
			if (!v->bytes.mem) /* a long body stays as its bytes */
				continue;
			v->text = text_from(
			    m->arena, m->codepage, v->bytes.mem, (size_t)v->bytes.len);
			lossy = lossy || v->text.lossy;
		}
		if (lossy)
			notes_add(m->notes, NOTE_CHANGED, part, prop_label(m->arena, p),
			    "bytes without meaning in code page %u: replaced by U+FFFD",
			    m->codepage);
	}
}

void codepage_decode(struct message *m)
{
	codepage_decode_props(m, &m->props, "message");
	for (uint32_t i = 0; i < m->recipient_count; i++)
		codepage_decode_props(m, &m->recipients[i].props,
		    arena_printf(m->arena, "recipient %u", i + 1));
}

void codepage_decode_attachments(struct message *m)
{
	for (uint32_t i = 0; i < m->attachment_count; i++)
		codepage_decode_props(m, &m->attachments[i].props,
		    arena_printf(m->arena, "attachment %u", i + 1));
}

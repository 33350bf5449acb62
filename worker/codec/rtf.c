#include "codec/rtf.h"

#include <string.h>

#include "base/arena.h"
#include "base/cursor.h"
#include "codec/rtf_encap.h"
#include "codec/rtf_html.h"
#include "codec/rtf_lex.h"
#include "codec/rtf_text.h"
#include "codec/rtf_walk.h"

static bool is_word(const struct rtf_token *t, const char *name)
{
	return t->kind == RTF_TOKEN_WORD && t->n == strlen(name) &&
	       memcmp(t->p, name, t->n) == 0;
}

/*
 * What the header says that the document was made from (MS-OXRTFEX 2.2.3.1): a word
 * among the first ones, before any group and any text.
 */
static enum rtf_kind recognize(struct cursor in)
{
	(void)rtf_lex(&in); /* { and \rtf */
	(void)rtf_lex(&in);
	for (;;) {
		struct rtf_token t = rtf_lex(&in);
		if (t.kind != RTF_TOKEN_WORD)
			return RTF_GENUINE;
		if (is_word(&t, "fromhtml") && t.has_number && t.number != 0)
			return RTF_HTML;
		if (is_word(&t, "fromtext"))
			return RTF_TEXT;
	}
}

/* Skip what may stand before {\rtf, then see whether it is there. */
static bool begins_rtf(struct cursor *in)
{
	while (in->left > 0 && (*in->pos <= ' '))
		(void)cur_u8(in);
	struct cursor head = *in;
	struct rtf_token open = rtf_lex(&head), word = rtf_lex(&head);
	return open.kind == RTF_TOKEN_OPEN && is_word(&word, "rtf");
}

bool rtf_read(struct arena *a, const void *rtf, size_t n, struct rtf_body *out)
{
	struct cursor in = cur_over(rtf, n);
	struct rtf_facts facts = { 0 }, aside;

	*out = (struct rtf_body){ .kind = RTF_GENUINE };
	if (!begins_rtf(&in))
		return false;
	out->kind = recognize(in);
	if (out->kind == RTF_TEXT) {
		out->text = rtf_encap(a, in.pos, in.left, RTF_TEXT, &facts);
	} else {
		if (out->kind == RTF_HTML)
			out->html = rtf_encap(a, in.pos, in.left, RTF_HTML, &facts);
		/* What claims to be from HTML but holds none of it is plain RTF. */
		if (out->kind == RTF_GENUINE || facts.tags == 0) {
			out->kind = RTF_GENUINE;
			out->html = rtf_html(a, in.pos, in.left, &facts);
		}
		out->text = rtf_text(a, in.pos, in.left, &aside);
	}
	out->lossy = facts.lossy;
	out->codepage = facts.codepage;
	out->pictures = facts.pictures;
	return true;
}

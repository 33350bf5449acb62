/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "format/format.h"
#include "format/mime/syntax/scan.h"

static struct arena *arena;

static void start(void)
{
	format_init();
	arena = arena_new((size_t)64 << 20);
}

static void end(void)
{
	arena_free(arena);
}

TestSuite(mime_scan, .init = start, .fini = end);

/* One line for each entity: path, type, body as text (its line ends as \n and ~ for CR).
 */
static const char *scanned(const char *mail)
{
	struct convert *c = arena_alloc(arena, sizeof *c);
	struct sink *s = sink_memory(arena);

	*c = (struct convert){ .arena = arena, .in = span_over(mail, strlen(mail)) };
	notes_init(&c->notes, arena);
	for (const struct entity *e = scan_mail(c, true); e; e = e->next) {
		cr_assert(e->head <= e->body && e->body <= e->end && e->end <= c->in.len);
		sink_printf(s, "%s %s%s", e->path, e->type ? e->type : "-",
		    e->shelter ? "!" : "");
		if (!e->boundary && e->type && strcmp(e->type, "message/rfc822") != 0)
			sink_printf(
			    s, " [%.*s]", (int)(e->end - e->body), mail + e->body);
		sink_text(s, e->root && e->has_html ? " html" : "");
		sink_text(s, e->root && e->has_plain ? " plain" : "");
		sink_text(s, "\n");
	}
	struct span all = sink_bytes(s);
	return arena_copy(arena, all.mem, (size_t)all.len);
}

#define MIXED "Content-Type: multipart/mixed; boundary=\"b\"\n\n"
#define TEXT "Content-Type: text/plain\n\n"

static const struct scan_case {
	const char *name, *mail, *want;
} cases[] = {
	{ "no header", "\nbody", "message -\n" },
	{ "plain", TEXT "body\n", "message text/plain [body\n] plain\n" },
	{ "blank body", TEXT " \t\n=20\n", "message text/plain [ \t\n=20\n]\n" },
	{ "the boundary owns the line end before it", MIXED "--b\n" TEXT "x\n\n--b--\n",
	    "message multipart/mixed plain\npart 1 text/plain [x\n]\n" },
	{ "CRLF",
	    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
	    "text/html\r\n\r\nx\r\n--b--\r\n",
	    "message multipart/mixed html\npart 1 text/html [x]\n" },
	{ "empty body", MIXED "--b\n" TEXT "--b--",
	    "message multipart/mixed\n"
	    "part 1 text/plain []\n" },
	{ "no end boundary", MIXED "--b\n" TEXT "x\n",
	    "message multipart/mixed plain\npart 1 text/plain [x\n]\n" },
	{ "no body at all", MIXED "--b\nContent-Type: text/plain\n--b--\n",
	    "message multipart/mixed\npart 1 text/plain []\n" },
	{ "blanks behind the boundary", MIXED "--b \t\n" TEXT "x\n--b-- \n--b\n",
	    "message multipart/mixed plain\npart 1 text/plain [x]\n" },
	{ "longer lines are no boundaries",
	    MIXED "--b\n" TEXT "--bb\n--b-\n--b x\n--b--\n",
	    "message multipart/mixed plain\npart 1 text/plain [--bb\n--b-\n--b x]\n" },
	{ "an outer boundary ends the inner",
	    MIXED "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n" TEXT
		  "x\n--b\n" TEXT "y\n--b--\n",
	    "message multipart/mixed plain\npart 1 multipart/alternative\n"
	    "part 1.1 text/plain [x]\npart 2 text/plain [y]\n" },
	{ "a message in it has bodies of its own",
	    MIXED
	    "--b\nContent-Type: message/rfc822\n\nSubject: s\nContent-Type: text/html\n\n"
	    "<p>\n--b--\n",
	    "message multipart/mixed\npart 1 message/rfc822\n"
	    "part 1.1 text/html [<p>] html\n" },
	{ "an encoded message is a leaf",
	    MIXED
	    "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
	    "eA==\n--b--\n",
	    "message multipart/mixed\npart 1 message/rfc822\n" },
	{ "a digest holds messages",
	    "Content-Type: multipart/digest; boundary=b\n\n--b\n\n" TEXT "x\n--b--\n",
	    "message multipart/digest\npart 1 -\npart 1.1 text/plain [x] plain\n" },
	{ "signed parts are sheltered",
	    "Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type: "
	    "multipart/mixed; boundary=c\n\n--c\n" TEXT "x\n--c--\n--b--\n",
	    "message multipart/signed plain\npart 1 multipart/mixed!\n"
	    "part 1.1 text/plain! [x]\n" },
	{ "attachments are no bodies",
	    MIXED "--b\nContent-Disposition: attachment\n" TEXT "x\n--b\nContent-Type: "
		  "text/html; name=f\n\ny\n--b--\n",
	    "message multipart/mixed\npart 1 text/plain [x]\npart 2 text/html [y]\n" },
	{ "the first Content-Type counts",
	    "Content-Type: text/html\nContent-Type: text/plain\n\nx",
	    "message text/html [x] html\n" },
	{ "a folded field",
	    "Content-Type: multipart/mixed;\n\tboundary=\n b\n\n--b\n" TEXT "x",
	    "message multipart/mixed plain\npart 1 text/plain [x]\n" },
	{ "a quoted boundary with a blank",
	    "Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n" TEXT
	    "x\n--a b--\n",
	    "message multipart/mixed plain\npart 1 text/plain [x]\n" },
	{ "a part without header or blank line", MIXED "--b\nno header\n--b--\n",
	    "message multipart/mixed plain\npart 1 -\n" },
};

Test(mime_scan, offsets)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_str_eq(scanned(cases[i].mail), cases[i].want, "%s: %s",
		    cases[i].name, scanned(cases[i].mail));
}

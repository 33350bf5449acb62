#ifndef CODEC_RTF_WALK_H
#define CODEC_RTF_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/*
 * One walk through an RTF document: groups, destinations, fonts and their code
 * pages, escapes. What is left for a visitor is decoded text, the few words that
 * shape it, and the state they stand in.
 */

enum rtf_dest {
	RTF_DEST_BODY,
	RTF_DEST_HTMLTAG, /* MS-OXRTFEX 2.1.3.1.4 */
	RTF_DEST_NUMBER,  /* the number or bullet of a list item */
	RTF_DEST_FONTS,
	RTF_DEST_COLORS,
	RTF_DEST_PICTURE,
	RTF_DEST_FIELD, /* a field's instruction */
	RTF_DEST_TWICE, /* \upr: the same text in two encodings */
	RTF_DEST_SKIP,
};

/* Words that a visitor sees. */
enum rtf_event {
	RTF_PAR,
	RTF_LINE,
	RTF_CELL,
	RTF_ROW,
	RTF_ROW_STARTS, /* the definition of the next row */
	RTF_PICTURE,
};

enum rtf_script { RTF_SCRIPT_NONE, RTF_SCRIPT_SUPER, RTF_SCRIPT_SUB };
enum rtf_align { RTF_ALIGN_LEFT, RTF_ALIGN_RIGHT, RTF_ALIGN_CENTER, RTF_ALIGN_JUSTIFY };

/* Reset by \plain. Compared with memcmp: no padding. */
struct rtf_looks {
	uint8_t bold, italic, underline, strike, script, hidden;
	uint16_t color, background; /* indexes into the colour table, 0: automatic */
	uint16_t size;              /* half points, 0: not said */
};
_Static_assert(sizeof(struct rtf_looks) == 12, "memcmp must see no padding");

/* Reset by \pard. */
struct rtf_layout {
	uint8_t align, in_table, rtl;
	uint16_t indent; /* twips */
};

/* A hyperlink that may be shown, its address percent-encoded where needed. */
struct rtf_link {
	const char *url;
	size_t len;
	bool told; /* a visitor's: the address has been written once */
};

struct rtf_state {
	uint8_t dest;       /* enum rtf_dest */
	uint8_t suppressed; /* \htmlrtf: rendering that is not part of the original */
	uint16_t fallback;  /* \uc: what follows \u for readers that do not know it */
	uint16_t font;
	struct rtf_looks looks;
	struct rtf_layout layout;
	struct rtf_link *link; /* NULL: none */
};

struct rtf_facts {
	unsigned codepage;       /* of the document; 0: not declared */
	unsigned pictures, tags; /* pictures shown, \htmltag groups seen */
	bool lossy;
};

struct rtf_visitor {
	/* UTF-8, never empty. */
	void (*text)(void *arg, const struct rtf_state *, const char *s, size_t n);
	void (*event)(void *arg, const struct rtf_state *, enum rtf_event);
	/* Encapsulation is read: \htmltag shown, \htmlrtf obeyed (MS-OXRTFEX 2.2.3). */
	bool original;
	void *arg;
};

/* One of n bytes of RTF, for one walk. */
struct rtf_walk;
struct rtf_walk *rtf_walk_new(struct arena *, const void *rtf, size_t n);
struct rtf_facts rtf_walk_run(struct rtf_walk *, const struct rtf_visitor *);

/* A colour as 0xrrggbb; false for the automatic one and for what is not in the table. */
bool rtf_walk_color(const struct rtf_walk *, unsigned index, uint32_t *rgb);

/* The visitor left something out. */
void rtf_walk_lossy(struct rtf_walk *);

#endif

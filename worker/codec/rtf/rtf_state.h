/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_STATE_H
#define CODEC_RTF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What RTF's words say about the text behind them. */

enum rtf_dest {
	RTF_DEST_BODY,
	RTF_DEST_SHAPE,   /* a drawing: no text, but the pictures and text boxes in it */
	RTF_DEST_SILENT,  /* a part of one, or the definition of a row */
	RTF_DEST_HTMLTAG, /* MS-OXRTFEX 2.1.3.1.4 */
	RTF_DEST_NUMBER,  /* the number or bullet of a list item */
	RTF_DEST_FONTS,
	RTF_DEST_COLORS,
	RTF_DEST_LISTS,
	RTF_DEST_OVERRIDES,
	RTF_DEST_PN, /* how the paragraph is numbered, before there were tables of lists
		      */
	RTF_DEST_PICTURE,
	RTF_DEST_OBJECT, /* the data of an embedded object */
	RTF_DEST_FIELD,  /* a field's instruction */
	RTF_DEST_MARK,   /* a bookmark's name */
	RTF_DEST_TWICE,  /* \upr: the same text in two encodings */
	RTF_DEST_ASIDE,  /* becomes the body, of what stands aside of the text */
	RTF_DEST_SKIP,
};

/* What stands aside of the text; it is shown behind it. */
enum rtf_aside {
	RTF_ASIDE_NONE,
	RTF_ASIDE_FOOTNOTE,
	RTF_ASIDE_ANNOTATION,
	RTF_ASIDE_HEADER,
	RTF_ASIDE_FOOTER,
};

enum rtf_script { RTF_SCRIPT_NONE, RTF_SCRIPT_SUPER, RTF_SCRIPT_SUB };
enum rtf_caps { RTF_CAPS_NONE, RTF_CAPS_ALL, RTF_CAPS_SMALL };
enum rtf_align { RTF_ALIGN_LEFT, RTF_ALIGN_RIGHT, RTF_ALIGN_CENTER, RTF_ALIGN_JUSTIFY };
enum rtf_underline {
	RTF_UNDERLINE_NONE,
	RTF_UNDERLINE_SOLID,
	RTF_UNDERLINE_DOUBLE,
	RTF_UNDERLINE_DOTTED,
	RTF_UNDERLINE_DASHED,
	RTF_UNDERLINE_WAVY,
};

/* What stands before a list item. */
enum rtf_marker {
	RTF_MARKER_NONE,
	RTF_MARKER_BULLET,
	RTF_MARKER_BLANK,
	RTF_MARKER_DECIMAL, /* this and all behind it are numbers */
	RTF_MARKER_UPPER_ROMAN,
	RTF_MARKER_LOWER_ROMAN,
	RTF_MARKER_UPPER_LETTER,
	RTF_MARKER_LOWER_LETTER,
};

/* Reset by \plain. Compared with memcmp: no padding. */
struct rtf_looks {
	uint8_t bold, italic, underline, strike, script, caps, hidden, deleted;
	uint16_t color, background; /* indexes into the colour table, 0: automatic */
	uint16_t size;              /* half points, 0: not said */
	uint16_t font;
};
_Static_assert(sizeof(struct rtf_looks) == 16, "memcmp must see no padding");

/* Reset by \pard. */
struct rtf_layout {
	uint8_t align, in_table, rtl;
	uint8_t marker;               /* enum rtf_marker, said without a table of lists */
	uint16_t marker_from;         /* its first number */
	uint16_t list;                /* \ls, 0: none */
	uint16_t level;               /* \ilvl */
	uint16_t nest;                /* \itap, 0: not said */
	int32_t indent, right, first; /* twips */
};

/* A hyperlink that may be shown, its address percent-encoded where needed. */
struct rtf_link {
	const char *url, *title;
	size_t len, title_len;
	bool written; /* a visitor's: the address has been written once */
};

struct rtf_state {
	uint8_t dest;       /* enum rtf_dest */
	uint8_t aside;      /* enum rtf_aside */
	uint8_t suppressed; /* \htmlrtf: rendering that is not part of the original */
	uint16_t fallback;  /* \uc: what follows \u for readers that do not know it */
	struct rtf_looks looks;
	struct rtf_layout layout;
	struct rtf_link *link; /* NULL: none */
};

/* Of a \pict. */
struct rtf_pict {
	uint8_t kind; /* enum rtf_item_kind */
	int32_t width, height, goal_width, goal_height, scale_x, scale_y;
};

/* Of the cell whose right edge has not been told yet (\cellx). */
struct rtf_cell {
	uint8_t merge_first, merge, rise_first, rise; /* \clmgf \clmrg \clvmgf \clvmrg */
	uint8_t valign;                               /* 0 top, 1 middle, 2 bottom */
	uint8_t side, border; /* a border is being described; one is there */
	uint16_t shade;       /* index into the colour table, 0: none */
};

/* All that a word may set. Only the first is kept for each group. */
struct rtf_now {
	struct rtf_state state;
	struct rtf_pict pict;
	struct rtf_cell cell;
	int32_t row_left; /* \trleft */
};

#endif

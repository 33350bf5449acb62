/* SPDX-License-Identifier: ISC */
#ifndef CODEC_RTF_ITEMS_H
#define CODEC_RTF_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "base/text.h"

struct arena;
struct sink;
struct rtf_pict;

/*
 * Pictures and embedded objects in RTF. They stay where they are, in hexadecimal digits
 * or as the data of \bin, until somebody wants their bytes.
 */
enum rtf_item_kind {
	RTF_ITEM_UNKNOWN, /* a picture of a kind that nobody shows */
	RTF_ITEM_PNG,
	RTF_ITEM_JPEG,
	RTF_ITEM_EMF,
	RTF_ITEM_WMF,
	RTF_ITEM_PICT, /* of the Macintosh */
	RTF_ITEM_BMP,
	RTF_ITEM_OBJECT,
};

struct rtf_item {
	enum rtf_item_kind kind;
	struct span in;         /* the inside of its group */
	uint32_t width, height; /* as it is to be shown, pixels; 0: not said */
	uint16_t metric[2];     /* of a metafile: its size in 1/100 mm */
	unsigned number;        /* from 1, in its document */
};

/* As many as the document has, at most LIMIT_RTF_ITEMS. */
struct rtf_items {
	struct arena *arena;
	struct rtf_item *list;
	unsigned count, capacity;
};

/* False: one too many. */
bool rtf_items_add(struct rtf_items *, const struct rtf_item *);

/* Size and kind from the words of its group. */
void rtf_item_describe(struct rtf_item *, const struct rtf_pict *);

/*
 * The bytes of a picture as a file of its kind: a bitmap gets the header that RTF leaves
 * out (BITMAPFILEHEADER), a Windows metafile the placeable one. to is a sink with
 * nothing in it, whose bytes can be read again. .len 0: nothing could be decoded.
 */
struct span rtf_item_picture(const struct rtf_item *, struct sink *to);

/* What an object embeds (MS-OLEDS 2.2.5). */
struct rtf_object {
	struct span data;  /* a file, or the object's own data when it is no package */
	struct text name;  /* the file's; .len 0: none */
	struct text class; /* "Word.Document.8" */
	const char *extension; /* by the first bytes */
	bool link;             /* there is no data, only where it lies: name */
	bool package;          /* data is the file in it */
};

/* The bytes of an object as OLE 1 stores it. False: they are none; data is what there is.
 */
bool rtf_object_read(struct arena *, struct span ole, struct rtf_object *out);

/* The native data of a packager's object. False: it is none, and data what there is. */
bool rtf_object_native(struct arena *, struct span native, struct rtf_object *out);

/* rtf_object_read of an item. */
bool rtf_item_object(
    struct arena *, const struct rtf_item *, struct sink *to, struct rtf_object *out);

#endif

/* SPDX-License-Identifier: ISC */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "ground.h"
#include "rtf_texts.h"

/* Pictures and objects in RTF: their sizes, their bytes, the headers that RTF leaves out.
 */
TestSuite(rtf_items, .init = ground_up, .fini = ground_down);

#define DOC(s) "{\\rtf1\\ansi " s "}"

static struct rtf_texts read(const char *rtf)
{
	struct rtf_texts t;

	cr_assert(rtf_texts(arena, rtf, strlen(rtf), "cid:", &t), "%s", rtf);
	return t;
}

static struct span decode(const struct rtf_item *item)
{
	return rtf_item_picture(item, sink_memory(arena));
}

static const struct {
	const char *name, *rtf;
	enum rtf_item_kind kind; /* RTF_ITEM_UNKNOWN: not collected */
	unsigned width, height;
	const char *bytes;
	size_t len;
} pictures[] = {
	{ "digits", DOC("{\\pict\\pngblip 41 4\r\n2}"), RTF_ITEM_PNG, 0, 0, "AB", 2 },
	{ "half a byte at the end", DOC("{\\pict\\pngblip 414}"), RTF_ITEM_PNG, 0, 0, "A",
	    1 },
	{ "as it is", DOC("{\\pict\\jpegblip\\bin4 a}\\{}"), RTF_ITEM_JPEG, 0, 0, "a}\\{",
	    4 },
	{ "both, and a group between", DOC("{\\pict\\jpegblip 41{\\*\\x 42}\\bin1 C44}"),
	    RTF_ITEM_JPEG, 0, 0, "ACD", 3 },
	{ "\\bin beyond the end", DOC("{\\pict\\pngblip\\bin99 ab"), RTF_ITEM_PNG, 0, 0,
	    "ab}", 3 },
	{ "without an end", "{\\rtf1{\\pict\\pngblip 41", RTF_ITEM_PNG, 0, 0, "A", 1 },
	{ "the size it shall have",
	    DOC("{\\pict\\pngblip\\picw9\\picwgoal1500\\pichgoal150 41}"), RTF_ITEM_PNG,
	    100, 10, "A", 1 },
	{ "scaled",
	    DOC("{\\pict\\pngblip\\picwgoal1500\\pichgoal150\\picscalex50\\picscaley200 "
		"41}"),
	    RTF_ITEM_PNG, 50, 20, "A", 1 },
	{ "a metafile's own size", DOC("{\\pict\\emfblip\\picw2540\\pich1270 41}"),
	    RTF_ITEM_EMF, 96, 48, "A", 1 },
	{ "wild sizes",
	    DOC("{\\pict\\pngblip\\picwgoal2147483647\\pichgoal-5\\picscalex2147483647 "
		"41}"),
	    RTF_ITEM_PNG, 32767, 0, "A", 1 },
	{ "a metafile", DOC("{\\pict\\wmetafile8\\picw1000\\pich500 0100}"), RTF_ITEM_WMF,
	    38, 19,
	    "\xd7\xcd\xc6\x9a\0\0\0\0\0\0\xe8\x03\xf4\x01\xec\x09\0\0\0\0\xe1\x5c\x01\0",
	    24 },
	{ "a metafile that has its header", DOC("{\\pict\\wmetafile8 d7cdc69a}"),
	    RTF_ITEM_WMF, 0, 0, "\xd7\xcd\xc6\x9a", 4 },
	{ "a bitmap with a palette of two",
	    DOC("{\\pict\\dibitmap0 "
		"2800000001000000010000000100010000000000000000000000000000000000"
		"0000000000000000}"),
	    RTF_ITEM_BMP, 0, 0,
	    "BM\x36\0\0\0\0\0\0\0\x3e\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\1\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0",
	    54 },
	{ "a bitmap of OS/2", DOC("{\\pict\\dibitmap0 0c000000010001000100180041}"),
	    RTF_ITEM_BMP, 0, 0,
	    "BM\x1b\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0\x41", 27 },
	{ "a bitmap with masks",
	    DOC("{\\pict\\dibitmap0 "
		"28000000010000000100000001002000030000000000000000000000000000000000"
		"000000000000}"),
	    RTF_ITEM_BMP, 0, 0,
	    "BM\x36\0\0\0\0\0\0\0\x42\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x20\0\3\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0",
	    54 },
	{ "a bitmap that is a file", DOC("{\\pict\\dibitmap0 424d}"), RTF_ITEM_BMP, 0, 0,
	    "BM", 2 },
	{ "a bitmap of one byte", DOC("{\\pict\\dibitmap0 01}"), RTF_ITEM_BMP, 0, 0,
	    "BM\x0f\0\0\0\0\0\0\0\x12\0\0\0\x01", 15 },
	{ "for readers that know no others", DOC("{\\nonshppict{\\pict\\pngblip 41}}"),
	    RTF_ITEM_UNKNOWN, 0, 0, "", 0 },
};

Test(rtf_items, pictures)
{
	for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
		struct rtf_texts t = read(pictures[i].rtf);
		bool any = pictures[i].kind != RTF_ITEM_UNKNOWN;
		cr_expect_eq(t.body.item_count, any, "%s", pictures[i].name);
		if (t.body.item_count == 0)
			continue;
		const struct rtf_item *item = &t.body.items[0];
		struct span bytes = decode(item);
		cr_expect_eq(item->kind, pictures[i].kind, "%s", pictures[i].name);
		cr_expect_eq(item->width, pictures[i].width, "%s: %u wide",
		    pictures[i].name, item->width);
		cr_expect_eq(item->height, pictures[i].height, "%s: %u high",
		    pictures[i].name, item->height);
		cr_expect_eq(bytes.len, pictures[i].len, "%s: %u bytes", pictures[i].name,
		    (unsigned)bytes.len);
		cr_expect_eq(
		    memcmp(bytes.mem, pictures[i].bytes,
			bytes.len < pictures[i].len ? bytes.len : pictures[i].len),
		    0, "%s", pictures[i].name);
	}
}

/* What is not collected has words in its place, and is told. */
Test(rtf_items, pictures_that_cannot_be_shown)
{
	static const char *const rtf[] = { DOC("{\\pict 41}"), DOC("{\\pict\\pngblip}"),
		DOC("{\\pict\\wbitmap0 41}"), DOC("{\\pict\\pmmetafile1 41}") };

	for (size_t i = 0; i < sizeof rtf / sizeof rtf[0]; i++) {
		struct rtf_texts t = read(rtf[i]);
		cr_expect_eq(t.body.item_count, 0, "%s", rtf[i]);
		cr_expect_eq(t.body.lost, RTF_LOST_PICTURES, "%s", rtf[i]);
		cr_expect(strstr(t.html.s, "[picture 1]"), "%s", t.html.s);
	}
}

#define OBJECT(data) DOC("a{\\object\\objemb{\\*\\objdata " data "}{\\result b}}c")
#define CLASS(hex) "01050000 02000000 " hex "00000000 00000000 "
#define PACKAGE "08000000 5061636b61676500 "

static const struct {
	const char *name, *rtf, *file, *class, *extension, *data;
	bool embedded, link;
} objects[] = {
	{ "a package",
	    OBJECT(CLASS(PACKAGE) "20000000 0200 612e7478740062000000 0300 02000000 6300 "
				  "03000000 585960 0000000000"),
	    "a.txt", "Package", "bin", "XY`", true, false },
	{ "a package that is none", OBJECT(CLASS(PACKAGE) "02000000 0300"), "", "Package",
	    "bin", "\3", true, false },
	{ "a document",
	    OBJECT(CLASS(
		"10000000 576f72642e446f63756d656e742e3800 ") "05000000 d0cf11e041"),
	    "", "Word.Document.8", "doc",
	    "\xd0\xcf\x11\xe0"
	    "A",
	    true, false },
	{ "a link",
	    OBJECT("01050000 01000000 02000000 5800 06000000 433a5c612e00 00000000"),
	    "C:\\a.", "X", "bin", NULL, false, true },
	{ "cut in its name", OBJECT("01050000 02000000 ffffffff 41"), "", "", "bin", NULL,
	    false, false },
	{ "its data is longer than it", OBJECT(CLASS("02000000 5800 ") "ffffff7f 41"), "",
	    "X", "bin", NULL, false, false },
};

Test(rtf_items, objects)
{
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		struct rtf_texts t = read(objects[i].rtf);
		struct rtf_object object;
		cr_assert_eq(t.body.item_count, 1, "%s", objects[i].name);
		cr_expect_str_eq(t.text.s, "abc", "%s", objects[i].name);
		cr_expect_eq(
		    rtf_item_object(arena, &t.body.items[0], sink_memory(arena), &object),
		    objects[i].embedded, "%s", objects[i].name);
		cr_expect_str_eq(object.name.s ? object.name.s : "", objects[i].file,
		    "%s: %s", objects[i].name, object.name.s);
		cr_expect_str_eq(object.class.s, objects[i].class, "%s", objects[i].name);
		cr_expect_str_eq(object.extension, objects[i].extension, "%s: %s",
		    objects[i].name, object.extension);
		cr_expect_eq(object.link, objects[i].link, "%s", objects[i].name);
		cr_expect_gt(object.data.len, 0, "%s", objects[i].name);
		if (objects[i].data)
			cr_expect_eq(memcmp(object.data.mem, objects[i].data,
					 strlen(objects[i].data)),
			    0, "%s", objects[i].name);
	}
}

Test(rtf_items, as_many_as_attachments)
{
	static const char one[] = "{\\pict\\pngblip 41}";
	size_t n = sizeof one - 1, count = LIMIT_RTF_ITEMS + 1;
	char *rtf = arena_alloc(arena, count * n + 16);
	struct rtf_texts t;

	size_t used = strlen(strcpy(rtf, "{\\rtf1 "));
	for (size_t i = 0; i < count; i++, used += n)
		memcpy(rtf + used, one, n);
	cr_assert(rtf_texts(arena, rtf, used, "cid:", &t));
	cr_expect_eq(t.body.item_count, LIMIT_RTF_ITEMS);
	cr_expect_eq(t.body.lost, RTF_LOST_PICTURES);
	cr_expect_eq(t.body.items[LIMIT_RTF_ITEMS - 1].number, LIMIT_RTF_ITEMS);
}

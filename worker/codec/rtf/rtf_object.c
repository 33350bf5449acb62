/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/arena.h"
#include "base/sink.h"
#include "base/window.h"
#include "codec/rtf/rtf_items.h"

/* [MS-OLEDS] 2.2: an object as OLE 1 stores it. */
enum { FORMAT_LINK = 1, FORMAT_EMBEDDED = 2, NAME_MAX_BYTES = 1024, WINDOWS_1252 = 1252 };

/* LengthPrefixedAnsiString (2.1.4): the length counts the NUL. */
static struct text rtf_object_prefixed(struct arena *a, struct window *w)
{
	uint32_t n = win_u32le(w);
	struct span s = win_span(w, n);
	char bytes[NAME_MAX_BYTES];
	size_t got = span_read(s, 0, bytes, sizeof bytes);

	return text_from(a, WINDOWS_1252, bytes, strnlen(bytes, got));
}

/* A string that ends with NUL, at most NAME_MAX_BYTES of it. */
static struct text rtf_object_terminated(struct arena *a, struct window *w)
{
	char bytes[NAME_MAX_BYTES];
	size_t got = span_read(w->in, w->pos, bytes, sizeof bytes);
	size_t n = strnlen(bytes, got < w->left ? got : (size_t)w->left);

	(void)win_span(w, n + 1);
	return text_from(a, WINDOWS_1252, bytes, n);
}

/*
 * The native data of the class "Package": a file with its names. Not specified; the same
 * in every program that writes it.
 */
static bool read_package(struct arena *a, struct span native, struct rtf_object *out)
{
	enum { STREAM = 2, EMBEDDED = 3 };
	uint8_t buffer[WINDOW_BUFFER];
	struct window w = win_over(a, native, buffer);

	if (win_u16le(&w) != STREAM)
		return false;
	struct text label = rtf_object_terminated(a, &w);
	(void)rtf_object_terminated(a, &w); /* where it was taken from */
	(void)win_u16le(&w);
	if (win_u16le(&w) != EMBEDDED)
		return false;
	(void)win_span(&w, win_u32le(&w)); /* where it lay while it was edited */
	struct span data = win_span(&w, win_u32le(&w));
	if (w.bad)
		return false;
	out->data = data;
	out->name = label;
	return true;
}

/* By the first bytes, for a name that people and programs can use. */
static const char *rtf_object_extension_of(struct span data)
{
	static const struct {
		const char *extension, *begins;
		size_t n;
	} kinds[] = {
		{ "ole", "\xd0\xcf\x11\xe0", 4 },
		{ "zip", "PK\x03\x04", 4 },
		{ "pdf", "%PDF", 4 },
		{ "png", "\x89PNG", 4 },
		{ "rtf", "{\\rtf", 5 },
		{ "bmp", "BM", 2 },
	};
	char head[8];
	size_t got = span_read(data, 0, head, sizeof head);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (got >= kinds[i].n && memcmp(head, kinds[i].begins, kinds[i].n) == 0)
			return kinds[i].extension;
	return "bin";
}

/* What programs call the files of their objects: where the class says more than bytes. */
static const char *extension_by_class(struct text class, const char *extension)
{
	static const struct {
		const char *begins, *ole, *zip;
	} classes[] = {
		{ "Word.Document", "doc", "docx" },
		{ "Excel.Sheet", "xls", "xlsx" },
		{ "PowerPoint.", "ppt", "pptx" },
	};
	bool ole = strcmp(extension, "ole") == 0;

	if (!class.s || (!ole && strcmp(extension, "zip") != 0))
		return extension;
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strncmp(class.s, classes[i].begins, strlen(classes[i].begins)) == 0)
			return ole ? classes[i].ole : classes[i].zip;
	return extension;
}

bool rtf_object_read(struct arena *a, struct span ole, struct rtf_object *out)
{
	uint8_t buffer[WINDOW_BUFFER];
	struct window w = win_over(a, ole, buffer);

	*out = (struct rtf_object){ .data = ole };
	(void)win_u32le(&w); /* OLEVersion: its value means nothing */
	uint32_t format = win_u32le(&w);
	out->class = rtf_object_prefixed(a, &w);
	struct text topic = rtf_object_prefixed(a, &w);
	(void)rtf_object_prefixed(a, &w);
	if (!w.bad && format == FORMAT_LINK) {
		out->link = true;
		out->name = topic;
	}
	struct span native = win_span(&w, win_u32le(&w));
	bool embedded = !w.bad && format == FORMAT_EMBEDDED;
	out->package = embedded && strcmp(out->class.s, "Package") == 0 &&
		       read_package(a, native, out);
	if (embedded && !out->package)
		out->data = native;
	out->extension =
	    extension_by_class(out->class, rtf_object_extension_of(out->data));
	return embedded;
}

bool rtf_object_native(struct arena *a, struct span native, struct rtf_object *out)
{
	*out = (struct rtf_object){ .data = native };
	out->package = read_package(a, native, out);
	out->extension = rtf_object_extension_of(out->data);
	return out->package;
}

bool rtf_item_object(
    struct arena *a, const struct rtf_item *item, struct sink *to, struct rtf_object *out)
{
	return rtf_object_read(a, rtf_item_picture(item, to), out);
}

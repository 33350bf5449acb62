/* SPDX-License-Identifier: ISC */
#include "files/naming.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fnv.h"
#include "base/utf8.h"

enum { HASH_SIZE = 18 }; /* "~" and 16 hex digits, with a NUL */

/* At most max bytes of text, not within a character. */
static size_t naming_cut(const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n <= max)
		return n;
	for (n = max; n > 0 && n > max - 4 && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80 ? max : n;
}

void naming_result(const char *name, const char *extension, char to[NAME_SIZE])
{
	size_t left = NAME_MAX - strlen(extension);
	char mark[HASH_SIZE] = "";

	if (strlen(name) > left) {
		(void)snprintf(
		    mark, sizeof mark, "~%016" PRIx64, fnv_text(FNV_BASIS, name));
		left -= sizeof mark - 1;
	}
	(void)snprintf(to, NAME_SIZE, "%.*s%s%s", (int)naming_cut(name, left), name, mark,
	    extension);
}

static bool naming_has(int folder, const char *name)
{
	struct stat st;

	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISDIR(st.st_mode);
}

void naming_beside(
    int folder, const char *name, const char *extension, char to[NAME_SIZE])
{
	size_t n = strlen(name), behind = strlen(extension);
	char stem[NAME_SIZE], middle[NAME_SIZE];

	if (behind > 0 && n > behind && n <= NAME_MAX &&
	    strcasecmp(name + n - behind, extension) == 0) {
		(void)snprintf(stem, sizeof stem, "%.*s", (int)(n - behind), name);
		naming_result(stem, NAMING_CONVERTED, middle);
		if (!naming_has(folder, middle)) {
			(void)snprintf(middle, sizeof middle, "%s%s", NAMING_CONVERTED,
			    name + n - behind);
			naming_result(stem, middle, to);
			return;
		}
	}
	naming_result(name, extension, to);
}

/* Is this what naming_result leaves of a name, with less than NAME_MAX of it behind?
 * Of a long one that is its beginning, "~", and the hash. */
static bool naming_is_cut(const char *stem, size_t whole)
{
	const char *mark = strrchr(stem, '~');

	return whole > NAME_MAX - 4 && mark && strlen(mark) == HASH_SIZE - 1 &&
	       strspn(mark + 1, "0123456789abcdef") == HASH_SIZE - 2;
}

bool naming_is_result(int folder, const char *name, const char *extension)
{
	size_t n = strlen(name), behind = strlen(extension), k = strlen(NAMING_CONVERTED);
	char stem[NAME_SIZE];

	if (n <= behind || n > NAME_MAX || strcasecmp(name + n - behind, extension) != 0)
		return false;
	(void)snprintf(stem, sizeof stem, "%.*s", (int)(n - behind), name);
	if (strcmp(name + n - behind, extension) == 0 &&
	    (naming_has(folder, stem) || naming_is_cut(stem, n)))
		return true;
	size_t left = n - behind;
	if (left <= k || memcmp(stem + left - k, NAMING_CONVERTED, k) != 0)
		return false;
	stem[left - k] = '\0';
	if (naming_is_cut(stem, n))
		return true;
	(void)snprintf(
	    stem + left - k, sizeof stem - (left - k), "%s", name + n - behind);
	return naming_has(folder, stem);
}

/* Names that some system takes for a device, whatever extension follows. */
static bool naming_is_device(const char *name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "com", "lpt" };
	size_t n = strcspn(name, ".");

	while (n > 0 && name[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (strncasecmp(name, devices[i], 3) == 0 &&
		    (i < 4 ? n == 3 : n == 4 && name[3] >= '0' && name[3] <= '9'))
			return true;
	return false;
}

/* Copy what may stand in a name; every other character becomes '_'. */
static void naming_sanitize(const char *from, char *to, size_t size)
{
	size_t left = strlen(from), n = 0;

	while (left > 0) {
		uint32_t code = 0;
		size_t len = utf8_char(from, left, &code);
		bool good = len > 0 && utf8_printable(code) && !strchr("<>:\"|?*", *from);
		size_t take = len ? len : 1;
		if (n + (good ? len : 1) > size)
			break;
		if (good)
			memcpy(to + n, from, len);
		else
			to[n] = '_';
		n += good ? len : 1;
		from += take;
		left -= take;
	}
	to[n] = '\0';
}

/* No dots and spaces at the end: some systems drop them. Its length. */
static size_t naming_trim(char *name)
{
	size_t n = strlen(name);

	while (n > 0 && (name[n - 1] == '.' || name[n - 1] == ' '))
		name[--n] = '\0';
	return n;
}

void naming_safe(const char *claimed, char to[NAME_SIZE])
{
	enum { LONGEST = 200 }; /* bytes, so that a number fits behind it */
	char name[NAME_SIZE * 16] = "";
	const char *start = claimed;

	for (const char *p = claimed; *p; p++)
		if (*p == '/' || *p == '\\')
			start = p + 1;
	start += strspn(start, ". ");
	naming_sanitize(start, name, sizeof name - 1);
	size_t n = naming_trim(name);
	if (n > LONGEST) { /* keep the extension, by which people and programs go */
		const char *dot = strrchr(name, '.');
		size_t tail = dot && strlen(dot) <= 16 ? strlen(dot) : 0;
		char end[17] = "";
		memcpy(end, name + n - tail, tail);
		memcpy(name + naming_cut(name, LONGEST - tail), end, sizeof end);
		(void)naming_trim(name);
	}
	if (naming_is_device(name))
		(void)snprintf(to, NAME_SIZE, "_%.*s", LONGEST, name);
	else
		(void)snprintf(
		    to, NAME_SIZE, "%.*s", LONGEST, *name ? name : "attachment");
}

void naming_folder(const char *claimed, char to[NAME_SIZE])
{
	enum { LONGEST = 200 };
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0, whole = 0, all = strlen(claimed), i;
	bool device = naming_is_device(claimed);

	for (i = 0; i < all && n + 3 <= LONGEST; i++) {
		unsigned char c = (unsigned char)claimed[i];
		bool first = i == 0, last = i == all - 1;
		if ((c & 0xc0) != 0x80)
			whole = n; /* a character begins */
		if (c < ' ' || c == 0x7f || strchr("%/\\<>:\"|?*", c) ||
		    ((first || last) && (c == '.' || c == ' ')) || (first && device)) {
			to[n++] = '%';
			to[n++] = digits[c >> 4];
			to[n++] = digits[c & 15];
		} else {
			to[n++] = (char)c;
		}
	}
	to[n] = '\0';
	if (i < all)
		(void)snprintf(to + whole, NAME_SIZE - whole, "%%~%016" PRIx64,
		    fnv_text(FNV_BASIS, claimed));
	else if (all == 0)
		(void)snprintf(to, NAME_SIZE, "%%00");
}

void naming_number(const char *name, unsigned number, char to[NAME_SIZE])
{
	const char *dot = strrchr(name, '.');
	size_t n = dot && dot != name ? (size_t)(dot - name) : strlen(name);

	(void)snprintf(to, NAME_SIZE, "%.*s~%u%s", (int)n, name, number, name + n);
}

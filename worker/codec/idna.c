/* SPDX-License-Identifier: ISC */
#include "codec/idna.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* Characters of a label on its way; of all that a domain of 255 bytes becomes. */
enum { CHARS_MOST = 1024, LABEL_MOST = 63 };

struct idna_fold {
	uint32_t ch;
	uint16_t at;
	uint8_t n;
};
struct idna_mark {
	uint32_t ch;
	uint8_t order;
};
struct idna_pair {
	uint32_t first, second, both;
};
struct idna_range {
	uint32_t from, to;
};
#include <idna.inc>

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

struct idna {
	uint32_t ch[CHARS_MOST];
	size_t n;
};

/* --- what is known of a character: the tables are sorted --- */

static const struct idna_fold *idna_fold_of(uint32_t ch)
{
	size_t low = 0, high = ROWS(folds);

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (folds[mid].ch == ch)
			return &folds[mid];
		if (folds[mid].ch < ch)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static unsigned idna_order(uint32_t ch)
{
	size_t low = 0, high = ROWS(marks);

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (marks[mid].ch == ch)
			return marks[mid].order;
		if (marks[mid].ch < ch)
			low = mid + 1;
		else
			high = mid;
	}
	return 0;
}

static bool idna_is_barred(uint32_t ch)
{
	size_t low = 0, high = ROWS(barred);

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (ch >= barred[mid].from && ch <= barred[mid].to)
			return true;
		if (barred[mid].to < ch)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* Unicode 3.12: syllables of Hangul are composed by rule. 0: these do not compose. */
static uint32_t idna_hangul(uint32_t first, uint32_t second)
{
	enum {
		S = 0xac00,
		L = 0x1100,
		V = 0x1161,
		T = 0x11a7,
		LS = 19,
		VS = 21,
		TS = 28
	};

	if (first >= L && first < L + LS && second >= V && second < V + VS)
		return S + ((first - L) * VS + (second - V)) * TS;
	if (first >= S && first < S + LS * VS * TS && (first - S) % TS == 0 &&
	    second > T && second < T + TS)
		return first + (second - T);
	return 0;
}

/* The character that two others are together; 0: there is none. */
static uint32_t idna_both(uint32_t first, uint32_t second)
{
	size_t low = 0, high = ROWS(pairs);

	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct idna_pair *p = &pairs[mid];
		if (p->first == first && p->second == second)
			return p->both;
		if (p->first < first || (p->first == first && p->second < second))
			low = mid + 1;
		else
			high = mid;
	}
	return idna_hangul(first, second);
}

/* --- a label in its one form --- */

/* All characters, each folded. False: too many, or one that no domain has. */
static bool idna_take(struct idna *all, const char *p, size_t n)
{
	for (size_t at = 0, len; at < n; at += len) {
		uint32_t ch = utf8_first(p + at, n - at, &len);
		const struct idna_fold *f = idna_fold_of(ch);
		size_t count = f ? f->n : 1;
		if (count > CHARS_MOST - all->n || idna_is_barred(ch))
			return false;
		for (size_t i = 0; i < count; i++) {
			uint32_t one = f ? fold_chars[f->at + i] : ch;
			if (idna_is_barred(one))
				return false;
			all->ch[all->n++] = one;
		}
	}
	return true;
}

/* Marks on one character stand in the order of their classes (Unicode 3.11, D109). */
static void idna_arrange(struct idna *all)
{
	for (size_t i = 1; i < all->n; i++) {
		uint32_t ch = all->ch[i];
		unsigned order = idna_order(ch);
		size_t to = i;
		for (; order > 0 && to > 0 && idna_order(all->ch[to - 1]) > order; to--)
			all->ch[to] = all->ch[to - 1];
		all->ch[to] = ch;
	}
}

/* Unicode 3.11, D117: a mark joins its letter where none of its class is between. */
static void idna_compose(struct idna *all)
{
	size_t kept = 0, starter = SIZE_MAX;
	unsigned last = 0;

	for (size_t i = 0; i < all->n; i++) {
		uint32_t ch = all->ch[i], both = 0;
		unsigned order = idna_order(ch);
		bool beside = kept > 0 && starter == kept - 1;
		if (starter != SIZE_MAX && (beside || last < order))
			both = idna_both(all->ch[starter], ch);
		if (both) {
			all->ch[starter] = both;
			continue;
		}
		last = order;
		if (order == 0)
			starter = kept;
		all->ch[kept++] = ch;
	}
	all->n = kept;
}

/* --- Punycode (RFC 3492), its names --- */

static uint32_t idna_adapt(uint32_t delta, uint32_t points, bool first)
{
	enum { BASE = 36, TMIN = 1, TMAX = 26, SKEW = 38, DAMP = 700 };
	uint32_t k = 0;

	delta /= first ? DAMP : 2;
	for (delta += delta / points; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

/* A number of variable length (RFC 3492 3.3), most characters at the most; the characters
 * written, 0: they are too few. */
static size_t idna_number(uint32_t q, uint32_t bias, char *to, size_t most)
{
	enum { BASE = 36, TMIN = 1, TMAX = 26 };
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = 0;

	for (uint32_t k = BASE; n < most; k += BASE) {
		uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
		if (q < t) {
			to[n++] = digits[q];
			return n;
		}
		to[n++] = digits[t + (q - t) % (BASE - t)];
		q = (q - t) / (BASE - t);
	}
	return 0;
}

/* RFC 3492 6.3. A label of LABEL_MOST characters cannot make delta overflow: they are
 * below 2^21. */
static size_t idna_punycode(const uint32_t *ch, size_t n, char *to, size_t most)
{
	enum { FIRST = 0x80, BIAS = 72 };
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (ch[i] >= FIRST)
			continue;
		if (len + 1 >= most)
			return 0;
		to[len++] = (char)ch[i];
	}
	uint32_t basic = (uint32_t)len, done = basic, next = FIRST, delta = 0,
		 bias = BIAS;
	if (basic > 0)
		to[len++] = '-';
	for (; done < n; delta++, next++) {
		uint32_t least = UINT32_MAX;
		for (size_t i = 0; i < n; i++)
			if (ch[i] >= next && ch[i] < least)
				least = ch[i];
		delta += (least - next) * (done + 1);
		next = least;
		for (size_t i = 0; i < n; i++) {
			delta += ch[i] < next;
			if (ch[i] != next)
				continue;
			size_t wrote = idna_number(delta, bias, to + len, most - len);
			if (wrote == 0)
				return 0;
			len += wrote;
			bias = idna_adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
	return len;
}

/* --- a domain --- */

/* One label of n characters; true: *len moved behind it. */
static bool idna_label(const uint32_t *ch, size_t n, char *to, size_t *len)
{
	static const char prefix[] = "xn--"; /* RFC 5890 2.3.2.5 */
	enum { PREFIX = sizeof prefix - 1 };
	char label[LABEL_MOST];
	size_t wrote = 0;
	bool ascii = true, prefixed = n >= PREFIX;

	for (size_t i = 0; i < n; i++) {
		ascii &= ch[i] < 0x80;
		prefixed &= i >= PREFIX || ch[i] == (uint32_t)prefix[i];
	}
	if (n > LABEL_MOST || (prefixed && !ascii)) /* RFC 3490 4.1, 5 */
		return false;
	if (ascii)
		for (; wrote < n; wrote++)
			label[wrote] = (char)ch[wrote];
	else {
		size_t code = idna_punycode(ch, n, label + PREFIX, sizeof label - PREFIX);
		if (code == 0)
			return false;
		memcpy(label, prefix, PREFIX);
		wrote = PREFIX + code;
	}
	if (wrote > IDNA_MOST - 1 - *len)
		return false;
	memcpy(to + *len, label, wrote);
	*len += wrote;
	return true;
}

size_t idna_ascii(const char *domain, size_t n, char *to)
{
	struct idna all;
	size_t len = 0, from = 0;

	all.n = 0;
	if (!idna_take(&all, domain, n))
		return 0;
	idna_arrange(&all);
	idna_compose(&all);
	for (size_t i = 0; i <= all.n; i++) {
		if (i < all.n && all.ch[i] != '.')
			continue;
		if (!idna_label(all.ch + from, i - from, to, &len))
			return 0;
		if (i < all.n && len + 1 == IDNA_MOST)
			return 0;
		if (i < all.n)
			to[len++] = '.';
		from = i + 1;
	}
	to[len] = '\0';
	return len;
}

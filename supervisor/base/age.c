/* SPDX-License-Identifier: ISC */
#include "base/age.h"

const struct age_row age_rows[AGES] = {
	{ "under_1s", "< 1 s", 1000 },
	{ "under_5s", "< 5 s", 5000 },
	{ "under_30s", "< 30 s", UINT64_C(30) * 1000 },
	{ "under_5m", "< 5 min", UINT64_C(5) * 60 * 1000 },
	{ "under_1h", "< 1 h", UINT64_C(60) * 60 * 1000 },
	{ "older", "older", UINT64_MAX },
};

unsigned age_row_of(uint64_t ms)
{
	unsigned r = 0;

	while (r + 1 < AGES && ms >= age_rows[r].below_ms)
		r++;
	return r;
}

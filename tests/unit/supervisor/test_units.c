/* SPDX-License-Identifier: ISC */
#include "base/units.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct word { /* no pointers: the test runs in another process */
	enum units units;
	char text[32];
	bool good;
	uint64_t value;
	char printed[UNITS_TEXT]; /* "" as text */
};

ParameterizedTestParameters(units, read_and_write)
{
	static struct word t[] = {
		{ UNITS_SIZE, "0", true, 0, "" },
		{ UNITS_SIZE, "0KiB", true, 0, "0" },
		{ UNITS_SIZE, "1", true, 1, "1B" },
		{ UNITS_SIZE, "1025B", true, 1025, "" },
		{ UNITS_SIZE, "1024", true, 1024, "1KiB" },
		{ UNITS_SIZE, "512MiB", true, 512 << 20, "" },
		{ UNITS_SIZE, "2048GiB", true, UINT64_C(2) << 40, "2TiB" },
		{ UNITS_SIZE, "18446744073709551615", true, UINT64_MAX,
		    "18446744073709551615B" },
		{ UNITS_SIZE, "18446744073709551616", false, 0, "" },
		{ UNITS_SIZE, "18014398509481984KiB", false, 0, "" },
		{ UNITS_SIZE, "1kib", false, 0, "" },
		{ UNITS_SIZE, "1 KiB", false, 0, "" },
		{ UNITS_SIZE, "1.5KiB", false, 0, "" },
		{ UNITS_SIZE, "KiB", false, 0, "" },
		{ UNITS_SIZE, "", false, 0, "" },
		{ UNITS_SIZE, "-1", false, 0, "" },
		{ UNITS_SIZE, "+1", false, 0, "" },
		{ UNITS_SIZE, "0x10", false, 0, "" },
		{ UNITS_TIME, "50ms", true, 50, "" },
		{ UNITS_TIME, "1500ms", true, 1500, "" },
		{ UNITS_TIME, "120s", true, 120000, "2m" },
		{ UNITS_TIME, "24h", true, 86400000, "1d" },
		{ UNITS_TIME, "5", false, 0, "" },
		{ UNITS_TIME, "0", true, 0, "" },
		{ UNITS_TIME, "5KiB", false, 0, "" },
		{ UNITS_COUNT, "010", true, 10, "10" },
		{ UNITS_COUNT, "10s", false, 0, "" },
		{ UNITS_MODE, "0700", true, 0700, "" },
		{ UNITS_MODE, "700", true, 0700, "0700" },
		{ UNITS_MODE, "0", true, 0, "0000" },
		{ UNITS_MODE, "0780", false, 0, "" },
		{ UNITS_PERCENT, "10%", true, 10, "" },
		{ UNITS_PERCENT, "10", false, 0, "" },
	};
	return cr_make_param_array(struct word, t, sizeof t / sizeof t[0]);
}

ParameterizedTest(struct word *t, units, read_and_write)
{
	uint64_t value = 77;
	char printed[UNITS_TEXT];

	cr_expect_eq(units_parse(t->units, t->text, &value), t->good, "%s", t->text);
	cr_expect_eq(value, t->good ? t->value : 77, "%s", t->text);
	if (!t->good)
		return;
	units_format(t->units, value, printed);
	cr_expect_str_eq(printed, *t->printed ? t->printed : t->text);
	value = 77;
	cr_expect(units_parse(t->units, printed, &value), "%s", printed);
	cr_expect_eq(value, t->value, "%s", printed);
}

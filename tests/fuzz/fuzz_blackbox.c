/* SPDX-License-Identifier: ISC */
/*
 * A black box as a hostile worker may leave it. A short input stands for a box whose
 * rest is zero, so that the seeds stay small.
 *
 * Covers: supervisor/pool/autopsy.c
 */
#include <stdlib.h>
#include <string.h>

#include "pool/autopsy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blackbox box;
	struct autopsy a = { .pid = 1 };

	if (size > sizeof box || size < 1)
		return 0;
	memset(&box, 0, sizeof box);
	memcpy(&box, data, size);
	box.magic = BLACKBOX_MAGIC;
	box.size = sizeof box;
	a.reaped = data[size - 1] & 1;
	a.wait_status = data[size - 1] >> 1;
	if (!autopsy_read(&a, &box, sizeof box, box.job))
		abort();
	if (a.crumb_count > BLACKBOX_CRUMBS || a.signal > 127 ||
	    strlen(a.pc_module) >= sizeof a.pc_module)
		abort();
	if (autopsy_verdict(&a) < VERDICT_CRASHED || autopsy_verdict(&a) >= VERDICTS)
		abort();
	(void)autopsy_signal_name(a.signal);
	if (autopsy_read(&a, &box, size - 1, box.job))
		abort();
	autopsy_clear(&a);
	return 0;
}

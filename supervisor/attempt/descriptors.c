/* SPDX-License-Identifier: ISC */
#include "attempt/descriptors.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { ABOVE_STANDARD = 3 }; /* no message lands on standard input, output or error */

static bool copy_input(struct pool_order *order, const char **why, int input)
{
	*why = "copy the input's descriptor";
	order->input = fcntl(input, F_DUPFD_CLOEXEC, ABOVE_STANDARD);
	return order->input != -1;
}

enum attempt_opened descriptors_results(struct pool_order *order, const char **why,
    int input, struct results *results, struct result *result)
{
	result_end(result);
	if (!copy_input(order, why, input))
		return ATTEMPT_TROUBLE;
	*why = "make a file for the result";
	if (!result_begin(results, result))
		return ATTEMPT_TROUBLE;
	order->output = result->fd;
	result->fd = -1;
	if (order->has_scratch)
		return ATTEMPT_OPENED;
	*why = "make a file for scratch";
	order->scratch = results_scratch(results);
	return order->scratch == -1 ? ATTEMPT_TROUBLE : ATTEMPT_OPENED;
}

enum attempt_opened descriptors_memory(
    struct pool_order *order, const char **why, int input)
{
	if (!copy_input(order, why, input))
		return ATTEMPT_TROUBLE;
	*why = "make a file in memory";
	order->output = memfd_create("output", MFD_CLOEXEC);
	if (order->output != -1 && !order->has_scratch)
		order->scratch = memfd_create("scratch", MFD_CLOEXEC);
	return order->output == -1 || (order->scratch == -1 && !order->has_scratch)
		   ? ATTEMPT_TROUBLE
		   : ATTEMPT_OPENED;
}

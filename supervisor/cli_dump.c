/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attempt/descriptors.h"
#include "cli_file.h"
#include "config/roles.h"
#include "files/copy.h"

static enum attempt_opened cli_dump_open(
    void *arg, struct pool_order *order, const char **why)
{
	const struct cli_file *f = arg;

	order->to = f->options.json ? "json" : "dump";
	order->input_size = (uint64_t)f->st.st_size;
	return descriptors_memory(order, why, f->input);
}

/* The notes are in the dump. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the form of a call */
static void cli_dump_ended(void *arg, int *output)
{
	struct cli_file *f = arg;
	const struct outcome *o = &f->outcome;
	const char *detail = o->reason;
	char where[1024];

	if (verdict_row(o->verdict)->good) {
		bool ok = lseek(*output, 0, SEEK_SET) == 0 && copy_print(*output, stdout);
		f->exit = ok ? ROLE_FINE : ROLE_FAILED;
		if (f->exit != ROLE_FINE)
			cli_file_complain(f, "cannot write the dump", strerror(errno));
	} else if (o->refused_part) {
		(void)snprintf(where, sizeof where, "%s (%s, offset %llu)", o->reason,
		    o->refused_part, (unsigned long long)o->refused_offset);
		cli_file_complain(f, "refused", where);
	} else {
		if (!detail)
			detail =
			    json_string_value(json_object_get(o->autopsy, "signal_name"));
		cli_file_complain(f, verdict_row(o->verdict)->text, detail);
	}
}

int dump_main(int argc, char **argv)
{
	static const struct attempt_owner owner = { .source = "dump",
		.once = true,
		.open = cli_dump_open,
		.ended = cli_dump_ended };
	struct cli_file f = { .input = -1 };

	return cli_file_main(&f, "dump", &owner, argc, argv);
}

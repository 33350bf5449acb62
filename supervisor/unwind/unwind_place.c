/* SPDX-License-Identifier: ISC */
#include "unwind_place.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unwind_jail.h"
#include "unwind_names.h"

static bool place_is_build(Dwfl_Module *module, const char *want)
{
	const unsigned char *id;
	GElf_Addr at;
	int length = dwfl_module_build_id(module, &id, &at);
	size_t digits = strlen(want);

	if (length <= 0 || digits != 2 * (size_t)length)
		return false;
	for (int i = 0; i < length; i++) {
		char byte[3];
		(void)snprintf(byte, sizeof byte, "%02x", id[i]);
		if (strncmp(want + 2 * (size_t)i, byte, 2) != 0)
			return false;
	}
	return true;
}

/* The file as a module of its own; its addresses are offsets. NULL: it is another build.
 */
static Dwfl_Module *place_open(Dwfl *dwfl, const char *path, const char *build_id)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return NULL;
	dwfl_report_begin(dwfl);
	Dwfl_Module *module = dwfl_report_elf(dwfl, path, path, fd, 0, true);
	if (!module)
		(void)close(fd);
	if (dwfl_report_end(dwfl, NULL, NULL) != 0 || !module ||
	    !place_is_build(module, build_id))
		return NULL;
	unwind_names_load(module, true);
	return module;
}

bool unwind_place(int count, char **arguments)
{
	static char answer[BUFSIZ];
	Dwfl_Module *module = NULL;
	Dwfl *dwfl = count >= 3 ? dwfl_begin(&unwind_names_files) : NULL;
	char *end;

	if (!dwfl)
		return false;
	uint64_t offset = strtoull(arguments[1], &end, 16);
	for (int i = 2; !module && i < count; i++)
		module = place_open(dwfl, arguments[i], arguments[0]);
	if (!module || *end != '\0')
		return false;
	(void)setvbuf(stdout, answer, _IOFBF, sizeof answer);
	if (!unwind_jail_shut())
		return false;
	if (!dwfl_module_addrname(module, offset))
		return false;
	unwind_names_print(module, offset, true);
	return fflush(stdout) == 0;
}

/* SPDX-License-Identifier: ISC */
#include "unwind_names.h"

#include <stdio.h>
#include <string.h>

#include "proto/unwind.h"

static char *no_path = NULL;
const Dwfl_Callbacks unwind_names_files = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
	.debuginfo_path = &no_path,
};

void unwind_names_load(Dwfl_Module *module, bool lines)
{
	Dwarf_Addr bias;

	(void)dwfl_module_getsymtab(module);
	if (lines)
		(void)dwfl_module_getdwarf(module, &bias);
}

static void names_print_clean(const char *text, int most)
{
	for (int i = 0; text[i] && i < most; i++)
		(void)putchar(text[i] > ' ' && text[i] < 0x7f ? text[i] : '?');
}

static void names_print_function(Dwfl_Module *m, uint64_t address)
{
	enum { OFFSET_SIZE = 20 };
	GElf_Off offset = 0;
	GElf_Sym symbol;
	const char *name =
	    m ? dwfl_module_addrinfo(m, address, &offset, &symbol, NULL, NULL, NULL)
	      : NULL;

	if (!name || !name[0]) {
		(void)putchar('-');
		return;
	}
	names_print_clean(name, UNWIND_TEXT - OFFSET_SIZE);
	(void)printf("+0x%llx", (unsigned long long)offset);
}

static void names_print_source(Dwfl_Module *m, uint64_t address)
{
	enum { LINE_SIZE = 12 };
	Dwfl_Line *line = m ? dwfl_module_getsrc(m, address) : NULL;
	int number = 0;
	const char *file =
	    line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;

	if (!file) {
		(void)putchar('-');
		return;
	}
	size_t n = strlen(file), most = UNWIND_TEXT - LINE_SIZE;
	names_print_clean(n > most ? file + n - most : file, (int)most);
	(void)printf(":%d", number);
}

void unwind_names_print(Dwfl_Module *m, uint64_t address, bool line)
{
	names_print_function(m, address);
	(void)putchar(' ');
	names_print_source(line ? m : NULL, address);
	(void)putchar('\n');
}

bool unwind_names_start(Dwfl_Module *m, uint64_t address)
{
	const char *name = m ? dwfl_module_addrname(m, address) : NULL;

	return name && strcmp(name, "_start") == 0;
}

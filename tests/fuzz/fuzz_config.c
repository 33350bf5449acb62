/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/config_keys.h"

/*
 * Any file is either refused with a reason, or printed as one that means the same.
 *
 * Covers: supervisor/config/config.c supervisor/config/config_yaml.c
 * supervisor/config/config_keys.c supervisor/base/units.c
 */
static struct config *load(const void *data, size_t n, char **errors)
{
	char *const environment[] = { NULL };
	char path[64];
	size_t length = 0;
	FILE *f = open_memstream(errors, &length);
	int fd = memfd_create("config", MFD_CLOEXEC);

	if (!f || fd == -1 || write(fd, data, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct config *c = config_load(path, environment, NULL, 0, f);
	(void)fclose(f);
	(void)close(fd);
	return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *errors = NULL, *text = NULL, *nothing = NULL;
	size_t n = 0;
	struct config *c = load(data, size, &errors);

	if (!c && !*errors)
		abort();
	if (c) {
		FILE *f = open_memstream(&text, &n);
		if (!f)
			abort();
		config_print(c, f);
		(void)fclose(f);
		struct config *again = load(text, n, &nothing);
		if (!again)
			abort();
		for (size_t i = 0; config_key_nth(i); i++)
			if (!config_key_equal(config_key_nth(i), c, again))
				abort();
		config_free(again);
	}
	config_free(c);
	free(errors);
	free(text);
	free(nothing);
	return 0;
}

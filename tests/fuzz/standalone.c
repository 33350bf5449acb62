/* SPDX-License-Identifier: ISC */
/*
 * A main for a fuzz target without libFuzzer: replays every file named, and every file
 * in the folders named, once. So each seed and each old crash runs in every build.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned long replayed;

static int replay_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	/* Exactly as large as the file, so that AddressSanitizer sees a byte too far. */
	uint8_t *data = malloc(size ? size : 1);
	int status = EXIT_FAILURE;

	if (!f || !data || fread(data, 1, size, f) != size) {
		perror(path);
		goto out;
	}
	(void)LLVMFuzzerTestOneInput(data, size);
	replayed++;
	status = EXIT_SUCCESS;
out:
	free(data);
	if (f)
		(void)fclose(f);
	return status;
}

static int replay(const char *path);

static int replay_folder(const char *path)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, NULL, alphasort), status = EXIT_SUCCESS;

	if (n == -1) {
		perror(path);
		return EXIT_FAILURE;
	}
	for (int i = 0; i < n; i++) {
		char *inner = NULL;
		if (list[i]->d_name[0] != '.' &&
		    asprintf(&inner, "%s/%s", path, list[i]->d_name) != -1) {
			if (replay(inner) != EXIT_SUCCESS)
				status = EXIT_FAILURE;
			free(inner);
		}
		free(list[i]);
	}
	free(list);
	return status;
}

static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		perror(path);
		return EXIT_FAILURE;
	}
	if (S_ISDIR(st.st_mode))
		return replay_folder(path);
	return replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != EXIT_SUCCESS)
			status = EXIT_FAILURE;
	printf("%s: replayed %lu files\n", argv[0], replayed);
	if (replayed == 0) {
		fputs("nothing to replay\n", stderr);
		return EXIT_FAILURE;
	}
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzz target on files instead of a fuzzer: FILE..., or standard input
 * without any; with --tap DIRECTORY as a test that fails if there is no file.
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

#define INPUT_MAX_BYTES (1u << 20)

static int run_stream(FILE *stream)
{
	uint8_t *const bytes = malloc(INPUT_MAX_BYTES);
	uint8_t *exact;
	size_t len;

	FUZZ_MUST(bytes);
	len = fread(bytes, 1, INPUT_MAX_BYTES, stream);
	exact = fuzz_copy(bytes, len);
	free(bytes);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return ferror(stream);
}

static int run_file(const char *path)
{
	FILE *const stream = fopen(path, "rb");
	int failed;

	if (!stream || run_stream(stream)) {
		perror(path);
		return 1;
	}
	failed = fclose(stream);
	return failed;
}

/* Each file is named before it runs: the last one named is a finding. */
static int run_directory(const char *directory)
{
	DIR *const dir = opendir(directory);
	const struct dirent *entry;
	char path[4096];
	int n = 0, failed = 0;

	printf("1..1\n");
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		printf("# %s\n", entry->d_name);
		fflush(stdout);
		failed |= run_file(path);
		n++;
	}
	if (dir)
		closedir(dir);
	LLVMFuzzerTestOneInput(NULL, 0);
	printf("%sok 1 - %d files\n", n && !failed ? "" : "not ", n);
	return !n || failed;
}

int main(int argc, char **argv)
{
	int i, failed = 0;

	if (argc == 3 && !strcmp(argv[1], "--tap"))
		return run_directory(argv[2]);
	if (argc == 1)
		return run_stream(stdin);
	for (i = 1; i < argc; i++)
		failed |= run_file(argv[i]);
	return failed;
}

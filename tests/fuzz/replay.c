/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replays files, and the files of folders, through a fuzz target: what libFuzzer
 * found once stays a test where there is no libFuzzer. Speaks TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		printf("not ok - %s cannot be opened\n", path);
		return 1;
	}
	(void)fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	/* Exactly as large as the input, so that ASan sees an over-read. */
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	size_t got = data != NULL && size > 0 ? fread(data, 1, (size_t)size, file) : 0;
	(void)fclose(file);
	printf("# %s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, got);
	free(data);
	replayed++;
	return 0;
}

static int replay_folder(const char *path)
{
	struct dirent **names;
	int failed = 0;
	int count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char file[4096];
		if (names[i]->d_name[0] != '.') {
			(void)snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
			failed |= replay_file(file);
		}
		free(names[i]);
	}
	if (count >= 0) {
		free(names);
	}
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++) {
		failed |= replay_folder(argv[i]);
	}
	const char *name = strrchr(argv[0], '/');
	printf("%s 1 - %s: %u inputs\n1..1\n", failed || replayed == 0 ? "not ok" : "ok",
	       name != NULL ? name + 1 : argv[0], replayed);
	return failed || replayed == 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replays the files of a folder through a fuzz target: what libFuzzer found once stays a
 * test where there is no libFuzzer. What the target finds in each is compared with what
 * is recorded in the folder next to it. Speaks TAP.
 *
 * usage: fuzz_NAME [--record] tests/fuzz/corpus/NAME
 *
 * With --record, the sums in tests/fuzz/found/NAME are written anew.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed, failed;
static char *recorded; /* Lines of a sum and the name of an input. */

/* Whether what was found is what is recorded; a target that sums up nothing has no record. */
static bool is_recorded(const char *name)
{
	char line[NAME_MAX + 32];
	(void)snprintf(line, sizeof(line), "\n%016" PRIx64 " %s\n", found_sum, name);
	return recorded != NULL ? strstr(recorded, line) != NULL : found_sum == 0;
}

/*
 * Memory for an input, which ends where the memory ends: an octet read beyond it ends the
 * replay. ASan, which also sees an octet read before it, does that for memory of malloc().
 */
#ifdef __SANITIZE_ADDRESS__
static uint8_t *lay(size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	if (data == NULL) {
		abort();
	}
	return data;
}

static void unlay(uint8_t *data, size_t size)
{
	(void)size;
	free(data);
}
#else
#define PAGE ((size_t)4096)

static size_t room_of(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static uint8_t *lay(size_t size)
{
	uint8_t *room = mmap(NULL, room_of(size) + PAGE, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED || mprotect(room + room_of(size), PAGE, PROT_NONE) != 0) {
		abort();
	}
	return room + room_of(size) - size;
}

static void unlay(uint8_t *data, size_t size)
{
	(void)munmap(data + size - room_of(size), room_of(size) + PAGE);
}
#endif

static void replay_file(const char *folder, const char *name, FILE *record)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		printf("# %s cannot be opened\n", path);
		failed++;
		return;
	}
	(void)fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	uint8_t *data = lay(size > 0 ? (size_t)size : 0);
	size_t got = size > 0 ? fread(data, 1, (size_t)size, file) : 0;
	(void)fclose(file);
	printf("# %s\n", path);
	(void)fflush(stdout);
	found_sum = 0;
	(void)LLVMFuzzerTestOneInput(data, got);
	unlay(data, got);
	replayed++;
	if (record != NULL) {
		(void)fprintf(record, "%016" PRIx64 " %s\n", found_sum, name);
	} else if (!is_recorded(name)) {
		printf("# another result than in tests/fuzz/found: --record PATH if it is meant\n");
		failed++;
	}
}

static void replay_folder(const char *path, FILE *record)
{
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (names[i]->d_name[0] != '.') {
			replay_file(path, names[i]->d_name, record);
		}
		free(names[i]);
	}
	if (count >= 0) {
		free(names);
	}
}

/* A line end and the text of a file; NULL without the file. */
static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");
	if (file == NULL) {
		return NULL;
	}
	FILE *out = open_memstream(&text, &size);
	(void)fputc('\n', out);
	for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
		(void)fputc(c, out);
	}
	(void)fclose(out);
	(void)fclose(file);
	return text;
}

static bool write_record(const char *path, FILE *record, char **sums)
{
	bool good = fclose(record) == 0;
	FILE *file = good ? fopen(path, "w") : NULL;
	good = file != NULL && fputs(*sums, file) >= 0;
	return file != NULL && fclose(file) == 0 && good;
}

int main(int argc, char **argv)
{
	bool recording = argc == 3 && strcmp(argv[1], "--record") == 0;
	const char *folder = argc >= 2 ? argv[argc - 1] : ".";
	const char *slash = strrchr(folder, '/');
	char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "tests/fuzz/found/%s",
	               slash != NULL ? slash + 1 : folder);
	char *sums = NULL;
	size_t size = 0;
	/* Targets find the same files open in either case. */
	FILE *record = recording ? open_memstream(&sums, &size) : NULL;
	recorded = read_text(path);
	replay_folder(folder, record);
	failed += recording && !write_record(path, record, &sums);
	free(recorded);
	free(sums);
	const char *name = strrchr(argv[0], '/');
	printf("%s 1 - %s: %u inputs\n1..1\n", failed > 0 || replayed == 0 ? "not ok" : "ok",
	       name != NULL ? name + 1 : argv[0], replayed);
	return failed > 0 || replayed == 0;
}

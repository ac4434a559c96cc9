/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of rules: each line is loaded or complained of, rules that are loaded, listed and
 * loaded again are listed the same, and what they match is summed up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rules/language/lines.h"
#include "rules/ruleset/ruleset.h"
#include "tests/fuzz/found.h"
#include "tests/fuzz/match_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)file;
	found_number(line);
	found_number(column);
	found_text(message);
	*(size_t *)ctx += strlen(message) > 0;
}

static void warn(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)file;
	found_number(column);
	found_text(message);
	if (line == 0 || message[0] == '\0') {
		abort();
	}
}

/*! \brief Loads a text and lists what it held; NULL when it was complained of. */
static char *load_and_list(const void *text, size_t size, size_t *listed)
{
	char path[64];
	const char *paths[] = { path };
	struct ruleset_stats stats;
	size_t complaints = 0;
	char *list = NULL;
	int fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || (size > 0 && write(fd, text, size) != (ssize_t)size)) {
		abort();
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct ruleset *set = ruleset_load(paths, 1, complain, warn, &complaints, &stats);
	close(fd);
	found_number(stats.rules);
	found_number(stats.indicators);
	found_number(stats.errors);
	found_number(stats.refused);
	found_number(stats.merged);
	if ((set == NULL) != (complaints > 0) || (set == NULL) != (stats.errors > 0)) {
		abort();
	}
	if (set != NULL) {
		FILE *out = open_memstream(&list, listed);
		if (out == NULL || ruleset_list(set, out) != 0 || fclose(out) != 0) {
			abort();
		}
		found_bytes(list, *listed);
		match_words(set, list);
		ruleset_free(set);
	}
	return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first_size;
	size_t second_size;
	char *first = load_and_list(data, size, &first_size);
	/* Longer lines than can be read may come of many keys in `set`. */
	if (first != NULL && first_size < LINES_MAX) {
		char *second = load_and_list(first, first_size, &second_size);
		if (second == NULL || strcmp(first, second) != 0) {
			abort();
		}
		free(second);
	}
	free(first);
	return 0;
}

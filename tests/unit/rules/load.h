/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Loads rules from a text in memory, and keeps the complaints. */
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rules/ruleset/ruleset.h"

struct complaints {
	char text[8192]; /*!< LINE:COLUMN: MESSAGE, one a line. */
	size_t size;
};

static inline void load_complain(void *ctx, const char *file, size_t line, size_t column,
                                 const char *message)
{
	struct complaints *complaints = ctx;
	assert_non_null(file);
	int size = snprintf(complaints->text + complaints->size,
	                    sizeof(complaints->text) - complaints->size, "%zu:%zu: %s\n", line,
	                    column, message);
	complaints->size += (size_t)size;
	assert_true(complaints->size < sizeof(complaints->text));
}

/*! \brief Keeps a warning, after "warning: ". */
static inline void load_warn(void *ctx, const char *file, size_t line, size_t column,
                             const char *message)
{
	struct complaints *complaints = ctx;
	complaints->size += (size_t)sprintf(complaints->text + complaints->size, "warning: ");
	load_complain(ctx, file, line, column, message);
}

static inline struct ruleset *load_octets(const void *text, size_t size,
                                          struct complaints *complaints,
                                          struct ruleset_stats *stats)
{
	char path[64];
	const char *paths[] = { path };
	*complaints = (struct complaints){ .size = 0 };
	int fd = memfd_create("rules", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct ruleset *set = ruleset_load(paths, 1, load_complain, load_warn, complaints, stats);
	close(fd);
	return set;
}

/*! \brief Loads a text that has no mistakes. */
static inline struct ruleset *load_text(const char *text)
{
	struct complaints complaints;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(text, strlen(text), &complaints, &stats);
	if (set == NULL || complaints.size > 0) {
		fail_msg("%s\n%s", text, complaints.text);
	}
	return set;
}

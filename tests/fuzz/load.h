/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Rules of a fuzz target's own: sound ones, that nothing is left out of. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "rules/ruleset/ruleset.h"

static inline void load_complain(void *ctx, const char *file, size_t line, size_t column,
                                 const char *message)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)column;
	(void)message;
	abort();
}

static inline struct ruleset *load_rules(const char *text)
{
	char path[64];
	const char *paths[] = { path };
	struct ruleset_stats stats;
	int fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) {
		abort();
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	struct ruleset *set = ruleset_load(paths, 1, load_complain, load_complain, NULL, &stats);
	close(fd);
	return set;
}

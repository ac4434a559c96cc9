/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/files.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_rules(const struct dirent *entry)
{
	return fnmatch("*.rules", entry->d_name, FNM_PERIOD) == 0 &&
	       strcmp(entry->d_name, FILES_BASELINES) != 0;
}

/*! \brief Compares names by their octets, because the order must not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int one_of_folder(const char *folder, const char *name,
                         void (*each)(void *ctx, const char *file), void *ctx)
{
	char *path;
	struct stat st;
	size_t size = strlen(folder);
	if (asprintf(&path, "%s%s%s", folder, folder[size - 1] == '/' ? "" : "/", name) < 0) {
		return -1;
	}
	/* `each` reports a file that cannot be read. */
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		each(ctx, path);
	}
	free(path);
	return 0;
}

static int each_of_folder(const char *path, void (*each)(void *ctx, const char *file), void *ctx)
{
	struct dirent **entries;
	int ret = 0;
	int count = scandir(path, &entries, is_rules, by_name);
	if (count < 0) {
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (ret == 0) {
			ret = one_of_folder(path, entries[i]->d_name, each, ctx);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

int files_each(const char *path, void (*each)(void *ctx, const char *file), void *ctx)
{
	struct stat st;
	if (path[0] == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (stat(path, &st) != 0) {
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		return each_of_folder(path, each, ctx);
	}
	each(ctx, path);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/intake/capture.h"
#include "sensor/system/signals.h"

static void report(struct folder *folder, bool failed, const char *path, const char *reason)
{
	char text[CAPTURE_ERROR_MAX];
	(void)snprintf(text, sizeof(text), "%.900s: %s", path, reason);
	folder->report(folder->ctx, failed, text);
}

static bool add_file(struct folder *folder, const char *path, int64_t first_ns)
{
	struct folder_file *larger =
	        reallocarray(folder->files, folder->count + 1, sizeof(*larger));
	if (larger == NULL) {
		return false;
	}
	folder->files = larger;
	larger += folder->count;
	larger->first_ns = first_ns;
	larger->path = strdup(path);
	if (larger->path == NULL) {
		return false;
	}
	folder->count++;
	return true;
}

static void probe_file(struct folder *folder, const char *path)
{
	char error[CAPTURE_ERROR_MAX];
	int64_t first_ns;
	switch (capture_probe_file(path, &first_ns, error)) {
	case CAPTURE_PROBE_GOOD:
		if (!add_file(folder, path, first_ns)) {
			report(folder, true, path, "out of memory");
		}
		break;
	case CAPTURE_PROBE_OTHER:
		folder->report(folder->ctx, false, error);
		break;
	case CAPTURE_PROBE_FAILED:
		folder->report(folder->ctx, true, error);
		break;
	}
}

static void search(struct folder *folder, const char *path, unsigned depth);

static void visit(struct folder *folder, const char *path, unsigned depth)
{
	struct stat info, link;
	if (stat(path, &info) != 0 || lstat(path, &link) != 0) {
		report(folder, true, path, strerror(errno));
	} else if (S_ISDIR(link.st_mode)) {
		search(folder, path, depth + 1);
	} else if (S_ISREG(info.st_mode)) {
		probe_file(folder, path);
	}
}

static void search(struct folder *folder, const char *path, unsigned depth)
{
	struct dirent **names;
	if (depth > FOLDER_DEPTH_MAX) {
		report(folder, true, path, "the folders are nested too deeply");
		return;
	}
	int count = scandir(path, &names, NULL, alphasort);
	if (count < 0) {
		report(folder, true, path, strerror(errno));
		return;
	}
	size_t size = strlen(path);
	const char *slash = size > 0 && path[size - 1] == '/' ? "" : "/";
	for (int i = 0; i < count; i++) {
		char *inner = NULL;
		if (names[i]->d_name[0] != '.' && !signals_stop()) {
			if (asprintf(&inner, "%s%s%s", path, slash, names[i]->d_name) < 0) {
				report(folder, true, path, "out of memory");
				inner = NULL;
			}
		}
		if (inner != NULL) {
			visit(folder, inner, depth);
		}
		free(inner);
		free(names[i]);
	}
	free(names);
}

static int compare(const void *a, const void *b)
{
	const struct folder_file *x = a;
	const struct folder_file *y = b;
	if (x->first_ns != y->first_ns) {
		return x->first_ns < y->first_ns ? -1 : 1;
	}
	return strcmp(x->path, y->path);
}

void folder_read(struct folder *folder, const char *path)
{
	search(folder, path, 0);
	if (folder->count > 1) {
		qsort(folder->files, folder->count, sizeof(*folder->files), compare);
	}
}

void folder_free(struct folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		free(folder->files[i].path);
	}
	free(folder->files);
	folder->files = NULL;
	folder->count = 0;
}

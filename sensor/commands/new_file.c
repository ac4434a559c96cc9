/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/new_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool new_file_open(struct new_file *file, const char *path)
{
	*file = (struct new_file){ .fd = -1, .path = path };
	if (asprintf(&file->temporary, "%s.XXXXXX", path) < 0) {
		file->temporary = NULL;
		errno = ENOMEM;
		return false;
	}
	file->fd = mkstemp(file->temporary);
	if (file->fd < 0) {
		int error = errno;
		free(file->temporary);
		file->temporary = NULL;
		errno = error;
		return false;
	}
	mode_t mask = umask(0);
	(void)umask(mask);
	(void)fchmod(file->fd, 0666 & ~mask);
	return true;
}

bool new_file_commit(struct new_file *file)
{
	int ret = close(file->fd);
	file->fd = -1;
	if (ret != 0 || rename(file->temporary, file->path) != 0) {
		return false;
	}
	free(file->temporary);
	file->temporary = NULL;
	return true;
}

void new_file_discard(struct new_file *file)
{
	int error = errno;
	if (file->fd >= 0) {
		(void)close(file->fd);
	}
	if (file->temporary != NULL) {
		(void)unlink(file->temporary);
		free(file->temporary);
	}
	errno = error;
}

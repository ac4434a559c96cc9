/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the captures in a folder, in the order of their first packets.
 *
 * Subfolders are searched, too, down to a depth of FOLDER_DEPTH_MAX. Symbolic links to folders are
 * not followed. Names that begin with a dot, pipes, devices and sockets are skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDER_DEPTH_MAX 32

struct folder_file {
	char *path;
	int64_t first_ns; /*!< Time of the first packet; INT64_MIN: the file has no packet. */
};

struct folder {
	struct folder_file *files;
	size_t count;
	void (*report)(void *ctx, bool failed, const char *text);
	void *ctx;
};

/*!
 * \brief Finds the captures.
 *
 * \param folder  The caller sets `report` and `ctx`, and all other fields to zero. `report` is
 *                called for each file or folder that is left out; `failed` is true if that file or
 *                folder cannot be read, and false for a file that is not a capture. Call
 *                folder_free() afterwards.
 */
void folder_read(struct folder *folder, const char *path);

void folder_free(struct folder *folder);

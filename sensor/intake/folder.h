/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The captures in a folder, in the order of their first packets.
 *
 * Folders in it are searched too, FOLDER_DEPTH_MAX deep; symbolic links to folders
 * are not followed, and names that begin with a dot are passed over, as are
 * pipes, devices and sockets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDER_DEPTH_MAX 32

struct folder_file {
	char *path;
	int64_t first_ns; /*!< Time of its first packet; INT64_MIN: it has none. */
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
 * \param folder  `report` and `ctx` set, the rest zero. `report` is called for what is
 *                left out: not failed for files that are no captures, failed for
 *                what cannot be read. folder_free() it in any case.
 */
void folder_read(struct folder *folder, const char *path);

void folder_free(struct folder *folder);

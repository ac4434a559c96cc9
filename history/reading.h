/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads parts of a history folder in a child process, because libmtbl ends the process when
 *        it reads a damaged file.
 *
 * history_reading_run() starts a child for each call; history_reading_ask() starts one child that
 * answers many small requests. If a child dies, the damaged file is found, reported and left out,
 * and another child is started. No lock is taken, so the process that writes the folder does not
 * wait. The calling process itself reads a history in ClickHouse.
 *
 * Limits: HISTORY_BAD_MAX damaged files. Ownership: history_reading_close() frees everything.
 */
#pragma once

#include "base/cursor.h"
#include "base/writer.h"
#include "history/child.h"
#include "history/files.h"

#define HISTORY_BAD_MAX 64

struct history_merged;

/*! \brief Called with the name of a damaged file, which is left out. */
typedef void (*history_named_damage_t)(void *ctx, const char *name);

struct history_reading {
	const char *url; /*!< The URL of a history in ClickHouse, borrowed; NULL: the history is a
	                    folder. */
	int folder;
	struct history_files files;  /*!< The files to read. */
	struct history_child server; /*!< The child that answers requests. */
	int socket;                  /*!< The connection to `server`; -1: there is none. */
	struct history_file bad[HISTORY_BAD_MAX];
	size_t bad_count;
	history_named_damage_t damaged;
	void *ctx;
};

/*!
 * \brief Opens a folder, or a history in ClickHouse.
 *
 * \param path     Path of the folder, or the URL, which is then borrowed.
 * \param damaged  Called for each damaged file, once.
 *
 * \return 0, or the negative errno value of open(2).
 */
int history_reading_open(struct history_reading *reading, const char *path,
                         history_named_damage_t damaged, void *ctx);

void history_reading_close(struct history_reading *reading);

/*!
 * \brief A function that reads, usually in a child process. \return 0, or a negative error of
 * errno.h.
 *
 * \param output  The octets that it writes there are copied to the caller of
 *                history_reading_run().
 */
typedef int (*history_read_t)(void *ctx, struct history_merged *merged, struct writer *output);

/*!
 * \brief Calls `read` with the files that are in the folder now.
 *
 * \param output  Is emptied, and then receives what `read` writes; its limit must be greater than
 * 0.
 *
 * \return 0, or a negative error of errno.h.
 */
int history_reading_run(struct history_reading *reading, history_read_t read, void *ctx,
                        struct writer *output);

/*!
 * \brief A function that answers a request. \return 0, or a negative error of errno.h.
 *
 * \param request  The octets that the caller has sent.
 * \param output   The octets that it writes there are sent to the caller.
 */
typedef int (*history_answer_t)(struct cursor *request, struct history_merged *merged,
                                struct writer *output);

/*! \brief The largest request, in octets. */
#define HISTORY_REQUEST_MAX ((size_t)64 << 10)

/*!
 * \brief Sends a request to a child process that reads the files which were in the folder at the
 *        first request. Later requests are answered by the same child, unless it dies. It reads
 *        single pages of the files, so a request should need few rows (HISTORY_POINTS).
 *
 * \param request  At most HISTORY_REQUEST_MAX octets.
 * \param output   As for history_reading_run().
 *
 * \return 0, or a negative error of errno.h.
 */
int history_reading_ask(struct history_reading *reading, history_answer_t answer,
                        const uint8_t *request, size_t size, struct writer *output);

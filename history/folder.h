/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads all rows of a history folder, kind by kind, in the order of their keys.
 *
 * The checksums of all files are checked first, which takes as long as reading the files. Damaged
 * files are reported and left out. For a few rows, history/query.h is faster.
 *
 * Ownership: history_folder_close() frees everything. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/merged.h"
#include "history/query.h"
#include "history/rows/row.h"

struct history_folder;

/*! \brief Totals of a folder. */
struct history_totals {
	size_t files, damaged; /*!< In ClickHouse, `files` are the parts of the tables. */
	uint64_t octets;       /*!< The size of the intact files. */
	char sensors[HISTORY_SENSORS_MAX];
};

/*!
 * \brief Opens a folder, or a history in ClickHouse; calls `damaged` for each damaged file.
 *
 * \param path  Path of the folder, or the URL.
 *
 * \return 0; -ECANCELED if the work was given up (history_watch()); or another negative error of
 * errno.h.
 */
int history_folder_open(struct history_folder **out, const char *path,
                        history_named_damage_t damaged, void *ctx);

void history_folder_close(struct history_folder *folder);

/*!
 * \brief Starts to read the rows of a kind whose keys have values. After history_folder_open(), the
 * first row that is read is the first record (HISTORY_KEY_OWNER).
 */
void history_folder_seek(struct history_folder *folder, enum history_key_kind kind);

/*! \brief Reads the next row of the kind; its views are valid until the next call. \return False at
 * the end, and after a failure. */
bool history_folder_next(struct history_folder *folder, struct history_record *record);

/*! \brief Returns the reader of all files. It can also read the keys that do not belong to rows. */
struct history_merged *history_folder_merged(struct history_folder *folder);

/*! \brief Reads the number of the folder (files.h). \return False if it has none. */
bool history_folder_id(const struct history_folder *folder, char id[HISTORY_ID_SIZE]);

/*! \brief Logs that a folder cannot be read. Logs nothing if the work was given up, or if reading
 *         from ClickHouse has failed, because that failure has already been logged. */
void history_report_failure(const char *path, int error);

/*! \brief Logs that a file of a folder is damaged, or cannot be read, and that its rows are left
 *         out. */
void history_report_file(const char *path, const char *name);

/*! \brief The names of files that were reported. */
struct history_reported {
	char names[HISTORY_BAD_MAX][HISTORY_FILE_NAME_MAX];
	size_t count;
};

/*! \brief Calls history_report_file() unless it was called for this file before. For programs that
 *         read a folder several times. */
void history_report_file_once(struct history_reported *reported, const char *path,
                              const char *name);

/*! \brief Warns if a path is a folder which neither has a history nor was made for one. */
void history_report_stranger(const char *path);

/*! \brief Whether reading has failed, so that rows may be missing. The failure has been logged. */
bool history_folder_failed(const struct history_folder *folder);

const struct history_totals *history_folder_totals(const struct history_folder *folder);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads files of a history folder as one, in the order of their keys: rows with equal keys
 * are merged.
 *
 * libmtbl ends the process at a damaged block. Callers therefore check the files before
 * (history_file_is_intact()), or read in a process of their own (see query.h).
 *
 * Ownership: history_merged_free() closes the files. Views into a key live until the next call. Not
 * thread-safe.
 */
#pragma once

#include "history/files.h"
#include "history/row.h"

struct history_merged;

/*! \brief A file that cannot be opened as one of this format. */
typedef void (*history_damaged_t)(void *ctx, const struct history_file *file);

/*!
 * \brief Opens files.
 *
 * \param damaged  Called for each file that is left out.
 *
 * \return NULL when out of memory.
 */
struct history_merged *history_merged_open(int folder, const struct history_file *files,
                                           size_t count, history_damaged_t damaged, void *ctx);

/*! \brief Closes the files; NULL is ignored. */
void history_merged_free(struct history_merged *merged);

/*! \brief Starts to read the keys that begin with some octets; none: all. Ends an earlier reading.
 */
bool history_merged_seek(struct history_merged *merged, const uint8_t *prefix, size_t size);

/*! \brief Reads the next key and its value. \return False at the end. */
bool history_merged_next(struct history_merged *merged, const uint8_t **key, size_t *key_size,
                         const uint8_t **value, size_t *value_size);

/*! \brief Looks up the value of a row by its key by owner. */
bool history_merged_find(struct history_merged *merged, const uint8_t *key, size_t size,
                         struct history_seen *seen);

/*! \brief Lists the sensors that have written rows, separated by commas, as far as there is room.
 * Ends an earlier reading. */
void history_merged_sensors(struct history_merged *merged, char *sensors, size_t room);

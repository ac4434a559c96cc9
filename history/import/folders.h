/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Adds the rows of other folders to a store.
 *
 * The store remembers the numbers of the folders (history/files.h), and the numbers that these
 * folders themselves remember, so no row counts twice.
 */
#pragma once

#include <stddef.h>

#include "history/folder.h"
#include "history/store/store.h"

/*!
 * \brief Adds all rows of the sources as one batch: either all of them are added, or none.
 *
 * \param target     The folder of the store, opened for reading.
 * \param duplicate  On -EEXIST it receives the index of the first source whose rows are in the
 * store or in an earlier source.
 *
 * \return 0; -EEXIST; or another negative error of errno.h.
 */
int history_add_folders(struct history_store *store, struct history_folder *target,
                        struct history_folder *const *sources, size_t count, size_t *duplicate);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Opens the history of --history: a folder, or a history in ClickHouse. For commands that
 *         read all rows. */
#pragma once

#include "history/folder.h"
#include "history/store/store.h"
#include "sensor/commands/history/history_work.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

/*!
 * \brief Opens the folder. Close it with history_folder_close(). \return EXIT_DONE, or the exit
 *        status after a failure, which has been logged.
 */
int history_open(const struct options *options, struct history_folder **folder);

/*!
 * \brief Opens the folder to write it; it is created if it does not exist. Close it with
 *        history_store_close(). \return NULL after a failure, which has been logged.
 */
struct history_store *history_open_store(const struct options *options);

/*!
 * \brief Opens an existing folder to write its files again, and calls history_work_writes() for
 *        `work`. \return NULL if the folder does not exist, or after another failure; the reason
 *        has been logged.
 */
struct history_store *history_open_existing(const struct options *options,
                                            struct history_work *work);

/*! \brief Returns whether --history is given; logs an error if not. */
bool history_is_given(const struct options *options);

/*! \brief Logs that a file is damaged. `ctx` is a struct options. */
void history_report_damage(void *ctx, const char *name);

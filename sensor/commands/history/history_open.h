/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Opens the folder, or the history in ClickHouse, of --history. The commands that read all
 * rows use it. */
#pragma once

#include "history/folder.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

/*!
 * \brief Opens the folder. Close it with history_folder_close(). \return EXIT_DONE, or the exit
 *        status after a failure, which has been logged.
 */
int history_open(const struct options *options, struct history_folder **folder);

/*! \brief Returns whether --history is given; logs an error if not. */
bool history_is_given(const struct options *options);

/*! \brief Logs that a file is damaged. `ctx` is a struct options. */
void history_report_damage(void *ctx, const char *name);

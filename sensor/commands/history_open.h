/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Opens the folder of --history for the commands that read all of it.
 */
#pragma once

#include "history/folder.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

/*! \brief Opens it. \return EXIT_DONE, or the exit status after a failure, which was logged. */
int history_open(const struct options *options, struct history_folder **folder);

/*! \brief Logs that a file is damaged. `ctx` are the options. */
void history_report_damage(void *ctx, const char *name);

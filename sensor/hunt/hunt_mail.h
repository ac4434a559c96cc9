/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations of a row of mail, which are then matched with rules. */
#pragma once

#include "history/rows/row.h"
#include "sensor/detect/observe.h"

/*!
 * \brief Calls `observe` for the observations of a row.
 *
 * Mail for a domain has its server and, as a recipient without a local part, the domain; what a
 * server has shown has the server and the name in its greeting; a single mail has its recipient and
 * its sender.
 *
 * \param like  The times of the row.
 */
void hunt_mail_observe(const struct history_record *record, const struct observation *like,
                       observe_t observe, void *ctx);

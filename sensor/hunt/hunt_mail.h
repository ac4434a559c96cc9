/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations of a row of mail, which are then matched with rules. */
#pragma once

#include "history/rows/row.h"
#include "sensor/hunt/hunt_context.h"
#include "sensor/observe/observe.h"

/*!
 * \brief Calls `observe` for the observations of a row.
 *
 * A row of mail for a domain has the server, and the domain as a recipient without a local part. A
 * row about a server has the server, and the host name if the row is that of a greeting. A single
 * mail has its recipient and its sender.
 *
 * \param like  An observation with the times of the row, which the others get.
 */
void hunt_mail_observe(const struct history_record *record, const struct observation *like,
                       observe_t observe, void *ctx);

/*! \brief Calls `take` for a greeting of the server of a row of mail, which pins of the recipient's
 *         domain are compared with. */
void hunt_mail_observe_banner(const struct history_record *record, const struct observation *like,
                              const struct hunt_banner *banner, observe_t take, void *ctx);

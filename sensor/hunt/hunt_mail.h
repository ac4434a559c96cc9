/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations of a row of mail, which are then matched with rules. */
#pragma once

#include "history/rows/row.h"
#include "sensor/hunt/hunt_context.h"
#include "sensor/observe/observe.h"

/*!
 * \brief Calls `observe` for the observations of a row.
 *
 * For all mail to a domain, these are the server, and the domain as a recipient without a local
 * part. For a row about a server, they are the server and, if the row has a greeting, the host name
 * in the greeting. For a single mail, they are the sender and the recipient. If mail to a domain
 * was sent without TLS, there is also an observation of this.
 *
 * \param like  An observation with the times of the row. All others get these times.
 */
void hunt_mail_observe(const struct history_record *record, const struct observation *like,
                       observe_t observe, void *ctx);

/*! \brief Calls `take` for a greeting of the server of a row of mail. It is compared with the pins
 *         of the recipient's domain. */
void hunt_mail_observe_banner(const struct history_record *record, const struct observation *like,
                              const struct hunt_banner *banner, observe_t take, void *ctx);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the `smtp` and `tls` objects of an event. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*!
 * \brief Writes the `smtp` and the `tls` object. For an intercepted session, `smtp` contains the
 *        recipients of all its mails.
 *
 * \return The number of recipients that are not listed.
 */
uint64_t event_put_smtp(struct json *json, const struct event_parts *parts);

/*! \brief Writes `server` and `destination` of a row of mail. For a greeting it also writes `smtp`,
 *         for a single mail `smtp`, `client` and `source`. */
void event_put_mail_row(struct json *json, const struct event_row *row);

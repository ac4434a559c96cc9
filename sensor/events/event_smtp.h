/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `smtp` and `tls` objects of an event.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*!
 * \brief Writes both objects; of an intercepted session with the recipients of all its mails.
 *
 * \return Recipients that are not listed.
 */
uint64_t event_put_smtp(struct json *json, const struct event_parts *parts);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `smtp` and `tls` objects of an event.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/transcript.h"

/*!
 * \brief Writes both objects.
 *
 * \param whole  True: list the recipients of the whole session; false: those of the current mail.
 */
void event_put_smtp(struct json *json, const struct transcript *transcript, bool whole);

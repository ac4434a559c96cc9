/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `smtp` and `tls` objects of an event.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/transcript.h"

/*! \param whole  Recipients of the whole session, not of the mail at hand. */
void event_put_smtp(struct json *json, const struct transcript *transcript, bool whole);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The `email` object of an event: header fields of the current mail. */
#pragma once

#include "base/json.h"
#include "sensor/events/transcript.h"

/*! \brief Writes the object with decoded words (RFC 2047); writes nothing when no header was seen.
 */
void event_put_email(struct json *json, const struct transcript *transcript);

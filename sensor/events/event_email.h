/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the `email` object of an event. It has header fields of the current mail. */
#pragma once

#include "base/json.h"
#include "sensor/flow/transcript.h"

/*!
 * \brief Writes the object, in which encoded words (RFC 2047) are decoded. Writes nothing if no
 *        header field was seen.
 */
void event_put_email(struct json *json, const struct transcript *transcript);

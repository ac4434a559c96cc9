/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the `nsmx` object of an event. It has the fields that ECS lacks. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*!
 * \brief Writes the object. Writes nothing for a log event that would have an empty object.
 *
 * \param event  Receives the offset of the object's end.
 */
void event_put_nsmx(struct json *json, const struct event_parts *parts, struct event *event);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the `nsmx` object of an event, which has the fields that ECS lacks. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*!
 * \brief Writes the object; writes nothing for a log event that has none of its fields.
 *
 * \param event  Receives the offset of the object's end.
 */
void event_put_nsmx(struct json *json, const struct event_parts *parts, struct event *event);

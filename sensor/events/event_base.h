/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the fields with which every event begins: `@timestamp`, `ecs` and `event`. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*!
 * \brief Writes `@timestamp`, `ecs` and `event`.
 *
 * \param event  Receives the offset of the id's text and that of the end of the `event` object.
 */
void event_put_base(struct json *json, const struct event_parts *parts, struct event *event);

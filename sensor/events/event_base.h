/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The fields that every event begins with: `@timestamp`, `ecs` and `event`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \param event  Receives the offsets of the id and of the end of `event`. */
void event_put_base(struct json *json, const struct event_parts *parts, struct event *event);

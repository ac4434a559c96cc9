/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the fields that every event has: `@timestamp`, `ecs`, `event` and `observer`. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief The value of ecs.version. */
#define EVENT_ECS_VERSION "9.0.0"

/*! \brief Writes the members of `observer` that are the same in all events of a sensor. */
void event_put_observer(struct json *json, const char *sensor);

/*! \brief Returns event.action of a hit of packets. */
const char *event_action(const struct event_hit *hit);

/*!
 * \brief Writes `@timestamp`, `ecs` and `event`.
 *
 * \param event  Receives the offset of the id's text and that of the end of the `event` object.
 */
void event_put_base(struct json *json, const struct event_parts *parts, struct event *event);

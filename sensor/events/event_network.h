/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The connection of an event: `client`, `server`, `source`, `destination`, `network`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

void event_put_network(struct json *json, const struct event_parts *parts);

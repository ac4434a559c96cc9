/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the objects of an event that describe its connection: `client`, `server`, `source`,
 *        `destination` and `network`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief Writes all five objects. */
void event_put_network(struct json *json, const struct event_parts *parts);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The objects of an event that describe its rule: `rule`, `tags` and `threat`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief Writes these objects. The parts must be those of a hit. */
void event_put_rule(struct json *json, const struct event_parts *parts);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a hit's event gives of the rule: `rule`, `tags` and `threat`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \param parts  Of a hit. */
void event_put_rule(struct json *json, const struct event_parts *parts);

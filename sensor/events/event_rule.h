/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the objects of an event that describe its rule: `rule`, `tags` and `threat`. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief What all hits of a rule share. All zero: nothing yet. */
struct event_rule {
	uint64_t number;     /*!< Of the view that was read; 0: it has none. */
	struct json members; /*!< `rule` and `tags`. */
};

void event_rule_free(struct event_rule *rule);

/*! \brief Writes these objects. The parts must be those of a hit. */
void event_put_rule(struct json *json, struct event_rule *rule, const struct event_parts *parts);

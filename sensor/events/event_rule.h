/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the objects of an event that describe its rule: `rule`, `tags` and `threat`. */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief The JSON of a rule, which all its hits share. It is initialised with zeros. */
struct event_rule {
	/*! The `number` of the struct rule_view from which `members` was made; 0: none. */
	uint64_t number;
	/*! JSON of `rule` and `tags`. If the action is ACTION_IOC_MATCH, the beginning of `threat`
	 * follows, up to the matched value. */
	struct json members;
};

void event_rule_free(struct event_rule *rule);

/*! \brief Writes `rule`, `tags` and `threat`. The event must be that of a hit. */
void event_put_rule(struct json *json, struct event_rule *rule, const struct event_parts *parts);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The cause for watching a name or an address: a DNS hit, with the parts of it that events
 *        report.
 *
 * The struct has no pointers, so that it can be in shared memory and outlive the rule.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/events/event.h"

/*! \brief Room for the texts below, NUL included. */
#define WATCH_ID_MAX   EVENT_ID_MAX
#define WATCH_TEXT_MAX 512

/*! \brief A cause. Texts end with NUL, and are cut if they are too long. */

struct watch_cause {
	char event_id[WATCH_ID_MAX]; /*!< event.id of the hit; empty if the hit was suppressed. */
	char rule_id[WATCH_TEXT_MAX];
	char rule_text[WATCH_TEXT_MAX]; /*!< The rule as written. */
	char indicator[WATCH_TEXT_MAX];
	char feed[WATCH_TEXT_MAX];
	char ref[WATCH_TEXT_MAX];
	char note[WATCH_TEXT_MAX];
	char tags[WATCH_TEXT_MAX];
	enum rule_form form;
	int confidence;
	/*! Owner of the record that matched; its size is 0 if it is not known. */
	struct dns_name owner;
};

/*! \brief Copies the parts of a hit that events report. */
void watch_cause_set(struct watch_cause *cause, const struct rule_view *rule, const char *event_id,
                     const uint8_t *owner, size_t owner_size);

/*!
 * \brief Corrects a cause that was copied from shared memory, to which a worker under attack may
 *        have written any content.
 */
void watch_cause_check(struct watch_cause *cause);

/*! \brief Sets `rule` to the rule of the hit, as views into the cause, for an event about an
 *         intercepted session. */
void watch_cause_rule(const struct watch_cause *cause, struct rule_view *rule);

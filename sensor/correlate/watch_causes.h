/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules and owner names of hits, in memory that workers share. Each rule and each owner
 *        is stored once, and all entries with this rule or owner refer to it. Private to
 *        sensor/correlate/. The caller must lock the tables.
 *
 * Limits: WATCH_RULES rules, each with at most WATCH_PACKED_MAX octets of texts, and WATCH_OWNERS
 * owners. A further rule replaces another one as fair_table.h describes; a further owner replaces
 * the oldest one. A cause whose rule or owner was replaced lacks it, but a session to a watched
 * address is reported nevertheless.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/keyed_hash.h"
#include "sensor/correlate/fair_table.h"
#include "sensor/correlate/watch_cause.h"

#define WATCH_RULES      65536
#define WATCH_OWNERS     16384
#define WATCH_PACKED_MAX 960

/*! \brief Refers to a cause, in 24 octets. */
struct watch_reason {
	/*! The index of the rule, and a number that changes when another rule is stored at this
	 * index. */
	uint32_t rule;
	/*! The index of the owner, and a number that changes when another owner is stored at this
	 * index. */
	uint32_t owner;
	uint8_t event_id[WATCH_ID_MAX / 2];
};

struct watch_owners;

struct watch_causes {
	struct keyed_hash key;
	struct fair_table rules;
	struct watch_owners *owners;
};

/*! \brief Creates the tables. \return False when out of memory. */
bool watch_causes_init(struct watch_causes *causes);
void watch_causes_end(struct watch_causes *causes);

/*!
 * \brief Stores the rule and the owner of a cause; returns the reason that refers to them.
 *
 * \param head  Client and times of the hit.
 */
struct watch_reason watch_causes_add(struct watch_causes *causes, const struct watch_cause *cause,
                                     const struct fair_head *head);

/*!
 * \brief Makes the reason for a further hit of a rule. This is faster than watch_causes_add(),
 *        because the texts of the rule are not compared again.
 *
 * \param reason  The reason of an earlier hit of the rule; becomes the reason of this hit.
 * \param owner   The owner of the record; NULL: the owner in `reason` is correct.
 *
 * \return False if the rule was replaced; the reason is then unchanged.
 */
bool watch_causes_again(struct watch_causes *causes, struct watch_reason *reason,
                        const struct dns_name *owner, const struct fair_head *head);

/*! \brief Sets the event.id of a reason. */
void watch_reason_set_event(struct watch_reason *reason, const char *event_id);

/*! \brief Ensures that the rule of a reason does not expire before this time. */
void watch_causes_prolong(struct watch_causes *causes, const struct watch_reason *reason,
                          int64_t until_ns);

/*!
 * \brief Writes the cause to which a reason refers. The caller must then call watch_cause_check().
 *        If the rule was replaced, `cause->rule_id` is WATCH_RULE_LOST.
 */
void watch_causes_get(const struct watch_causes *causes, const struct watch_reason *reason,
                      struct watch_cause *cause);

#define WATCH_RULE_LOST "unknown"

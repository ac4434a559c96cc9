/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules and owners of hits, each kept once for all that it makes watched, in memory
 *        that workers share. Private to this room; the caller locks.
 *
 * Limits: WATCH_RULES rules with a hit, each with WATCH_PACKED_MAX octets of texts, and
 * WATCH_OWNERS owners. What gave way to others is missing in the cause: a session to a watched
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

/*! \brief A cause in 24 octets. */
struct watch_reason {
	uint32_t rule;  /*!< Number and generation of its place. */
	uint32_t owner; /*!< The same. */
	uint8_t event_id[WATCH_ID_MAX / 2];
};

struct watch_owner;

struct watch_causes {
	struct keyed_hash key;
	struct fair_table rules;
	struct watch_owner *owners;
};

/*! \return False when out of memory. */
bool watch_causes_init(struct watch_causes *causes);
void watch_causes_end(struct watch_causes *causes);

/*!
 * \brief Keeps the rule and the owner of a cause.
 *
 * \param head  Client and times of the hit.
 */
struct watch_reason watch_causes_add(struct watch_causes *causes, const struct watch_cause *cause,
                                     const struct fair_head *head);

/*! \brief Keeps the rule of a reason at least until this time. */
void watch_causes_prolong(struct watch_causes *causes, const struct watch_reason *reason,
                          int64_t until_ns);

/*! \brief The cause of a reason, for watch_cause_check(). The rule's id is WATCH_RULE_LOST if the
 * rule gave way. */
void watch_causes_get(const struct watch_causes *causes, const struct watch_reason *reason,
                      struct watch_cause *cause);

#define WATCH_RULE_LOST "unknown"

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Gathers hits beyond the output budget: one event reports all hits of a rule, with their
 *        number.
 *
 * The first hit of a rule for which the output budget has no room opens a group for the rule. The
 * group is reported when GATHERED_NS have passed by a packet clock, or earlier when a more severe
 * rule needs the place of the group.
 *
 * Limits: GATHERED_MAX groups at a time, events of GATHERED_OCTETS_MAX octets in all groups
 * together, and EVENT_REPEAT_CLIENTS_MAX clients in each group.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/packet_clock.h"
#include "sensor/events/event_repeat.h"

#define GATHERED_MAX        4096
#define GATHERED_OCTETS_MAX ((size_t)16 << 20)
#define GATHERED_NS         60000000000LL

/*! \brief Receives the event of a group. */
typedef void (*gathered_emit_t)(void *ctx, const struct event_copy *copy,
                                const struct event_repeat *repeat);

struct gathered;

/*!
 * \brief Creates an object without groups, which calls `emit` with `ctx`. \return NULL when out of
 *        memory.
 */
struct gathered *gathered_new(gathered_emit_t emit, void *ctx);

/*! \brief Reports all groups, and frees the object. NULL is allowed. */
void gathered_free(struct gathered *gathered);

/*!
 * \brief Counts a hit in the group of its rule.
 *
 * \param rule     A number that identifies the rule.
 * \param time_ns  Packet time of the hit.
 *
 * \return False if the rule has no open group.
 */
bool gathered_count(struct gathered *gathered, uint64_t rule, const struct in6_addr *client,
                    int64_t time_ns);

/*!
 * \brief Returns false if gathered_open() would return false for a hit of this severity, so that
 * its event need not be written.
 */
bool gathered_has_room(const struct gathered *gathered, unsigned severity);

/*!
 * \brief Opens a group with its first hit.
 *
 * \return False if the hit is lost, because memory is exhausted, or because the groups of rules
 * that are at least as severe have reached a limit.
 */
bool gathered_open(struct gathered *gathered, uint64_t rule, const struct event *event,
                   const struct in6_addr *client, int64_t time_ns);

/*! \brief Reports the groups that were opened at least GATHERED_NS ago by this packet clock. */
void gathered_tick(struct gathered *gathered, const struct packet_clock *clock);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Hits beyond the output budget: one event for all of a rule, with their count.
 *
 * A group is opened by the first hit of a rule that may not be written, and is reported
 * when GATHERED_NS have passed by a packet clock, or when a more severe rule needs its place.
 *
 * Limits: GATHERED_MAX groups, GATHERED_CLIENTS_MAX clients of each.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/packet_clock.h"
#include "sensor/events/event_repeat.h"

#define GATHERED_MAX         64
#define GATHERED_CLIENTS_MAX 100
#define GATHERED_NS          60000000000LL

/*! \brief Receives the event of a group. */
typedef void (*gathered_emit_t)(void *ctx, const struct event_copy *copy,
                                const struct event_repeat *repeat);

struct gathered;

/*! \return NULL when out of memory. */
struct gathered *gathered_new(gathered_emit_t emit, void *ctx);

/*! \brief Reports all groups, and frees. NULL is accepted. */
void gathered_free(struct gathered *gathered);

/*!
 * \brief Counts a hit in the group of its rule.
 *
 * \param rule     Identity of the rule.
 * \param time_ns  Packet time of the hit.
 *
 * \return False if there is no such group.
 */
bool gathered_count(struct gathered *gathered, uint64_t rule, const struct in6_addr *client,
                    int64_t time_ns);

/*!
 * \brief Opens a group with its first hit.
 *
 * \return False when out of memory, or if all groups are as severe: the hit is lost.
 */
bool gathered_open(struct gathered *gathered, uint64_t rule, const struct event *event,
                   const struct in6_addr *client, int64_t time_ns);

/*! \brief Reports the groups whose time has passed at this time of a packet clock. */
void gathered_tick(struct gathered *gathered, const struct packet_clock *clock);

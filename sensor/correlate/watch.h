/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The tables of watched addresses and mail exchangers. Private to sensor/correlate/.
 *
 * The addresses in a DNS message with a hit are watched. So are the addresses in later answers
 * whose owner is the mail exchanger of a matched MX record. An entry is watched until the TTL of
 * the record has expired, and at least for the watch time (see watch_new()) after the last such
 * answer. Time is packet time.
 *
 * The tables are in shared memory. Workers that are forked after watch_new() share them, and may
 * add entries in any order of time.
 *
 * If networks are separated, an entry belongs to one network; else `network` is NULL in all calls.
 *
 * Limits: WATCH_ADDRESSES addresses and WATCH_EXCHANGES mail exchangers; fair_table.h describes
 * which entry a new one replaces. The key of a mail exchanger, and of an address in a network, is a
 * keyed hash of 128 bits that includes the network.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/network_id.h"
#include "sensor/correlate/watch_cause.h"
#include "sensor/correlate/watch_causes.h"

#define WATCH_ADDRESSES (1 << 20)
#define WATCH_EXCHANGES (1 << 19)

struct watch;

/*! \brief The DNS answer because of which a name or address is watched. */
struct watch_answer {
	int64_t time_ns; /*!< Packet time. */
	uint32_t ttl;    /*!< TTL of the record, in seconds. */
	uint16_t client; /*!< watch_client() of the client that received the answer. */
	/*! False if the record has no hit and does not answer the question. Entries for such
	 * records are replaced first. */
	bool reserved;
};

/*!
 * \brief Creates an empty table.
 *
 * \param least_ns  The watch time: the shortest time for which an entry is watched.
 *
 * \return NULL when out of memory.
 */
struct watch *watch_new(int64_t least_ns);
void watch_free(struct watch *watch);

/*! \brief Returns the number of the group that a client belongs to. */
uint16_t watch_client(const struct watch *watch, const struct network_id *network,
                      const struct in6_addr *client);

/*!
 * \brief Stores a cause, and returns its reason: a short reference that is stored with each entry.
 */
struct watch_reason watch_keep_cause(struct watch *watch, const struct watch_cause *cause,
                                     const struct watch_answer *answer);

/*!
 * \brief Does the same for a further hit of a rule; see watch_causes_again().
 */
bool watch_keep_again(struct watch *watch, struct watch_reason *reason,
                      const struct dns_name *owner, const struct watch_answer *answer);

/*!
 * \brief Watches an address from the time of the answer on.
 *
 * If the address is watched already, it keeps the reason of the earlier answer, and expires at the
 * later of both times.
 */
void watch_address(struct watch *watch, const struct network_id *network,
                   const struct in6_addr *addr, const struct watch_answer *answer,
                   const struct watch_reason *reason);

/*!
 * \brief Watches a mail exchanger, in the same way as watch_address() watches an address. When a
 *        later answer contains addresses of the mail exchanger, they are watched, too.
 *
 * \param name  The name in wire format.
 *
 * \return True if the mail exchanger was not yet watched at the time of the answer.
 */
bool watch_exchange(struct watch *watch, const struct network_id *network, const uint8_t *name,
                    size_t size, const struct watch_answer *answer,
                    const struct watch_reason *reason);

/*! \brief Returns true and sets `cause` if the address is watched at this time. */
bool watch_has_address(struct watch *watch, const struct network_id *network,
                       const struct in6_addr *addr, int64_t now_ns, struct watch_cause *cause);

/*! \brief Returns false if no mail exchanger was ever watched. The call takes no lock. */
bool watch_any_exchange(const struct watch *watch);

/*! \brief Returns true and sets `reason` if the mail exchanger is watched at this time. */
bool watch_has_exchange(struct watch *watch, const struct network_id *network, const uint8_t *name,
                        size_t size, int64_t now_ns, struct watch_reason *reason);

/*! \brief Returns the number of entries of this process that were replaced before they expired, or
 *         for which there was no room. */
uint64_t watch_lost(const struct watch *watch);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The tables of watched addresses and mail exchangers. Private to this room.
 *
 * Watched are the addresses in a DNS message that has a hit, and those in subsequent answers
 * whose owner is the exchange of a hit MX: until the record's TTL has expired, and at
 * least for the watch time after the last such answer. Time is packet time.
 *
 * The tables are in shared memory: workers that are forked after watch_new() share them, and
 * may add entries in any order of time.
 *
 * Limits: WATCH_ADDRESSES and WATCH_EXCHANGES entries; fair_table.h has the order in which they
 * give way. The key of an exchange is a keyed hash of 128 bits of its name.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/correlate/watch_cause.h"
#include "sensor/correlate/watch_causes.h"

#define WATCH_ADDRESSES (1 << 20)
#define WATCH_EXCHANGES (1 << 19)

struct watch;

/*! \brief The answer that makes something watched. */
struct watch_answer {
	int64_t time_ns;
	uint32_t ttl;    /*!< Of the record. */
	uint16_t client; /*!< Who got it: watch_client(). */
	bool reserved;   /*!< False: it only came along, and others go first. */
};

/*!
 * \param least_ns  Watch time: the shortest time for which an entry is watched.
 *
 * \return NULL when out of memory.
 */
struct watch *watch_new(int64_t least_ns);
void watch_free(struct watch *watch);

/*! \brief The group of clients to which a client belongs. */
uint16_t watch_client(const struct watch *watch, const struct in6_addr *client);

/*! \brief Keeps the cause of a hit for what it makes watched. */
struct watch_reason watch_keep_cause(struct watch *watch, const struct watch_cause *cause,
                                     const struct watch_answer *answer);

/*!
 * \brief Watches an address, from now on.
 *
 * An address that is watched already keeps its reason, and its end if that is after the new one.
 */
void watch_address(struct watch *watch, const struct in6_addr *addr,
                   const struct watch_answer *answer, const struct watch_reason *reason);

/*!
 * \brief Watches for the addresses of an exchange; as watch_address().
 *
 * \return True if it was not watched at this time.
 */
bool watch_exchange(struct watch *watch, const uint8_t *name, size_t size,
                    const struct watch_answer *answer, const struct watch_reason *reason);

/*! \brief True, and `cause` filled in, if the address is watched at this time. */
bool watch_has_address(struct watch *watch, const struct in6_addr *addr, int64_t now_ns,
                       struct watch_cause *cause);

/*! \brief False as long as no exchange was ever watched; takes no lock. */
bool watch_any_exchange(const struct watch *watch);

/*! \brief True, and `reason` filled in, if the exchange is watched at this time. */
bool watch_has_exchange(struct watch *watch, const uint8_t *name, size_t size, int64_t now_ns,
                        struct watch_reason *reason);

/*! \brief By this process: entries that gave way before their time, or found no room. */
uint64_t watch_lost(const struct watch *watch);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of watched addresses and mail exchangers. Private to this room.
 *
 * Watched are the addresses in a DNS message that has a hit, and those in subsequent answers
 * whose owner is the exchange of a hit MX: until the record's TTL has expired, and at
 * least for the watch time after the last such answer. Time is packet time.
 *
 * The table is in shared memory: workers that are forked after watch_new() share it, and
 * may add entries in any order of time.
 *
 * Limits: WATCH_ADDRESSES and WATCH_EXCHANGES entries; when full, the entry that expires
 * first is replaced.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/correlate/watch_cause.h"

#define WATCH_ADDRESSES 4096
#define WATCH_EXCHANGES 1024

struct watch;

/*!
 * \param least_ns  Watch time: the shortest time for which an entry is watched.
 *
 * \return NULL when out of memory.
 */
struct watch *watch_new(int64_t least_ns);
void watch_free(struct watch *watch);

/*!
 * \brief Watches an address, from now on.
 *
 * An address that is watched already keeps its cause, and its end if that is after the new one.
 */
void watch_address(struct watch *watch, const struct in6_addr *addr, int64_t now_ns, uint32_t ttl,
                   const struct watch_cause *cause);

/*! \brief Watches for the addresses of an exchange; as watch_address(). */
void watch_exchange(struct watch *watch, const uint8_t *name, size_t size, int64_t now_ns,
                    uint32_t ttl, const struct watch_cause *cause);

/*! \brief True, and `cause` filled in, if the address is watched at this time. */
bool watch_has_address(struct watch *watch, const struct in6_addr *addr, int64_t now_ns,
                       struct watch_cause *cause);

/*! \brief False as long as no exchange was ever watched; takes no lock. */
bool watch_any_exchange(const struct watch *watch);

/*! \brief As watch_has_address(), for an exchange. */
bool watch_has_exchange(struct watch *watch, const uint8_t *name, size_t size, int64_t now_ns,
                        struct watch_cause *cause);

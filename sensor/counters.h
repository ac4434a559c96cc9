/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the sensor counts: one table of names for the summary, Redis and metrics.
 *
 * The counters lie in memory that the worker and its publisher share, so each
 * is atomic; additions are relaxed, as nothing is ordered by them.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/dns.h"

#define COUNTERS(X)                                                                                \
	X(packets)                                                                                 \
	X(bytes)                                                                                   \
	X(kernel_drops)                                                                            \
	X(interface_drops)                                                                         \
	X(truncated_packets)                                                                       \
	X(undecoded_packets)                                                                       \
	X(duplicates)                                                                              \
	X(dns_responses)                                                                           \
	X(dns_malformed)                                                                           \
	X(dns_tcp_messages)                                                                        \
	X(smtp_sessions)                                                                           \
	X(smtp_midstream)                                                                          \
	X(smtp_recipients)                                                                         \
	X(smtp_gap_bytes)                                                                          \
	X(tcp_streams)                                                                             \
	X(tcp_evicted)                                                                             \
	X(fragments)                                                                               \
	X(fragments_lost)                                                                          \
	X(hits)                                                                                    \
	X(hits_suppressed)                                                                         \
	X(events_delivered)                                                                        \
	X(events_pending)                                                                          \
	X(events_dropped)                                                                          \
	X(rules)                                                                                   \
	X(rules_errors)                                                                            \
	X(reloads)                                                                                 \
	X(output_errors)

struct counters {
#define X(name) _Atomic uint64_t name;
	COUNTERS(X)
#undef X
	/*! Deliveries that are due: what is not delivered or dropped of them is pending. */
	_Atomic uint64_t events_due;
	/*! How often a Redis has answered that it is loading: it will be back. */
	_Atomic uint64_t redis_loading;
	/*! Of `dns_malformed`, by -fault of parsers/dns.h. */
	_Atomic uint64_t dns_faults[DNS_FAULTS];
};

#define X(name) +1
enum { COUNTERS_COUNT = 0 COUNTERS(X) };
#undef X

/*! \brief Adds to a counter that one process alone writes: no locked instruction a packet. */
static inline void counter_add(_Atomic uint64_t *counter, uint64_t amount)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
	atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/*! \brief Adds to a counter that worker and publishers write: delivered, output_errors. */
static inline void counter_add_shared(_Atomic uint64_t *counter, uint64_t amount)
{
	atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static inline void counter_set(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline uint64_t counter_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/*! \brief Counters at zero in memory that children share; NULL when there is none. */
struct counters *counters_new(void);
void counters_free(struct counters *counters);

/*! \brief Brings `events_pending` up to date. */
void counters_settle(struct counters *counters);

/*! \brief The counter at `index` below COUNTERS_COUNT, and its name. */
const char *counters_name(size_t index);
uint64_t counters_value(const struct counters *counters, size_t index);

/*!
 * \brief Writes the counters as one JSON object, in place of what a file held.
 *
 * \param fd  Open for writing; closed whatever happens.
 *
 * \return 0, or -1 with errno set.
 */
int counters_save(const struct counters *counters, int fd);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds hits in DNS messages, and writes log events of them; reads DNS connections over TCP.
 *
 * Queries are read by questions.h. A malformed message is counted, and rules are matched with its
 * records before the fault.
 *
 * Ownership: the fields of a detector are borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/keyed_hash.h"
#include "base/memory_budget.h"
#include "base/pool.h"
#include "parsers/dns/dns_name_read.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/hits.h"
#include "sensor/detect/questions.h"
#include "sensor/events/flow.h"
#include "sensor/metrics/counters.h"

/*! \brief The messages on TCP that are not complete. */
struct dns_incomplete {
	struct memory_share memory;
	TAILQ_HEAD(dns_connections, dns_connection)
	connections;               /*!< In the order in which their messages began. */
	struct counters *counters; /*!< Borrowed. */
};

/*! \brief Adds its share to the budget; beyond that the message that began first gives way. */
void dns_incomplete_init(struct dns_incomplete *incomplete, struct memory_budget *budget,
                         struct counters *counters);

/*! \brief Removes its share, after all connections were freed. */
void dns_incomplete_deinit(struct dns_incomplete *incomplete);

struct dns_detector {
	struct dns_incomplete *incomplete;
	struct hits *hits;
	struct correlator *correlator; /*!< Receives the hits. */
	struct questions *questions;   /*!< Receives the queries. */
	struct counters *counters;
	struct dns_name_memo *memo; /*!< For the names of one message after the other. */
	struct pool
	        *pool; /*!< Allocates connections; its objects have dns_connection_size() octets. */
	bool log;      /*!< `--log dns` */
	struct history_table *history; /*!< Receives the records; NULL: no history is kept. */
	struct keyed_hash key; /*!< Key of the hash by which messages with hits are remembered. */
};

/*!
 * \brief Takes one message.
 *
 * \param cut  The end of the message was not captured, so that a missing end is not a fault.
 */
void dns_detector_message(const struct dns_detector *detector, const struct flow *flow,
                          const uint8_t *wire, size_t size, bool cut);

/*! \brief A DNS connection over TCP. */
struct dns_connection;

/*! \brief Returns the octets of a connection, for its pool. */

size_t dns_connection_size(void);

/*!
 * \brief Creates a connection.
 *
 * \param detector   Borrowed until dns_connection_free().
 * \param midstream  The stream may begin inside a message, because its start was not captured.
 *
 * \return NULL when out of memory.
 */
struct dns_connection *dns_connection_new(const struct dns_detector *detector,
                                          const struct flow *flow, bool midstream);

/*! \brief Takes the next bytes that the client sent, which are read only for the questions of
 *         questions_concern(). */
void dns_connection_ask(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                        int64_t time_ns);

/*! \brief Takes the next bytes that the server sent. */
void dns_connection_feed(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                         uint32_t seq, int64_t time_ns);

/*!
 * \brief The second reading of a connection, from the beginning of a message on, where that is
 *        remembered: it looks for hits, which are marked as ambiguous, and neither counts nor logs.
 *
 * \param size   The number of octets before the first one that differs, which can be read again.
 * \param seq    TCP sequence number of the first of them.
 * \param again  Out: the last so many of them are to be fed to the second reading.
 *
 * \return NULL when out of memory. To be freed before `connection`.
 */
struct dns_connection *dns_connection_fork(struct dns_connection *connection, size_t size,
                                           uint32_t seq, size_t *again);

/*! \brief Returns true if both will read what follows in the same way. */
bool dns_connection_agrees(const struct dns_connection *connection,
                           const struct dns_connection *second);

/*! \brief Records that bytes of a side are missing here. */
void dns_connection_gap(struct dns_connection *connection, bool from_client, size_t bytes);

void dns_connection_free(struct dns_connection *connection);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds hits in DNS messages and emits log events for them. It also reads DNS connections
 *        over TCP.
 *
 * Queries are passed to the functions of questions.h. A malformed message is counted, and rules are
 * matched with its records before the fault.
 *
 * Ownership: the fields of a detector are borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/keyed_hash.h"
#include "base/memory/memory_budget.h"
#include "base/memory/pool.h"
#include "parsers/dns/dns_name_read.h"
#include "sensor/baseline/baseline.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/questions.h"
#include "sensor/flow/flow.h"
#include "sensor/hits/hits.h"
#include "sensor/metrics/counters.h"

/*! \brief The incomplete messages of all DNS connections over TCP. */
struct dns_incomplete {
	struct memory_share memory;
	TAILQ_HEAD(dns_connections, dns_connection)
	/*! The connections, in the order in which their messages began. */
	connections;
	struct counters *counters; /*!< Borrowed. */
};

/*!
 * \brief Adds a share for incomplete messages to the budget. If memory is exhausted, the message
 *        that began first is read as far as it was received, and its memory is freed.
 */
void dns_incomplete_init(struct dns_incomplete *incomplete, struct memory_budget *budget,
                         struct counters *counters);

/*! \brief Removes the share. All connections must have been freed. */
void dns_incomplete_deinit(struct dns_incomplete *incomplete);

struct dns_detector {
	struct dns_incomplete *incomplete;
	struct hits *hits;
	struct correlator *correlator; /*!< Receives the hits. */
	struct questions *questions;   /*!< Receives the queries. */
	struct counters *counters;
	/*! The memo of dns_name_read.h, which is reused for each message. */
	struct dns_name_memo *memo;
	/*! Allocates connections; its objects have dns_connection_size() octets. */
	struct pool *pool;
	bool log;                      /*!< `--log dns` */
	struct history_table *history; /*!< Receives the records; NULL: no history is kept. */
	bool history_clients;          /*!< The history also has the clients of records. */
	struct baseline *baseline;     /*!< Learned baselines; NULL: nothing is learned. */
	struct keyed_hash key;         /*!< The key for hashes of messages with hits. */
};

/*!
 * \brief Processes one message.
 *
 * \param cut  The end of the message was not captured, so its absence is not a fault.
 */
void dns_detector_message(const struct dns_detector *detector, const struct flow *flow,
                          const uint8_t *wire, size_t size, bool cut);

/*! \brief A DNS connection over TCP. */
struct dns_connection;

/*! \brief Returns the size of struct dns_connection, for the pool of connections. */

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

/*!
 * \brief Takes the next bytes that the client sent. They are read only if questions_concern()
 *        returns true for the server.
 */
void dns_connection_ask(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                        int64_t time_ns);

/*! \brief Takes the next bytes that the server sent. */
void dns_connection_feed(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                         uint32_t seq, int64_t time_ns);

/*!
 * \brief Creates a second reading of a connection, because the octets from here on can be read in
 *        two ways. The second reading begins with the latest message whose start is still stored.
 *        If there is none, it begins inside a message, as in a connection whose start was not
 *        captured. From now on, the hits of both readings are marked as ambiguous. The second
 *        reading emits no log events and counts nothing.
 *
 * \param size   The number of stored octets before the first octet that differs.
 * \param seq    TCP sequence number of the first stored octet.
 * \param again  Receives the number of octets, at the end of the stored ones, that the caller must
 *               feed to the second reading first.
 *
 * \return The second reading, which must be freed before `connection`; NULL when out of memory.
 */
struct dns_connection *dns_connection_fork(struct dns_connection *connection, size_t size,
                                           uint32_t seq, size_t *again);

/*! \brief Returns true if both readings will read all further octets in the same way. */
bool dns_connection_agrees(const struct dns_connection *connection,
                           const struct dns_connection *second);

/*! \brief Records that `bytes` octets of the client or of the server are missing here. */
void dns_connection_gap(struct dns_connection *connection, bool from_client, size_t bytes);

void dns_connection_free(struct dns_connection *connection);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes rows of the history from DNS responses.
 *
 * Each record of class IN becomes a row, except OPT, TSIG, RRSIG, NSEC and NSEC3. A message without
 * an answer becomes a row with the name and type of its question and its response code: NXDOMAIN,
 * SERVFAIL, REFUSED, or NODATA (RFC 2308).
 */
#pragma once

#include "history/table.h"
#include "parsers/dns/dns.h"
#include "parsers/dns/dns_masked.h"
#include "sensor/baseline/baseline.h"

/*! \brief A response whose rows are added. */
struct history_response {
	struct history_table *table;
	const struct dns_message *message;
	/*! The client to which the response was sent; NULL: no rows of clients are added. */
	const struct in6_addr *client;
	struct baseline *baseline;     /*!< Learned baselines; NULL: nothing is learned. */
	const struct in6_addr *server; /*!< The sender of the response, for the baselines. */
	bool is_masked;                /*!< The next members are set. */
	uint64_t hash;
	struct dns_masked masked;
};

/*!
 * \brief Prepares to add the rows of a response. The processor starts to load what is remembered of
 *        an equal response, so do other work between this call and history_rows_add().
 */
void history_rows_expect(struct history_response *response, struct history_table *table,
                         const struct dns_message *message, const struct in6_addr *client);

/*! \brief Returns whether the rows of an equal response are remembered. */
bool history_rows_are_remembered(const struct history_response *response);

/*!
 * \brief Adds the rows of a response.
 *
 * \param kept     The response may match rules, so its rows are never folded (history/fold.h).
 * \param time_ns  Packet time, in nanoseconds since 1970 UTC.
 * \param whole    The message was read to its end. If it was not, no row is added for its response
 *                 code, because it may have answers that were not read.
 *
 * \return True if the baselines must judge the response. The caller must then call
 *         history_rows_judge().
 */
bool history_rows_add(const struct history_response *response, bool kept, int64_t time_ns,
                      bool whole);

/*! \brief Lets the baselines judge a response whose rows were added, and learn from it. */
void history_rows_judge(const struct history_response *response, int64_t time_ns, bool whole,
                        baseline_emit_t emit, void *ctx);

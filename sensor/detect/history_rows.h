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

/*!
 * \brief Adds the rows of a response.
 *
 * \param kept     Rules are concerned with the response, so its rows are never folded.
 * \param client   The client to which the response was sent; NULL: no rows of clients are added.
 * \param time_ns  Packet time, in nanoseconds since 1970 UTC.
 * \param whole    The message was read to its end. If it was not, no row is added for its response
 *                 code, because it may have answers that were not read.
 */
void history_rows_add(struct history_table *table, const struct dns_message *message, bool kept,
                      const struct in6_addr *client, int64_t time_ns, bool whole);

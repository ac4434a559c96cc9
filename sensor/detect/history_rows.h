/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes rows of the history from DNS responses.
 *
 * Each record in class IN becomes a row, but OPT, TSIG, RRSIG, NSEC and NSEC3 do not. A
 * message without an answer becomes a row with its response code, under the name and type of
 * its question: NXDOMAIN, SERVFAIL, REFUSED, or NODATA (RFC 2308).
 */
#pragma once

#include "history/table.h"
#include "parsers/dns/dns.h"

/*!
 * \brief Adds the rows of a response.
 *
 * \param time_ns  Packet time.
 * \param whole    The message was read to its end; otherwise its response code is no row, because
 *                 there may be answers that were not read.
 */
void history_rows_add(struct history_table *table, const struct dns_message *message,
                      int64_t time_ns, bool whole);

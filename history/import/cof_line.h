/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads lines in the Common Output Format of passive DNS
 *        (draft-dulaunoy-dnsop-passive-dns-cof), as nsmx, CIRCL and DNSDB write them.
 *
 * A line is one JSON object. Members:
 *  - `rrname`, `rrtype`, `rdata`: the record; `rdata` can be an array, each element of which is a
 *    row.
 *  - `time_first`, `time_last`: seconds since 1970, or a date and time (ISO 8601), in UTC if they
 *    have no time zone. `zone_time_first` and `zone_time_last` are the same for records from a zone
 *    file.
 *  - `count`, `ttl_min`, `ttl_max`: optional; the defaults are 1, 0 and the value of `ttl_min`.
 *  - `origin`: one of the names of history/rows/cof.h; other texts are ignored. Without it, NS
 * records are `child` if `bailiwick` is the owner and `parent` if it is above the owner; records
 * that only a zone file has are `parent`; others are `cache`.
 *  - `sensor_id`: names of sensors, separated by commas.
 *  - `client`: the address of a client to which the record was sent; times and count are those of
 * this client.
 *
 * A line whose `rrtype` is a type of mail (history/rows/mail_text.h) has the members that the
 * functions of history/rows/cof.h write for such rows.
 *
 * Other members are ignored. A line of DNSDB's streaming format, with the object as `obj`, is read
 * as well. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "history/rows/row.h"

/*! \brief The largest line, in octets. */
#define COF_LINE_MAX ((size_t)1 << 20)

/*! \brief Called for each row of a line; the row is borrowed. */
typedef void (*cof_row_t)(void *ctx, const struct history_row *row,
                          const struct history_seen *seen);
/*! \brief Called for each name of a sensor. */
typedef void (*cof_sensor_t)(void *ctx, const char *name, size_t size);

/*! \brief Called for a row of mail or of a client, which is borrowed. */
typedef void (*cof_record_t)(void *ctx, const struct history_record *record);

struct cof_target {
	cof_row_t row;
	cof_record_t record;
	cof_sensor_t sensor;
	void *ctx;
};

/*!
 * \brief Reads a line. If any part of it is invalid, none of its rows is passed on.
 *
 * \param reason  Receives a static text if the line is invalid.
 *
 * \return The number of rows that were passed on; 0 for an empty line, a line that contains no
 *         record, or a type that the history does not keep; -1 if the line is invalid.
 */
int cof_line_read(const char *line, size_t size, const struct cof_target *target,
                  const char **reason);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads and writes the data of rows in presentation form, and writes rows in the Common
 * Output Format of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof).
 */
#pragma once

#include "base/json.h"
#include "base/writer.h"
#include "history/rows/row.h"

/*! \brief Size of a buffer for the data of any row as text, in octets. */
#define HISTORY_DATA_TEXT_MAX (8 * HISTORY_DATA_MAX + 8192)

/*!
 * \brief Writes the data of a row: the name of its response code, or its RDATA in presentation
 *        form, with names that have no final dot.
 *
 * If history_data_read() would read other data from that text, for example because a name contains
 * a blank, the data are written as `\# LENGTH HEX` (RFC 3597 section 5).
 *
 * \return The number of characters written, without the final NUL.
 */
size_t history_data_text(const struct history_row *row, char text[HISTORY_DATA_TEXT_MAX]);

/*!
 * \brief Reads the data of a row.
 *
 * \param data     Receives the RDATA in canonical form, or the response code.
 * \param is_code  Receives whether the text is the name of a response code, in upper case.
 *
 * \return The number of octets; -1 if the text is invalid for the type, or if the data are too
 * large.
 */
int history_data_read(uint16_t type, const char *text, size_t size, uint8_t data[HISTORY_DATA_MAX],
                      bool *is_code);

/*! \brief Reads the name of an origin. \return False if the text is not one. */
bool history_origin_read(const char *text, enum history_origin *origin);

/*! \brief Returns the name of an origin. */
const char *history_origin_text(enum history_origin origin);

/*! \brief Size of a buffer for a time as text. */
#define HISTORY_TIME_MAX sizeof("2020-05-31T00:05:12Z")

/*! \brief Writes a time as text. Times after 2262 are written as the last time that nanoseconds in
 *         64 bits can express. \param time_s  Seconds since 1970 UTC. */
void history_time_text(uint64_t time_s, char text[HISTORY_TIME_MAX]);

/*!
 * \brief Writes a row as one JSON object.
 *
 * Rows of mail, too, have `rrname`, `rrtype` and `rdata` (mail_text.h), with types that DNS does
 * not have.
 *
 * \param sensors  The value of `sensor_id`; if it is empty, there is no `sensor_id`.
 *
 * \return The text, which is valid until the next call with this `json`; NULL if out of memory.
 */
const char *history_cof(struct json *json, const struct history_record *record,
                        const char *sensors);

/*! \brief Writes the object of history_cof() without its end, so that members can be added. */
void history_cof_begin(struct json *json, const struct history_record *record, const char *sensors);

/*! \brief Adds a client of the record, with the client's times and count, to an array that was
 *         begun. */
void history_cof_client(struct json *json, const struct history_record *client);

/*!
 * \brief Writes what a row is about, its type, its data and further details, separated by `blanks`,
 * for a terminal. Octets that are not printable are escaped.
 */
void history_put_texts(struct writer *w, const struct history_record *record, const char *blanks);

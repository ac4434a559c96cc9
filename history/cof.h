/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes rows as text: in the Common Output Format of passive DNS
 *        (draft-dulaunoy-dnsop-passive-dns-cof), and their data in presentation form.
 */
#pragma once

#include "base/json.h"
#include "history/row.h"

/*! \brief Room for the data of any row as text. */
#define HISTORY_DATA_TEXT_MAX (8 * HISTORY_DATA_MAX + 8192)

/*!
 * \brief Writes the data of a row: RDATA in presentation form, names without the final dot; or the
 *        name of a response code.
 *
 * \return The characters written, without the final NUL.
 */
size_t history_data_text(const struct history_row *row, char text[HISTORY_DATA_TEXT_MAX]);

/*! \brief Returns the name of an origin. */
const char *history_origin_text(enum history_origin origin);

/*!
 * \brief Writes a row as one JSON object.
 *
 * \param sensors  Value of `sensor_id`; empty: left out.
 *
 * \return The text, which lives until the next call with this `json`; NULL when out of memory.
 */
const char *history_cof(struct json *json, const struct history_record *record,
                        const char *sensors);

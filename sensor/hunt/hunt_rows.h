/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Matches rows of the history with rules, and emits an event for each hit.
 *
 * A record is matched like a DNS message with one record in the answer section, and a response code
 * like a message with one question. hunt_mail.h describes how a row of mail is matched. The
 * observations of a row cover the time from its first to its last sighting.
 *
 * Ownership: `hits` is borrowed; hunt_rows_free() frees the rest. Not thread-safe.
 */
#pragma once

#include <stdbool.h>

#include "history/rows/row.h"
#include "sensor/hits/hits.h"
#include "sensor/hunt/hunt_context.h"
#include "sensor/hunt/hunt_origins.h"

struct hunt_rows;

/*!
 * \brief Creates an object.
 *
 * \param origins       The chains of CNAME records from pinned names; borrowed. NULL: no rule needs
 *                      them.
 * \param context       Borrowed.
 * \param ignore_dates  Rules also match outside of their dates (`--ignore-dates`).
 *
 * \return NULL when out of memory.
 */
struct hunt_rows *hunt_rows_new(struct hits *hits, const struct hunt_origins *origins,
                                struct hunt_context *context, bool ignore_dates);

/*! \brief Frees an object; NULL is ignored. */
void hunt_rows_free(struct hunt_rows *rows);

/*! \brief Matches a row. \return 0, or a negative error of errno.h if related rows (hunt_context.h)
 * cannot be read. */
int hunt_rows_match(struct hunt_rows *rows, const struct history_record *record);

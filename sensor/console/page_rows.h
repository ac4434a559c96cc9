/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The page to look up names, addresses and mailboxes in the history.
 *
 * Limits: PAGE_ROWS_MAX rows of each part of an answer; TIMELINE_LANES_MAX records in the timeline.
 */
#pragma once

#include "sensor/console/calls.h"
#include "sensor/console/lookup.h"

#define PAGE_ROWS_MAX 500

/*! \brief Answers CONSOLE_LOOKUP. */
void page_rows_answer(struct lookup *lookup, const struct console_request *request,
                      struct console_answer *answer);

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The pages of incidents: a list that refreshes itself, with the newest incident first, and
 *        for each incident a page with its report.
 *
 * Limits: PAGE_INCIDENTS_MAX incidents in the list.
 */
#pragma once

#include "sensor/console/calls.h"
#include "sensor/console/events.h"

#define PAGE_INCIDENTS_MAX 500

/*! \brief Answers CONSOLE_INCIDENTS or CONSOLE_INCIDENT. */
void page_incidents_answer(struct events *events, const struct console_request *request,
                           struct console_answer *answer);
